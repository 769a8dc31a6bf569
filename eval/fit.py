"""Fit the join and the scale on the train split of our labelled answers, and write coach/grading/calibration.json.

Run: python -m eval.fit [--home FOLDER]. The test split is never read here. Choices (regularisation, what a contradiction
costs, the line from credit to score) are made by cross-validation over questions, so that no question is judged by a fit
that has seen it.
"""

from __future__ import annotations

import argparse
import json
import math
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import cohen_kappa_score
from sklearn.model_selection import GroupKFold

from coach.domain import Frozen, Question, Verdict, VerdictKind
from coach.grading import calibration as fitted
from coach.grading.calibration import CLASSES, Calibration, Join, Scale, stacked
from coach.grading.evidence import gather, idf
from coach.grading.score import mean_credit
from coach.settings import load_settings
from coach.wiring import Coach, corpus_folder
from coach.words import content_stems
from eval.cases import labelled_answers
from eval.reading import Read, ReadingCache, read

FOLDS = 11  # of two train questions each
REGULARISATION = (0.01, 0.03, 0.1, 0.3)  # inverse strengths that are tried
MADE_WEIGHT = 0.2  # of a row that was made, against 1 of a labelled one: QWK falls by 0.02, the rubric said back is read right
PENALTIES = (-0.25, -0.5, -0.75, -1.0)  # credits of a contradiction that are tried
OUTPUT = Path(fitted.__file__).with_name("calibration.json")
IDF = OUTPUT.with_name("idf.json")

Floats = NDArray[np.float64]


class Row(Frozen):
    """One labelled point: its evidence, and its label."""

    answer: str
    question: str
    essential: bool
    features: dict[str, float]
    label: int


