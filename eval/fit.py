"""Fit the probes, the joins and the scales on the train split of our labelled answers: coach/grading/{probe-*,calibration}.json.

Run: python -m eval.fit [--home FOLDER]. The test split is never read here. Choices (regularisation, what a contradiction
costs, the line from credit to score) are made by cross-validation over questions, so that no question is judged by a fit
that has seen it; and what is stacked on another fit is fitted on that one's out-of-fold probabilities.
"""

from __future__ import annotations

import argparse
import json
import math
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import cohen_kappa_score

from coach.domain import Question, Verdict, VerdictKind
from coach.grading import calibration as fitted
from coach.grading.calibration import CLASSES, Calibration, Join, Probe, Scale, evidence_of
from coach.grading.evidence import PointEvidence, gather, idf
from coach.grading.score import mean_credit
from coach.models.catalogue import load_catalogue
from coach.settings import load_settings
from coach.wiring import Coach, corpus_folder
from coach.words import content_stems
from eval.cases import labelled_answers
from eval.logistic import Floats, Sample, best_strength, fit, log_loss, out_of_fold
from eval.made import answers_to_others, made_answers
from eval.reading import KeptReader, Read, read

PROBE_STRENGTHS = (0.001, 0.003, 0.01)  # inverse strengths of regularisation that are tried
JOIN_STRENGTHS = (0.01, 0.03, 0.1, 0.3)
MADE_WEIGHT = 0.2  # of a row that was made, against 1 of a labelled one
PENALTIES = (-0.25, -0.5, -0.75, -1.0)  # credits of a contradiction that are tried
OUTPUT = Path(fitted.__file__).with_name("calibration.json")
IDF = OUTPUT.with_name("idf.json")


class Row(NamedTuple):
    """One point: its evidence, and its label as an index into CLASSES. A made row has a weight below 1 and counts in no figure."""

    answer: str
    question: str
    essential: bool
    features: dict[str, float]
    pair: NDArray[np.float32]  # the pair encoder's state
    reader: NDArray[np.float32] | None  # the language model's, where it is known
    label: int
    weight: float = 1.0


