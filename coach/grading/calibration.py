"""What was fitted on labelled answers: how evidence becomes a verdict, and verdicts a score.

`calibration.json` and `probe-*.json` are written by `python -m eval.fit`, with what they were fitted on. Nothing here is fitted by hand.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from functools import cache, cached_property
from importlib import resources
from itertools import pairwise
from typing import TYPE_CHECKING

from coach.domain import Frozen, Question, VerdictKind

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

CLASSES = (VerdictKind.COVERED, VerdictKind.PARTIAL, VerdictKind.MISSING, VerdictKind.CONTRADICTED)


class Probe(Frozen):
    """A multinomial logistic model over the states of a model's inner layer, standardised: a linear probe (Alain and Bengio 2017)."""

    means: tuple[float, ...]
    scales: tuple[float, ...]
    coefficients: tuple[tuple[float, ...], ...]
    intercepts: tuple[float, ...]

    def shares(self, state: NDArray[np.float32]) -> dict[VerdictKind, float]:
        """The probability of each verdict by a point's state (d,)."""
        import numpy as np

        means, scales, coefficients, intercepts = self._arrays
        logits = np.clip((state - means) / scales, -4.0, 4.0) @ coefficients.T + intercepts
        shares = np.exp(logits - logits.max())
        return dict(zip(CLASSES, (shares / shares.sum()).tolist(), strict=True))

    @cached_property
    def _arrays(self) -> tuple[NDArray[np.float64], ...]:
        import numpy as np

        return tuple(np.array(part, dtype=np.float64) for part in (self.means, self.scales, self.coefficients, self.intercepts))


def evidence_of(who: str, shares: Mapping[VerdictKind, float]) -> dict[str, float]:
    """The probabilities that a probe, a join or a judge gives, as evidence for a join: log probabilities under its name."""
    return {f"{who}_{kind.value}": math.log(shares[kind] + 1e-4) for kind in CLASSES}


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


class Scale(Frozen):
    """How verdicts count, and how their weighted mean becomes a score.

    `knots` are (mean credit, score) pairs, both rising: between two of them the score runs straight. `spread` is how many standard
    deviations of the credit a range reaches each way. `met_share` is the part of the credit that goes by how nearly the point's words are
    met: a point that was drawn from a text is no statement that somebody weighed, so a verdict on it says less.
    """

    covered: float = 1.0
    partial: float = 0.5
    missing: float = 0.0
    contradicted: float = -0.5
    knots: tuple[tuple[float, float], ...] = ((0.0, 0.0), (1.0, 100.0))
    spread: float = 1.0
    met_share: float = 0.0
    met_from: float = 0.5  # words that are met by no more than this (a cosine) count nothing
    met_to: float = 0.9  # and by this, wholly

    def credit(self, kind: VerdictKind) -> float:
        """What a verdict is worth."""
        return float(getattr(self, kind.value))

    def met_credit(self, met: float) -> float:
        """What it is worth to have a point's words."""
        return min(1.0, max(0.0, (met - self.met_from) / (self.met_to - self.met_from)))

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
    full_fitted_on: str  # what the full grader adds
    command: str
    date: str
    joins: dict[str, Join]
    scales: dict[str, Scale]  # by grader, and `-drawn` for points that were drawn from the model answer
    probes: dict[str, Probe]  # by whose states they read: the language model's, for the full grader
    version: str = ""

    def join(self, grader: str, *, misconceptions: bool) -> Join:
        """The join for a grader; without misconceptions there is less evidence, and another fit."""
        return self.joins[grader if misconceptions else f"{grader}-plain"]

    def scale(self, grader: str, question: Question) -> Scale:
        """The scale for a grader and a question: points that were drawn from the model answer are harder to cover than written ones."""
        drawn = any(point.span for point in question.key_points)
        return self.scales[f"{grader}-drawn" if drawn else grader]


PROBES = ("reader",)  # probe-NAME.json


@cache
def calibration() -> Calibration:
    """The calibration that ships, its version a hash of the files."""
    folder = resources.files("coach.grading")
    fitted = folder.joinpath("calibration.json").read_bytes()
    probes = {name: folder.joinpath(f"probe-{name}.json").read_bytes() for name in PROBES}
    version = hashlib.sha256(b"".join((fitted, *probes.values()))).hexdigest()[:12]
    return Calibration.model_validate(
        {**json.loads(fitted), "probes": {name: json.loads(probe) for name, probe in probes.items()}, "version": version}
    )
