"""What each kind of evidence adds to the fast grader: the join is fitted again without it, and asked on questions that it has not seen.

Run: python -m eval.ablation [--home FOLDER]. Fitted as `eval.fit` does, on the held-out fifth of train; reported on the dev split, which
has no other use. The test split is not read.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from coach.domain import VerdictKind
from coach.grading.calibration import CLASSES, Join, Scale
from coach.grading.score import score_of
from coach.settings import load_settings
from coach.wiring import Coach
from eval.cases import LabelledAnswer, labelled_answers
from eval.fit import Row, fit_join, fit_scale, is_held_out_case, made_rows, rows_of, verdict_of
from eval.made import answers_to_others
from eval.metrics import Metric, by_question, macro_f1, qwk
from eval.reading import Read, evidence_only, question_of

Keeps = Callable[[str], bool]
THREE = {
    VerdictKind.COVERED: "covered",
    VerdictKind.PARTIAL: "open",
    VerdictKind.MISSING: "open",
    VerdictKind.CONTRADICTED: "contradicted",
}
POLARITY = ("negated", "opposed", "agreed", "order")


class Variant(NamedTuple):
    """A grader with only the evidence that `keeps` says yes to, by name."""

    name: str
    keeps: Keeps


VARIANTS = (
    Variant("all of it", lambda name: True),
    Variant("without the verdict encoder", lambda name: not name.startswith("read_")),
    Variant("without the alignment of tokens", lambda name: "align" not in name),
    Variant("without shared words", lambda name: not name.startswith("recall")),
    Variant("without negation, direction and order", lambda name: name not in POLARITY),
    Variant("without misconceptions", lambda name: not name.startswith("mis_")),
    Variant("the verdict encoder alone", lambda name: name.startswith("read_")),
    Variant("the alignment of tokens alone", lambda name: "align" in name and not name.startswith("mis_")),
    Variant("shared words alone", lambda name: name.startswith("recall")),
)


def main() -> None:
    """Gather once, fit each variant, print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", default=None)
    options = parser.parse_args()
    coach = Coach(load_settings(home=options.home))
    coach.prepare_library()
    train = labelled_answers("train")
    learned = list(evidence_only(coach, [case for case in train if is_held_out_case(case)]))
    asked = list(evidence_only(coach, labelled_answers("dev")))
    others = answers_to_others(train)
    made = [
        row
        for ref, question in {item.question.ref: item.question for item in learned}.items()
        for row in made_rows(question, others[ref], coach)
    ]
    print("| evidence | QWK | macro-F1 of verdicts | opposite or confidently wrong at 40 or more |")
    print("|---|---|---|---|")
    for variant in VARIANTS:
        figures = _measured(variant.keeps, learned, made, asked)
        print(f"| {variant.name} | " + " | ".join(_written(figure) for figure in figures) + " |", flush=True)
    for name, passages in (("as shipped", True), ("as shipped, without the retrieved passages", False)):
        print(f"| {name} | " + " | ".join(_written(figure) for figure in _as_shipped(coach, passages=passages)) + " |", flush=True)
    coach.close()


def _measured(keeps: Keeps, learned: Sequence[Read], made: Sequence[Row], asked: Sequence[Read]) -> list[Metric]:
    rows = [_only(row, keeps) for row in [*(row for item in learned for row in rows_of(item)), *made]]
    join, shares = fit_join("", rows)
    scores = {item.case.id: item.case.score for item in learned}
    scale = fit_scale("", rows, shares, scores, {item.case.id for item in learned if item.evidence is None}, drawn=False)
    return _figures(join, scale, asked, keeps)


def _as_shipped(coach: Coach, *, passages: bool) -> list[Metric]:
    """The grader that ships, on what the retriever finds for an answer or on nothing: which tells it what belongs to another question."""
    cases = labelled_answers("dev")
    grades = []
    for case in cases:
        question = question_of(coach, case)
        hits = coach.retriever.passages_for(question, case.answer) if passages else ()
        grades.append(coach.fast.grade(question, case.answer, hits))
    scores = np.array([grade.score or 0 for grade in grades], dtype=float)
    said = [
        (_ref(case), label.verdict, verdict.verdict)
        for case, grade in zip(cases, grades, strict=True)
        for label, verdict in zip(case.points, grade.points, strict=bool(grade.points))
    ]
    return _agreement(cases, scores, said)


def _figures(join: Join, scale: Scale, asked: Sequence[Read], keeps: Keeps) -> list[Metric]:
    judged = [[(row, join.probabilities(row.features)) for row in (_only(row, keeps) for row in rows_of(item))] for item in asked]
    scores = np.array([score_of([verdict_of(row, shares) for row, shares in rows], scale) for rows in judged], dtype=float)
    said = [
        (_ref(item.case), CLASSES[row.label], max(CLASSES, key=lambda kind: shares[kind]))
        for item, rows in zip(asked, judged, strict=True)
        for row, shares in rows
    ]
    return _agreement([item.case for item in asked], scores, said)


def _agreement(
    cases: Sequence[LabelledAnswer], scores: NDArray[np.float64], said: Sequence[tuple[str, VerdictKind, VerdictKind]]
) -> list[Metric]:
    """QWK of the scores, macro-F1 of the verdicts (question, label, verdict), and the share of wrong answers that get 40 or more."""
    labels, groups = np.array([case.score for case in cases], dtype=float), [_ref(case) for case in cases]
    meant, verdicts = [THREE[label] for _, label, _ in said], [THREE[verdict] for *_, verdict in said]
    wrong = np.flatnonzero([case.kind in ("opposite", "confidently_wrong") for case in cases])
    return [
        by_question(lambda i: qwk(np.round(scores[i] / 10), labels[i]), groups),
        by_question(lambda i: macro_f1([verdicts[j] for j in i], [meant[j] for j in i]), [ref for ref, *_ in said]),
        by_question(lambda i: float((scores[wrong[i]] >= 40).mean()), [groups[j] for j in wrong]),
    ]


def _only(row: Row, keeps: Keeps) -> Row:
    return row._replace(features={name: value for name, value in row.features.items() if keeps(name)})


def _ref(case: LabelledAnswer) -> str:
    return f"{case.bank}/{case.question_id}"


def _written(metric: Metric) -> str:
    return f"{metric.value:.3f} ({metric.low:.2f} to {metric.high:.2f})"


if __name__ == "__main__":
    main()
