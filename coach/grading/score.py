"""Verdicts to a score, a range and a band. Pure arithmetic: the same verdicts always give the same score.

A verdict counts as its probabilities say: one that is 70 % sure gives 70 % of its credit and 30 % of what the others would.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from coach.domain import Band, Verdict, VerdictKind
from coach.grading.calibration import Scale

BANDS: tuple[tuple[int, Band], ...] = ((40, "not yet"), (60, "developing"), (80, "solid"), (101, "strong"))


def mean_credit(verdicts: Sequence[Verdict], scale: Scale) -> float:
    """The weighted mean of what the points are expected to be worth; essential points weigh double. 0 without verdicts."""
    return _moments(verdicts, scale)[0]


def score_of(verdicts: Sequence[Verdict], scale: Scale) -> int:
    """The score, 0 to 100, of these verdicts."""
    return scale.score(mean_credit(verdicts, scale))


def range_of(verdicts: Sequence[Verdict], scale: Scale) -> tuple[int, int]:
    """The scores between which a fair one lies 8 times in 10: `scale.spread` standard deviations of the mean credit each way."""
    mean, deviation = _moments(verdicts, scale)
    return scale.score(mean - scale.spread * deviation), scale.score(mean + scale.spread * deviation)


def probabilities_of(verdict: Verdict) -> dict[VerdictKind, float]:
    """The probability of each kind of verdict on a point."""
    return verdict.probabilities or {verdict.verdict: 1.0}


def _moments(verdicts: Sequence[Verdict], scale: Scale) -> tuple[float, float]:
    """The mean and the standard deviation of the weighted mean credit, the points being judged apart from each other."""
    weights = [2.0 if verdict.essential else 1.0 for verdict in verdicts]
    total = sum(weights)
    if not total:
        return 0.0, 0.0
    credits = [_credit(verdict, scale) for verdict in verdicts]
    mean = math.fsum(weight * expected for weight, (expected, _) in zip(weights, credits, strict=True)) / total
    variance = math.fsum(weight**2 * variance for weight, (_, variance) in zip(weights, credits, strict=True)) / total**2
    return mean, math.sqrt(variance)


def _credit(verdict: Verdict, scale: Scale) -> tuple[float, float]:
    """The expected credit of a verdict, and its variance."""
    shares = probabilities_of(verdict)
    whole = math.fsum(shares.values())  # they were rounded
    expected = math.fsum(share * scale.credit(kind) for kind, share in shares.items()) / whole
    squares = math.fsum(share * scale.credit(kind) ** 2 for kind, share in shares.items()) / whole
    variance = max(0.0, squares - expected**2)
    if not scale.met_share or verdict.met is None:
        return expected, variance
    met = scale.met_credit(verdict.met) * (1 - shares.get(VerdictKind.CONTRADICTED, 0.0) / whole)
    return (1 - scale.met_share) * expected + scale.met_share * met, (1 - scale.met_share) ** 2 * variance


def band_of(score: int) -> Band:
    """The band of a score: not yet under 40, developing under 60, solid under 80, strong."""
    return next(band for below, band in BANDS if score < below)
