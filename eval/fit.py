"""Fit the joins, the scales and the language model's probe on the train split of our labelled answers: coach/grading/*.json.

Run: python -m eval.fit [--home FOLDER]. The test split is never read here. The joins and scales are fitted on answers to the questions
that the verdict encoder was not trained on (`held_out`), since on the others its verdicts are surer than they will ever be again. Choices
(regularisation, what a contradiction costs, the line from credit to score) are made by cross-validation over questions, so that no
question is judged by a fit that has seen it; and what is stacked on another fit is fitted on that one's out-of-fold probabilities.
"""

from __future__ import annotations

import argparse
import json
import math
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import groupby, product
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import cohen_kappa_score

from coach.domain import Question, Verdict, VerdictKind
from coach.grading import calibration as fitted
from coach.grading.calibration import CLASSES, Calibration, Join, Probe, Scale, evidence_of
from coach.grading.evidence import PointEvidence, gather, idf
from coach.grading.score import mean_credit, range_of
from coach.models.catalogue import load_catalogue
from coach.settings import load_settings
from coach.wiring import Coach, corpus_folder
from coach.words import content_stems
from eval.cases import LabelledAnswer, is_held_out, labelled_answers
from eval.logistic import Floats, Sample, best_strength, fit, log_loss, out_of_fold
from eval.made import answers_to_others, made_answers
from eval.reading import KeptReader, Read, ReadPoint, read, read_states

PROBE_STRENGTHS = (0.001, 0.003, 0.01)  # inverse strengths of regularisation that are tried
JOIN_STRENGTHS = (0.01, 0.03, 0.1, 0.3)
PENALTIES = (-0.1, -0.25, -0.5, -0.75, -1.0)  # credits of a contradiction that are tried
STARTS = (0.0, 0.05, 0.1, 0.15, 0.2)  # credits that score 0: nothing said is always 0
ENDS = (0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 1.0)  # credits that score 100
MET_SHARES = (0.0, 0.2, 0.35, 0.5, 0.65)  # of the credit of a drawn point, by how nearly its words are met, that are tried
SPREADS = tuple(step / 4 for step in range(1, 17))  # standard deviations of a range that are tried
WITHIN = 0.8  # the share of labels that a range must hold
OUTPUT = Path(fitted.__file__).with_name("calibration.json")
IDF = OUTPUT.with_name("idf.json")


class Row(NamedTuple):
    """One point: its evidence, and its label as an index into CLASSES.

    A made row has a weight below 1 and counts in no figure. A drawn point has no label: its weight is 0, so that nothing is fitted to it,
    while it gets probabilities like the others, from which the scale of drawn points is fitted.
    """

    answer: str
    question: str
    essential: bool
    features: dict[str, float]
    reader: NDArray[np.float32] | None  # the language model's, where it is known
    label: int
    met: float = 0.0  # how nearly the answer has the point's words
    weight: float = 1.0


def main() -> None:
    """Gather, fit, report the cross-validated figures, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", default=None)
    parser.add_argument("--states", default="eval-out/states.jsonl", help="where the language model's states are kept")
    parser.add_argument("--kept", action="store_true", help="read nothing: fit what judges with the language model on what is kept")
    leave = parser.add_mutually_exclusive_group()
    leave.add_argument("--fast", action="store_true", help="fit the fast grader alone, and leave the full one's join, scale and probe")
    leave.add_argument(
        "--keep-probe", nargs="+", metavar="BANK",
        help="leave the language model's probe, and fit what the full grader adds on answers of these banks, which it has not seen",
    )  # fmt: skip
    options = parser.parse_args()
    coach = Coach(load_settings(home=options.home))
    coach.prepare_library()
    _write_idf(coach)
    train = labelled_answers("train")
    held, others = [case for case in train if is_held_out_case(case)], answers_to_others(train)
    reader = KeptReader(Path(options.states), load_catalogue().default("reader").version, coach.open_reader)
    ask = not (options.kept or options.fast)
    full_on = frozenset[str]() if options.fast else frozenset(options.keep_probe or (case.bank for case in train))
    reads = _as_read(coach, held, reader, full_on, ask=ask, drawn=False)
    drawn = _as_read(coach, held, reader, full_on, ask=ask, drawn=True)
    asked = {item.question.ref: item.question for item in reads}
    made = [row for ref, question in asked.items() for row in made_rows(question, others[ref], coach)]
    before = fitted.calibration() if options.fast or options.keep_probe else None
    probe = (
        before.probes["reader"]
        if before is not None
        else fit_probe("reader", list(read_states(coach, [case for case in train if not is_held_out_case(case)], reader, ask=ask)))
    )
    added = ["--fast"] if options.fast else ["--keep-probe", *options.keep_probe] if options.keep_probe else []
    result = calibrate(reads, made, drawn, probe, " ".join(["python -m eval.fit", *added]), before=before if options.fast else None)
    _write(OUTPUT.with_name("probe-reader.json"), probe.model_dump_json(), 0)
    _write(OUTPUT, result.model_dump_json(exclude={"version", "probes"}), 1)
    print(f"written: {result.scales}")
    coach.close()


def _as_read(
    coach: Coach, cases: Sequence[LabelledAnswer], reader: KeptReader, full_on: frozenset[str], *, ask: bool, drawn: bool
) -> list[Read]:
    """Answers as the graders see them; the language model's states only of those to questions of the banks `full_on`."""
    found = list[Read]()
    for bank, group in groupby(cases, key=lambda case: case.bank):
        wanted = bank in full_on
        for item in read(coach, list(group), reader, ask=ask and wanted, drawn=drawn):
            found.append(item if wanted else item._replace(states=None))
    return found