def main() -> None:
    """Gather, fit, report the cross-validated figures, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", default=None)
    parser.add_argument("--states", default="eval-out/states.jsonl", help="where the language model's states are kept")
    parser.add_argument("--kept", action="store_true", help="read nothing: fit what judges with the language model on what is kept")
    options = parser.parse_args()
    coach = Coach(load_settings(home=options.home))
    coach.prepare_library()
    _write_idf(coach)
    cases = labelled_answers("train")
    reader = KeptReader(Path(options.states), load_catalogue().default("reader").version, coach.open_reader)
    reads = list(read(coach, cases, reader, ask=not options.kept))
    asked, others = {item.question.ref: item.question for item in reads}, answers_to_others(cases)
    made = [row for ref, question in asked.items() for row in _made(question, others[ref], coach)]
    result = calibrate(reads, made)
    for name, probe in result.probes.items():
        _write(OUTPUT.with_name(f"probe-{name}.json"), probe.model_dump_json(), 0)
    _write(OUTPUT, result.model_dump_json(exclude={"version", "probes"}), 1)
    print(f"written: {result.scales}")
    coach.close()


def calibrate(reads: Sequence[Read], made: Sequence[Row]) -> Calibration:
    """Everything that is fitted, on labelled answers as they were read and on rows that were made."""
    readable = [item for item in reads if item.evidence is not None]
    scores = {item.case.id: item.case.score for item in reads}
    stopped = {item.case.id for item in reads if item.evidence is None}
    rows = [*(row for item in readable for row in _rows(item)), *made]
    pair, said = _probe("pair", rows, [row.pair for row in rows])
    rows = [row._replace(features=row.features | evidence_of("probe", shares)) for row, shares in zip(rows, said, strict=True)]
    known = [row for row in rows if row.reader is not None]
    reader, judged = _probe("reader", known, [row.reader for row in known if row.reader is not None])
    probes, joins, scales = {"pair": pair, "reader": reader}, dict[str, Join](), dict[str, Scale]()
    for name in ("fast", "fast-plain"):
        plain = name.endswith("-plain")
        seen = [_plain(row) for row in rows] if plain else rows
        joins[name], shares, scale = _join(name, seen, scores, stopped)
        full = name.replace("fast", "full")  # on top of what the fast join says of questions that it has not seen
        below = [named for row, named in zip(rows, shares, strict=True) if row.reader is not None]
        stack = [
            row._replace(features=evidence_of("fast", fast) | evidence_of("judge", said))
            for row, fast, said in zip(known, below, judged, strict=True)
        ]
        joins[full], _, full_scale = _join(full, stack, scores, stopped)
        if not plain:  # a score means the same whether or not its question has misconceptions
            scales |= {name: scale, full: full_scale}
    questions = len({item.question.ref for item in reads})
    return Calibration(
        fitted_on=f"eval/data/answers, split train: {len(reads)} answers over {questions} questions, labelled by model",
        command="python -m eval.fit",
        date=datetime.now(UTC).date().isoformat(),
        joins=joins,
        scales=scales,
        probes=probes,
    )


Named = dict[VerdictKind, float]


def _probe(name: str, rows: Sequence[Row], states: Sequence[NDArray[np.float32]]) -> tuple[Probe, list[Named]]:
    """A probe of these states, and the probabilities of each row by a fit that has not seen its question."""
    sample = _sample(rows, states)
    strength = best_strength(sample, PROBE_STRENGTHS)
    shares = out_of_fold(sample, strength)
    print(f"probe of {name}: C={strength}, log loss {log_loss(sample, shares):.3f} of {len(rows)} points", flush=True)
    return Probe(**fit(sample, strength).written()), _named(shares)


def _join(name: str, rows: Sequence[Row], scores: dict[str, int], stopped: set[str]) -> tuple[Join, list[Named], Scale]:
    """A join of these rows, the probabilities of each by a fit that has not seen its question, and the best scale for them."""
    names = sorted(rows[0].features)
    sample = _sample(rows, [[row.features[feature] for feature in names] for row in rows])
    strength = best_strength(sample, JOIN_STRENGTHS)
    shares = out_of_fold(sample, strength)
    judged = {row.answer for row in rows} | stopped
    labels = {answer: score for answer, score in scores.items() if answer in judged}
    scale = _best_scale(rows, shares, labels)
    print(f"{name}: C={strength}, {_figures(rows, shares, labels, scale)}", flush=True)
    return Join(features=tuple(names), **fit(sample, strength).written()), _named(shares), scale


def _named(shares: Floats) -> list[Named]:
    return [dict(zip(CLASSES, row.tolist(), strict=True)) for row in shares]


def _sample(rows: Sequence[Row], values: Sequence[Sequence[float] | NDArray[np.float32]]) -> Sample:
    return Sample(
        np.array(values, dtype=np.float64),
        np.array([row.label for row in rows]),
        np.array([row.weight for row in rows]),
        [row.question for row in rows],
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


def _write(path: Path, text: str, indent: int) -> None:
    path.write_text(json.dumps(json.loads(text), indent=indent) + "\n", encoding="utf-8")


def _rows(item: Read) -> list[Row]:
    """The labelled points of an answer."""
    assert item.evidence is not None
    return [
        _row(item.case.id, item.question, found, label.verdict)._replace(reader=None if item.states is None else item.states[number])
        for number, (found, label) in enumerate(zip(item.evidence.points, item.case.points, strict=True))
    ]


def _made(question: Question, others: Sequence[str], coach: Coach) -> list[Row]:
    """The points of the answers that are made for a question."""
    return [
        _row(f"made-{question.ref}", question, found, verdict)._replace(weight=MADE_WEIGHT)
        for text, verdicts in made_answers(question, others)
        for found, verdict in zip(gather(question, text, coach.encoders).points, verdicts, strict=True)
    ]


def _row(answer: str, question: Question, found: PointEvidence, verdict: VerdictKind) -> Row:
    pair = found.states.mean(axis=0)
    return Row(answer, question.ref, found.point.essential, found.features, pair, None, CLASSES.index(verdict))


def _plain(row: Row) -> Row:
    """Without what is known from misconceptions only."""
    return row._replace(features={name: value for name, value in row.features.items() if "mis_" not in name})


def _figures(rows: Sequence[Row], probabilities: Floats, labels: dict[str, int], scale: Scale) -> str:
    labelled = [number for number, row in enumerate(rows) if row.weight == 1.0]
    accuracy = float(np.mean([int(probabilities[number].argmax()) == rows[number].label for number in labelled]))
    kappa = _kappa(rows, probabilities, labels, scale)
    return f"cross-validated on train: accuracy {accuracy:.3f} of {len(labelled)} points, QWK {kappa:.3f} of {len(labels)} answers"


def _credits(rows: Sequence[Row], probabilities: Floats, scale: Scale) -> dict[str, float]:
    """The mean credit of each answer, by the likeliest verdicts."""
    by_answer: dict[str, list[Verdict]] = {}
    for row, shares in zip(rows, probabilities, strict=True):
        kind, confidence = CLASSES[int(shares.argmax())], float(shares.max())
        verdict = Verdict(id="", text="", essential=row.essential, verdict=kind, quote=None, confidence=confidence, source=None)
        by_answer.setdefault(row.answer, []).append(verdict)
    return {answer: mean_credit(verdicts, scale) for answer, verdicts in by_answer.items()}


def _kappa(rows: Sequence[Row], probabilities: Floats, labels: dict[str, int], scale: Scale) -> float:
    """QWK of the labelled answers; one that the gates stopped has no row, and scores 0."""
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
