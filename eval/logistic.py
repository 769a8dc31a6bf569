"""Multinomial logistic models, standardised and regularised, fitted and cross-validated with questions held out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from coach.grading.calibration import CLASSES

FOLDS = 6
DIGITS = 5  # of what is written down

Floats = NDArray[np.float64]


class Sample(NamedTuple):
    """What a model is fitted on: values (n, d), labels (n,) as indices into CLASSES, a weight and a question for each row."""

    values: Floats
    labels: NDArray[np.int64]
    weights: Floats
    questions: Sequence[str]


class Fitted(NamedTuple):
    """A model, and how its values are standardised first."""

    model: LogisticRegression
    means: Floats
    scales: Floats

    def probabilities(self, values: Floats) -> Floats:
        """The probability of each class (n, 4)."""
        shares: Floats = self.model.predict_proba(np.clip((values - self.means) / self.scales, -4.0, 4.0))
        return shares

    def written(self) -> dict[str, tuple[float, ...] | tuple[tuple[float, ...], ...]]:
        """The numbers under the names that Join and Probe have for them."""
        return {
            "means": _rounded(self.means),
            "scales": _rounded(self.scales),
            "coefficients": tuple(_rounded(row) for row in self.model.coef_),
            "intercepts": _rounded(self.model.intercept_),
        }


def fit(sample: Sample, strength: float) -> Fitted:
    """Fit on all rows; `strength` is the inverse of the regularisation."""
    means, scales = sample.values.mean(axis=0), np.maximum(sample.values.std(axis=0), 1e-6)
    model = LogisticRegression(C=strength, max_iter=2000)
    model.fit(np.clip((sample.values - means) / scales, -4.0, 4.0), sample.labels, sample_weight=sample.weights)
    return Fitted(model, means, scales)


def out_of_fold(sample: Sample, strength: float) -> Floats:
    """The probabilities of each row by a fit that has not seen its question."""
    result = np.zeros((len(sample.labels), len(CLASSES)))
    for train, held in GroupKFold(FOLDS).split(sample.values, groups=sample.questions):
        seen = Sample(sample.values[train], sample.labels[train], sample.weights[train], [sample.questions[i] for i in train])
        result[held] = fit(seen, strength).probabilities(sample.values[held])
    return result


def best_strength(sample: Sample, strengths: Sequence[float]) -> float:
    """The strength whose out-of-fold probabilities lose least."""
    return min(strengths, key=lambda strength: log_loss(sample, out_of_fold(sample, strength)))


def log_loss(sample: Sample, probabilities: Floats) -> float:
    """The weighted mean of the negative log probability of the labels."""
    said = -np.log(probabilities[np.arange(len(sample.labels)), sample.labels] + 1e-9)
    return float((said * sample.weights).sum() / sample.weights.sum())


def _rounded(values: NDArray[np.float64]) -> tuple[float, ...]:
    return tuple(float(f"{value:.{DIGITS}g}") for value in values)