def calibrate(
    reads: Sequence[Read], made: Sequence[Row], drawn: Sequence[Read], probe: Probe, command: str, before: Calibration | None = None
) -> Calibration:
    """Everything that is fitted: on labelled answers as they were read, on rows that were made, and the scale of drawn points.

    What the full grader adds is fitted on the answers whose states are known, which the probe has not seen; with `before` it is taken
    from there.
    """
    rows = [*(row for item in reads for row in rows_of(item)), *made, *(row for item in drawn for row in _drawn(item))]
    scored = {False: {item.case.id: item.case.score for item in reads}, True: {item.case.id: item.case.score for item in drawn}}
    stopped = {item.case.id for item in reads if item.evidence is None}
    known = [row for row in rows if row.reader is not None]
    judged = [probe.shares(row.reader) for row in known if row.reader is not None]
    read_too = {row.question for row in known}
    reads_too = [item for item in reads if item.question.ref in read_too]
    stopped_too = stopped & {item.case.id for item in reads_too}
    joins, scales = dict[str, Join](), dict[str, Scale]()
    for name in ("fast", "fast-plain"):
        plain = name.endswith("-plain")
        joins[name], shares = fit_join(name, [_plain(row) for row in rows] if plain else rows)
        # A score means the same whether or not its question has misconceptions; drawn points have none, and a scale of their own.
        scale = name.removesuffix("-plain") + ("-drawn" if plain else "")
        scales[scale] = fit_scale(scale, rows, shares, scored[plain], stopped, drawn=plain)
        if before is not None:
            continue
        full = name.replace("fast", "full")  # on top of what the fast join says of questions that it has not seen
        below = [named for row, named in zip(rows, _named(shares), strict=True) if row.reader is not None]
        stack = [
            row._replace(features=evidence_of("fast", fast) | evidence_of("judge", said))
            for row, fast, said in zip(known, below, judged, strict=True)
        ]
        joins[full], full_shares = fit_join(full, stack)
        scale = scale.replace("fast", "full")
        scales[scale] = fit_scale(scale, known, full_shares, scored[plain], stopped_too, drawn=plain)
    if before is not None:
        joins |= {name: join for name, join in before.joins.items() if name.startswith("full")}
        scales |= {name: scale for name, scale in before.scales.items() if name.startswith("full")}
    return Calibration(
        fitted_on=_described(reads),
        full_fitted_on=before.full_fitted_on if before is not None else _described(reads_too),
        command=command,
        date=datetime.now(UTC).date().isoformat(),
        joins=joins,
        scales=scales,
        probes={"reader": probe},
    )


def _described(reads: Sequence[Read]) -> str:
    banks = ", ".join(sorted({item.case.bank for item in reads}))
    questions = len({item.question.ref for item in reads})
    return f"eval/data/answers, split train, held out from the encoder: {len(reads)} answers over {questions} questions ({banks}), by model"


def is_held_out_case(case: LabelledAnswer) -> bool:
    """Whether an answer of the train split is to a question that the verdict encoder was not trained on."""
    return is_held_out(f"{case.bank}/{case.question_id}")


Named = dict[VerdictKind, float]


def fit_probe(name: str, states: Sequence[ReadPoint]) -> Probe:
    """A probe of these states."""
    values = np.array([item.state for item in states], dtype=np.float64)
    labels = np.array([CLASSES.index(item.label) for item in states])
    sample = Sample(values, labels, np.ones(len(labels)), [item.question for item in states])
    strength = best_strength(sample, PROBE_STRENGTHS)
    loss = log_loss(sample, out_of_fold(sample, strength))
    print(f"probe of {name}: C={strength}, log loss {loss:.3f} of {len(states)} points", flush=True)
    return Probe(**fit(sample, strength).written())


