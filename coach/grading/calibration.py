"""What was fitted on labelled answers: how evidence becomes a verdict, and verdicts a score.

`calibration.json` and `probe.json` are written by `python -m eval.fit`, with what they were fitted on. Nothing here is fitted by hand.
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

from coach.domain import Frozen, VerdictKind

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

CLASSES = (VerdictKind.COVERED, VerdictKind.PARTIAL, VerdictKind.MISSING, VerdictKind.CONTRADICTED)


class Probe(Frozen):
    """A multinomial logistic model over the pair encoder's states, standardised: a linear probe (Alain and Bengio 2017)."""

    means: tuple[float, ...]
    scales: tuple[float, ...]
    coefficients: tuple[tuple[float, ...], ...]
    intercepts: tuple[float, ...]

    def features(self, states: NDArray[np.float32]) -> dict[str, float]:
        """What the probe makes of a point's states (k, d), as log probabilities: evidence for the join.

        Of a long answer's pieces the one speaks that is least silent on the point.
        """
        import numpy as np

        means, scales, coefficients, intercepts = self._arrays
        logits = np.clip((states - means) / scales, -4.0, 4.0) @ coefficients.T + intercepts
        shares = np.exp(logits - logits.max(axis=1, keepdims=True))
        shares /= shares.sum(axis=1, keepdims=True)
        speaks = shares[int(shares[:, CLASSES.index(VerdictKind.MISSING)].argmin())]
        return probed(dict(zip(CLASSES, speaks.tolist(), strict=True)))

    @cached_property
    def _arrays(self) -> tuple[NDArray[np.float64], ...]:
        import numpy as np

        return tuple(np.array(part, dtype=np.float64) for part in (self.means, self.scales, self.coefficients, self.intercepts))


def probed(shares: Mapping[VerdictKind, float]) -> dict[str, float]:
    """The probe's probabilities as evidence for the join."""
    return {f"probe_{kind.value}": math.log(shares[kind] + 1e-4) for kind in CLASSES}


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
    probe: Probe
    version: str = ""

    def join(self, grader: str, *, misconceptions: bool) -> Join:
        """The join for a grader; without misconceptions there is less evidence, and another fit."""
        return self.joins[grader if misconceptions else f"{grader}-plain"]


@cache
def calibration() -> Calibration:
    """The calibration that ships, its version a hash of the files."""
    folder = resources.files("coach.grading")
    fitted, probe = (folder.joinpath(name).read_bytes() for name in ("calibration.json", "probe.json"))
    version = hashlib.sha256(fitted + probe).hexdigest()[:12]
    return Calibration.model_validate({**json.loads(fitted), "probe": json.loads(probe), "version": version})
