"""How far grades agree with labels: score by score, point by point, and in how sure the grader was."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from eval.bench import GradedValues
from eval.cases import ADVERSARIAL
from eval.metrics import (
    Metric,
    all_by_question,
    by_question,
    calibration_error,
    class_figures,
    error_when_held_back,
    kappa,
    pearson,
    qwk,
    rmse,
    spearman,
)

ADVERSARIAL_AT = 25  # what only pretends to be an answer must not score more
PASSED_AT = 40  # a fluent answer that states the opposite must stay below
PASS = 60  # a solid answer
WRONG = ("opposite", "confidently_wrong")
OTHER_ROUTE = "other_words"  # right in other words than the reference
CLASSES = ("covered", "open", "contradicted")
THREE = {"covered": 0, "partial": 1, "missing": 1, "contradicted": 2}  # partial counts with missing
HELD_BACK = (10, 20, 30, 40, 50)  # of the least sure verdicts, in percent
BINS = np.linspace(0.2, 1.0, 9)  # of confidence: the likeliest of four verdicts is at least 0.25

Numbers = NDArray[np.int64]


class LabelledScore(NamedTuple):
    """A graded answer that has a label; what came back ungraded counts as 0."""

    group: str
    kind: str
    score: float  # 0 to 100, like the others
    low: float
    high: float
    label: float
    ungraded: bool


class LabelledVerdict(NamedTuple):
    """A verdict on a point that has a label."""

    group: str
    verdict: str
    label: str
    confidence: float


def score_agreement(values: Sequence[GradedValues], groups: Sequence[str]) -> dict[str, Metric]:
    """Scores against labels; each of the values is about the group in its place. QWK and RMSE are of marks from 0 to 10."""
    cases = [
        LabelledScore(group, one.kind, one.score or 0, one.low or 0, one.high or 0, one.label, one.score is None)
        for one, group in zip(values, groups, strict=True)
        if one.label is not None
    ]
    asked = [case.group for case in cases]
    scores, labels = np.array([case.score for case in cases]), np.array([case.label / 10 for case in cases])
    marks, whole = np.round(scores / 10), np.round(labels)
    ungraded, held = np.array([case.ungraded for case in cases]), np.array([_holds(case) for case in cases])

    def figures(i: Numbers) -> dict[str, float]:
        return {
            "qwk": qwk(marks[i], whole[i]),
            "pearson": pearson(scores[i], labels[i]),
            "spearman": spearman(scores[i], labels[i]),
            "rmse": rmse(scores[i] / 10, labels[i]),
            "label_in_range": float(held[i].mean()),
            "ungraded": float(ungraded[i].mean()),
        }

    metrics = all_by_question(figures, asked)
    if any(case.kind in ADVERSARIAL for case in cases):
        substantive = np.array([case.kind not in ADVERSARIAL for case in cases])
        metrics["qwk_without_adversarial"] = _among(substantive, asked, lambda i: qwk(marks[i], whole[i]))
    return metrics | _by_kind(cases)


def point_agreement(values: Sequence[GradedValues], groups: Sequence[str]) -> dict[str, Metric]:
    """Verdicts against labels, on the points that have one, of the answers that are answers and were graded; none where there are none.

    Agreement is of three classes; whether a verdict is right, as calibration has it, is of all four.
    """
    verdicts = [
        LabelledVerdict(group, point.verdict, point.label, point.confidence)
        for one, group in zip(values, groups, strict=True)
        if one.kind not in ADVERSARIAL and one.score is not None
        for point in one.points
        if point.label is not None
    ]
    if not verdicts:
        return {}
    said, meant = np.array([THREE[one.verdict] for one in verdicts]), np.array([THREE[one.label] for one in verdicts])
    sure = np.array([one.confidence for one in verdicts])
    right = np.array([one.verdict == one.label for one in verdicts], dtype=float)

    def figures(i: Numbers) -> dict[str, float]:
        return {
            "point_accuracy": float(right[i].mean()),
            "point_calibration_error": calibration_error(sure[i], right[i]),
            "point_kappa": kappa(said[i], meant[i], len(CLASSES)),
            **{f"point_{name}": value for name, value in class_figures(said[i], meant[i], CLASSES).items()},
            **{f"held_back_{share}.error": error_when_held_back(sure[i], right[i], share / 100) for share in HELD_BACK},
        }

    asked = [one.group for one in verdicts]
    return all_by_question(figures, asked) | _reliability(sure, right, asked)


def _by_kind(cases: Sequence[LabelledScore]) -> dict[str, Metric]:
    """What each kind of answer gets, and whether those that must not pass, or must, do; kinds that do not occur are left out."""
    scores, labels = np.array([case.score for case in cases]), np.array([case.label for case in cases])
    asked, kinds = [case.group for case in cases], np.array([case.kind for case in cases])
    metrics: dict[str, Metric] = {}

    def add(name: str, these: Sequence[str], measure: Callable[[Numbers], float]) -> None:
        mask = np.isin(kinds, these)
        if mask.any():
            metrics[name] = _among(mask, asked, measure)

    for kind in sorted(ADVERSARIAL):
        add(f"{kind}_over_{ADVERSARIAL_AT}", [kind], lambda i: float(np.mean(scores[i] > ADVERSARIAL_AT)))
    for kind in WRONG:
        add(f"{kind}_at_least_{PASSED_AT}", [kind], lambda i: float(np.mean(scores[i] >= PASSED_AT)))
    add(f"false_pass_{PASS}", WRONG, lambda i: float(np.mean(scores[i] >= PASS)))
    add(f"other_route_under_{PASS}", [OTHER_ROUTE], lambda i: float(np.mean(scores[i] < PASS)))
    for kind in sorted({case.kind for case in cases} - {""}):
        add(f"kind.{kind}.score_above_label", [kind], lambda i: float(np.mean(scores[i] - labels[i])))
        add(f"kind.{kind}.mean_error", [kind], lambda i: float(np.mean(np.abs(scores[i] - labels[i]))))
    return metrics


def _reliability(sure: NDArray[np.float64], right: NDArray[np.float64], asked: Sequence[str]) -> dict[str, Metric]:
    """The share of right verdicts among those of about the same confidence."""
    metrics = {}
    for low, high in pairwise(BINS):
        mask = (sure >= low - 1e-9) & ((sure < high - 1e-9) | (high == BINS[-1]))
        if mask.any():
            metrics[f"reliability.{low:.1f}-{high:.1f}"] = _among(mask, asked, lambda i: float(right[i].mean()))
    return metrics


def _holds(case: LabelledScore) -> bool:
    """Whether a grade's range holds the label, as far as a whole mark can tell."""
    return case.low - 5 <= case.label <= case.high + 5


def _among(mask: NDArray[np.bool_], groups: Sequence[str], measure: Callable[[Numbers], float]) -> Metric:
    """A measure of some of the cases, by their numbers among all."""
    numbers = np.flatnonzero(mask)
    return by_question(lambda i: measure(numbers[i]), [groups[int(n)] for n in numbers])