def fit_join(name: str, rows: Sequence[Row]) -> tuple[Join, Floats]:
    """A join of these rows, and the probabilities of each by a fit that has not seen its question."""
    names = sorted(rows[0].features)
    sample = _sample(rows, [[row.features[feature] for feature in names] for row in rows])
    strength = best_strength(sample, JOIN_STRENGTHS)
    shares = out_of_fold(sample, strength)
    labelled = [number for number, row in enumerate(rows) if row.weight == 1.0]
    accuracy = float(np.mean([int(shares[number].argmax()) == rows[number].label for number in labelled]))
    print(f"{name}: C={strength}, cross-validated on train: accuracy {accuracy:.3f} of {len(labelled)} points", flush=True)
    return Join(features=tuple(names), **fit(sample, strength).written()), shares


def fit_scale(name: str, rows: Sequence[Row], shares: Floats, scores: dict[str, int], stopped: set[str], *, drawn: bool) -> Scale:
    """The penalty and the straight line from credit to score with the best QWK on verdicts that were held out, and the spread of a range.

    An answer that the gates stopped has no row, and scores 0.
    """
    by_answer: dict[str, list[Verdict]] = {}
    for row, said in zip(rows, _named(shares), strict=True):
        if row.weight == (0.0 if drawn else 1.0):
            by_answer.setdefault(row.answer, []).append(verdict_of(row, said))
    answers = [(by_answer.get(answer, []), label) for answer, label in scores.items() if answer in by_answer or answer in stopped]
    labels = [label for _, label in answers]
    best, kappa = Scale(), -1.0
    for penalty, share in product(PENALTIES, MET_SHARES if drawn else (0.0,)):
        tried = Scale(contradicted=penalty, met_share=share)
        credits = np.array([mean_credit(verdicts, tried) for verdicts, _ in answers])
        for start, end in product(STARTS, ENDS):
            marks = np.round(np.clip((credits - start) / (end - start), 0.0, 1.0) * 10)
            found = float(cohen_kappa_score(marks, labels, weights="quadratic"))
            if found > kappa:
                best, kappa = tried.model_copy(update={"knots": ((start, 0.0), (end, 100.0))}), found
    best = next((scale for scale in (best.model_copy(update={"spread": s}) for s in SPREADS) if _within(answers, scale) >= WITHIN), best)
    print(f"scale {name}: cross-validated on train: QWK {kappa:.3f} of {len(answers)} answers; {best}", flush=True)
    return best


def _within(answers: Sequence[tuple[Sequence[Verdict], int]], scale: Scale) -> float:
    """The share of the labels, 0 to 10, that lie in the ranges, as far as a whole mark can tell."""
    ranges = [range_of(verdicts, scale) for verdicts, _ in answers]
    return float(np.mean([low - 5 <= 10 * label <= high + 5 for (low, high), (_, label) in zip(ranges, answers, strict=True)]))


def verdict_of(row: Row, shares: Named) -> Verdict:
    """The verdict on a row's point."""
    kind = max(shares, key=lambda kind: shares[kind])
    return Verdict(
        id="", text="", essential=row.essential, verdict=kind, quote=None, confidence=shares[kind], source=None, probabilities=shares,
        met=row.met,
    )  # fmt: skip


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


def rows_of(item: Read) -> list[Row]:
    """The labelled points of an answer; none of one that the gates stopped."""
    return [
        _row(item.case.id, item.question, found, label.verdict)._replace(reader=state)
        for found, state, label in zip(*_read_points(item), item.case.points if item.evidence else (), strict=True)
    ]


def _drawn(item: Read) -> list[Row]:
    """The drawn points of an answer; none of a story's, which are the same for every question and have the scale of written ones."""
    if not any(point.span for point in item.question.key_points):
        return []
    return [
        _row(item.case.id, item.question, found, VerdictKind.MISSING)._replace(reader=state, weight=0.0)
        for found, state in zip(*_read_points(item), strict=True)
    ]


def _read_points(item: Read) -> tuple[Sequence[PointEvidence], Sequence[NDArray[np.float32] | None]]:
    """The evidence of an answer's points, and the language model's states."""
    if item.evidence is None:
        return (), ()
    return item.evidence.points, [None] * len(item.evidence.points) if item.states is None else list(item.states)


def made_rows(question: Question, others: Sequence[str], coach: Coach) -> list[Row]:
    """The points of the answers that are made for a question."""
    return [
        _row(f"made-{question.ref}", question, found, verdict)._replace(weight=made.weight)
        for made in made_answers(question, others)
        for found, verdict in zip(gather(question, made.text, coach.encoders).points, made.verdicts, strict=True)
    ]


def _row(answer: str, question: Question, found: PointEvidence, verdict: VerdictKind) -> Row:
    return Row(answer, question.ref, found.point.essential, found.features, None, CLASSES.index(verdict), found.features["align"])


def _plain(row: Row) -> Row:
    """Without what is known from misconceptions only."""
    return row._replace(features={name: value for name, value in row.features.items() if "mis_" not in name})


if __name__ == "__main__":
    main()
