"""Verdicts to a score, a range and a band. Pure arithmetic: the same verdicts always give the same score."""

from __future__ import annotations

from collections.abc import Sequence

from coach.domain import Band, Verdict, VerdictKind
from coach.grading.calibration import Scale

BANDS: tuple[tuple[int, Band], ...] = ((40, "not yet"), (60, "developing"), (80, "solid"), (101, "strong"))
UNSURE = 0.75  # a verdict below this confidence widens the range


def mean_credit(verdicts: Sequence[Verdict], scale: Scale) -> float:
    """The weighted mean of what the verdicts are worth; essential points weigh double. 0 without verdicts."""
    weights = [2.0 if verdict.essential else 1.0 for verdict in verdicts]
    total = sum(weights)
    return sum(w * scale.credit(v.verdict) for w, v in zip(weights, verdicts, strict=True)) / total if total else 0.0


def score_of(verdicts: Sequence[Verdict], scale: Scale) -> int:
    """The score, 0 to 100, of these verdicts."""
    return scale.score(mean_credit(verdicts, scale))


def range_of(verdicts: Sequence[Verdict], scale: Scale) -> tuple[int, int]:
    """The score if every verdict that is unsure were one step worse, and one step better."""
    steps = (VerdictKind.CONTRADICTED, VerdictKind.MISSING, VerdictKind.PARTIAL, VerdictKind.COVERED)

    def moved(verdict: Verdict, by: int) -> Verdict:
        if verdict.confidence >= UNSURE:
            return verdict
        at = steps.index(verdict.verdict) + by
        # A miss turns into a contradiction only where there are words to contradict with.
        lowest = 0 if verdict.quote and verdict.verdict is not VerdictKind.MISSING else 1
        floor = min(lowest, steps.index(verdict.verdict))
        return verdict.model_copy(update={"verdict": steps[max(floor, min(3, at))]})

    low = score_of([moved(verdict, -1) for verdict in verdicts], scale)
    high = score_of([moved(verdict, +1) for verdict in verdicts], scale)
    return low, high


def band_of(score: int) -> Band:
    """The band of a score: not yet under 40, developing under 60, solid under 80, strong."""
    return next(band for below, band in BANDS if score < below)