def main() -> None:
    """Gather, fit, report the cross-validated figures, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", default=None)
    parser.add_argument("--cache", default="eval-out/readings.jsonl")
    options = parser.parse_args()
    coach = Coach(load_settings(home=options.home))
    coach.prepare_library()
    _write_idf(coach)
    reads = [item for item in read(coach, labelled_answers("train"), ReadingCache(Path(options.cache)))]
    said_back = [
        row for question in {item.case.question_id: item.question for item in reads}.values() for row in _said_back(question, coach)
    ]
    result = calibrate(reads, said_back)
    OUTPUT.write_text(json.dumps(json.loads(result.model_dump_json(exclude={"version"})), indent=1) + "\n", encoding="utf-8")
    print(f"wrote {OUTPUT.name}: {result.scales}")
    coach.close()


def calibrate(reads: Sequence[Read], said_back: Sequence[Row]) -> Calibration:
    """Everything that is fitted, on labelled answers as they were read and on rows that were made."""
    readable = [item for item in reads if item.stopped is None]
    labels = {item.case.id: item.case.score for item in reads}
    joins: dict[str, Join] = {}
    scales: dict[str, Scale] = {}
    held_out: dict[str, Floats] = {}
    for name in ("fast", "fast-plain", "full", "full-plain"):
        plain = name.endswith("plain")
        labelled = [row for item in readable for row in _rows(item, plain=plain)]
        if name.startswith("full"):  # on top of what the fast join says of questions that it has not seen
            below = held_out[name.replace("full", "fast")]
            rows, made = _with_readings(labelled, below, readable), []
        else:
            rows, made = labelled, [_plain(row) if plain else row for row in said_back]
        strength = max(REGULARISATION, key=lambda c: -_log_loss(rows, made, c))
        verdicts = held_out[name] = _out_of_fold(rows, made, strength)
        joins[name] = _fit(rows, made, strength)
        scale = _best_scale(rows, verdicts, labels)
        if not plain:  # a score means the same whether or not its question has misconceptions
            scales[name] = scale
        kappa = _kappa(rows, verdicts, labels, scale)
        accuracy = float(np.mean(verdicts.argmax(axis=1) == np.array([row.label for row in rows])))
        print(f"{name}: C={strength}, cross-validated on train: accuracy {accuracy:.3f} of {len(rows)} points, QWK {kappa:.3f}")
    questions = len({item.case.question_id for item in reads})
    return Calibration(
        fitted_on=f"eval/data/answers, split train: {len(reads)} answers over {questions} questions, labelled by model",
        command="python -m eval.fit",
        date=datetime.now(UTC).date().isoformat(),
        joins=joins,
        scales=scales,
    )


def _write_idf(coach: Coach) -> None:
    """How rare each stem is over the bundled corpus; a stem that is not in it weighs as one that would be in half a text."""
    texts = [
        text
        for bank in sorted(path.name for path in corpus_folder().iterdir() if path.is_dir())
        for question in coach.store.questions(bank)
        for text in (
            *question.answer.split("\n\n"),
            *(point.text for point in question.key_points),
            *(part for item in question.misconceptions for part in (item.claim, item.correction)),
        )
    ]
    counts = Counter(stem for text in texts for stem in set(content_stems(text)))
    table = {"*": math.log(len(texts) + 1)} | {stem: math.log((len(texts) + 1) / (n + 0.5)) for stem, n in sorted(counts.items())}
    rounded = {stem: round(weight, 3) for stem, weight in table.items()}
    IDF.write_text(json.dumps(rounded, ensure_ascii=False, indent=0) + "\n", encoding="utf-8")
    idf.cache_clear()


def _rows(item: Read, *, plain: bool) -> list[Row]:
    """The labelled points of an answer; `plain` leaves out what is known from misconceptions only."""
    assert item.evidence is not None
    rows = [
        Row(
            answer=item.case.id,
            question=item.case.question_id,
            essential=found.point.essential,
            features=found.features,
            label=CLASSES.index(label.verdict),
        )
        for found, label in zip(item.evidence.points, item.case.points, strict=True)
    ]
    return [_plain(row) for row in rows] if plain else rows


def _plain(row: Row) -> Row:
    return row.model_copy(update={"features": {name: value for name, value in row.features.items() if "mis_" not in name}})


def _with_readings(rows: Sequence[Row], below: Floats, items: Sequence[Read]) -> list[Row]:
    readings = [reading for item in items for reading in item.readings]
    return [
        row.model_copy(update={"features": stacked(dict(zip(CLASSES, shares.tolist(), strict=True)), reading.features())})
        for row, shares, reading in zip(rows, below, readings, strict=True)
    ]


def _said_back(question: Question, coach: Coach) -> list[Row]:
    """Rows whose labels follow from how they are made.

    Labelled answers seldom use the rubric's words, and the reversed ones do so most: without these rows the join would learn that
    the rubric's own words contradict it. Said back, a point is covered; what is left out is missing; talk of something else is too.
    """
    points = question.key_points
    made = [
        (" ".join(point.text for point in points), [True] * len(points)),
        (question.answer, [True] * len(points)),
        (" ".join(point.text for point in points[::2]), [number % 2 == 0 for number in range(len(points))]),
        (" ".join(point.text for point in points[1::2]), [number % 2 == 1 for number in range(len(points))]),
        *((text, [False] * len(points)) for text in UNRELATED),
    ]
    return [
        Row(
            answer=f"made-{question.id}",
            question=question.id,
            essential=found.point.essential,
            features=found.features,
            label=CLASSES.index(VerdictKind.COVERED if said else VerdictKind.MISSING),
        )
        for text, labels in made
        for found, said in zip(gather(question, text, coach.encoders).points, labels, strict=True)
    ]


UNRELATED = (
    "We usually go to the market on Saturdays, buy bread and a few tomatoes, and then sit by the river until it gets cold. My sister "
    "prefers the one near the station because it opens earlier and you can park there without paying.",
    "That is a great question, thank you for asking it. I have always been passionate about technology and I learn very quickly, so I am "
    "sure that I would do well here. In my last team people said that I was reliable and kind to work with.",
)


def _matrix(rows: Sequence[Row]) -> Floats:
    names = sorted(rows[0].features)
    return np.array([[row.features[name] for name in names] for row in rows], dtype=np.float64)


def _standardised(values: Floats, means: Floats, scales: Floats) -> Floats:
    clipped: Floats = np.clip((values - means) / scales, -4.0, 4.0)
    return clipped


def _fitted(rows: Sequence[Row], made: Sequence[Row], strength: float) -> tuple[Any, Floats, Floats]:
    values = _matrix([*rows, *made])
    means, scales = values.mean(axis=0), np.maximum(values.std(axis=0), 1e-6)
    weights = [1.0] * len(rows) + [MADE_WEIGHT] * len(made)
    model = LogisticRegression(C=strength, max_iter=5000)
    model.fit(_standardised(values, means, scales), [row.label for row in (*rows, *made)], sample_weight=weights)
    return model, means, scales


def _fit(rows: Sequence[Row], made: Sequence[Row], strength: float) -> Join:
    model, means, scales = _fitted(rows, made, strength)
    return Join(
        features=tuple(sorted(rows[0].features)),
        means=tuple(round(float(v), 6) for v in means),
        scales=tuple(round(float(v), 6) for v in scales),
        coefficients=tuple(tuple(round(float(v), 5) for v in line) for line in model.coef_),
        intercepts=tuple(round(float(v), 5) for v in model.intercept_),
    )


def _out_of_fold(rows: Sequence[Row], made: Sequence[Row], strength: float) -> Floats:
    """The probabilities of each row by a fit that has not seen its question; rows that were made only ever train."""
    values, groups = _matrix(rows), [row.question for row in rows]
    result = np.zeros((len(rows), len(CLASSES)))
    for train, held in GroupKFold(FOLDS).split(values, groups=groups):
        unseen = {groups[i] for i in held}
        model, means, scales = _fitted([rows[i] for i in train], [row for row in made if row.question not in unseen], strength)
        result[held] = model.predict_proba(_standardised(values[held], means, scales))
    return result


def _log_loss(rows: Sequence[Row], made: Sequence[Row], strength: float) -> float:
    probabilities = _out_of_fold(rows, made, strength)
    return float(-np.mean(np.log([probabilities[i, row.label] + 1e-9 for i, row in enumerate(rows)])))


def _credits(rows: Sequence[Row], probabilities: Floats, scale: Scale) -> dict[str, float]:
    """The mean credit of each answer, by the likeliest verdicts."""
    by_answer: dict[str, list[Verdict]] = {}
    for row, shares in zip(rows, probabilities, strict=True):
        kind, confidence = CLASSES[int(shares.argmax())], float(shares.max())
        verdict = Verdict(id="", text="", essential=row.essential, verdict=kind, quote=None, confidence=confidence, source=None)
        by_answer.setdefault(row.answer, []).append(verdict)
    return {answer: mean_credit(verdicts, scale) for answer, verdicts in by_answer.items()}


def _kappa(rows: Sequence[Row], probabilities: Floats, labels: dict[str, int], scale: Scale) -> float:
    credits = _credits(rows, probabilities, scale)
    predicted = [round(scale.score(credits[answer]) / 10) if answer in credits else 0 for answer in labels]
    return float(cohen_kappa_score(predicted, list(labels.values()), weights="quadratic"))


def _best_scale(rows: Sequence[Row], probabilities: Floats, labels: dict[str, int]) -> Scale:
    """The penalty and the straight line from credit to score with the best QWK on verdicts that were held out."""
    candidates = [
        Scale(contradicted=penalty, knots=((start, 0.0), (end, 100.0)))
        for penalty in PENALTIES
        for start in (0.0, 0.05, 0.1)  # nothing said is 0
        for end in (0.8, 0.85, 0.9, 0.95, 1.0)
    ]
    return max(candidates, key=lambda scale: _kappa(rows, probabilities, labels, scale))


if __name__ == "__main__":
    main()
