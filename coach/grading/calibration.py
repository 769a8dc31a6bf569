"""What was fitted on labelled answers: how evidence becomes a verdict, and verdicts a score.

`calibration.json` is written by `python -m eval.fit`, with what it was fitted on. Nothing here is fitted by hand.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from functools import cache
from importlib import resources
from itertools import pairwise

from coach.domain import Frozen, VerdictKind

CLASSES = (VerdictKind.COVERED, VerdictKind.PARTIAL, VerdictKind.MISSING, VerdictKind.CONTRADICTED)


class Join(Frozen):
    """A multinomial logistic model over named evidence, standardised: one row of `coefficients` a class of CLASSES."""

    features: tuple[str, ...]
    means: tuple[float, ...]
    scales: tuple[float, ...]
    coefficients: tuple[tuple[float, ...], ...]
    intercepts: tuple[float, ...]

    def probabilities(self, evidence: Mapping[str, float]) -> dict[VerdictKind, float]:
        """The probability of each verdict. Raises KeyError when evidence lacks a feature."""
        values = [
            max(-4.0, min(4.0, (evidence[name] - mean) / scale))  # an outlier must not decide by itself
            for name, mean, scale in zip(self.features, self.means, self.scales, strict=True)
        ]
        logits = [
            intercept + math.fsum(c * v for c, v in zip(row, values, strict=True))
            for row, intercept in zip(self.coefficients, self.intercepts, strict=True)
        ]
        top = max(logits)
        weights = [math.exp(logit - top) for logit in logits]
        return {kind: weight / sum(weights) for kind, weight in zip(CLASSES, weights, strict=True)}


def stacked(fast: Mapping[VerdictKind, float], reading: Mapping[str, float]) -> dict[str, float]:
    """The evidence of the full join: what the fast join says, as log probabilities, and the chat model's reading."""
    return {f"fast_{kind.value}": math.log(fast[kind] + 1e-4) for kind in CLASSES} | dict(reading)


class Scale(Frozen):
    """How verdicts count, and how their weighted mean becomes a score.

    `knots` are (mean credit, score) pairs, both rising: between two of them the score runs straight.
    """

    covered: float = 1.0
    partial: float = 0.5
    missing: float = 0.0
    contradicted: float = -0.5
    knots: tuple[tuple[float, float], ...] = ((0.0, 0.0), (1.0, 100.0))

    def credit(self, kind: VerdictKind) -> float:
        """What a verdict is worth."""
        return float(getattr(self, kind.value))

    def score(self, credit: float) -> int:
        """The score, 0 to 100, of a mean credit."""
        if credit <= self.knots[0][0]:
            value = self.knots[0][1]
        elif credit >= self.knots[-1][0]:
            value = self.knots[-1][1]
        else:
            (x0, y0), (x1, y1) = next(pair for pair in pairwise(self.knots) if credit <= pair[1][0])
            value = y0 + (y1 - y0) * (credit - x0) / (x1 - x0)
        return round(min(100.0, max(0.0, value)))


class Calibration(Frozen):
    """Everything that was fitted, and on what. `joins` are by grader, and by whether the question has misconceptions."""

    fitted_on: str
    command: str
    date: str
    joins: dict[str, Join]
    scales: dict[str, Scale]  # by grader
    version: str = ""

    def join(self, grader: str, *, misconceptions: bool) -> Join:
        """The join for a grader; without misconceptions there is less evidence, and another fit."""
        return self.joins[grader if misconceptions else f"{grader}-plain"]


@cache
def calibration() -> Calibration:
    """The calibration that ships, its version a hash of the file."""
    raw = resources.files("coach.grading").joinpath("calibration.json").read_bytes()
    return Calibration.model_validate_json(raw).model_copy(update={"version": hashlib.sha256(raw).hexdigest()[:12]})
