"""Metrics with intervals: the libraries' measures, resampled by question, since answers to one question are not independent."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import cohen_kappa_score, f1_score

RESAMPLES = 1000
SEED = 20260101

Array = NDArray[np.float64]


class Metric(NamedTuple):
    """A figure with its 95 % interval and the number of cases; `low` and `high` are None where there is nothing to resample."""

    value: float
    low: float | None
    high: float | None
    n: int


def by_question(measure: Callable[[NDArray[np.int64]], float], questions: Sequence[str]) -> Metric:
    """A measure over case numbers, with a bootstrap interval clustered by question (Efron and Tibshirani 1993)."""
    groups: dict[str, list[int]] = {}
    for number, question in enumerate(questions):
        groups.setdefault(question, []).append(number)
    names, rng = sorted(groups), np.random.default_rng(SEED)
    values = []
    for _ in range(RESAMPLES if len(names) > 1 else 0):
        drawn = rng.choice(len(names), size=len(names))
        value = measure(np.array([case for i in drawn for case in groups[names[i]]]))
        if np.isfinite(value):
            values.append(value)
    everything = measure(np.arange(len(questions)))
    low, high = (float(v) for v in np.percentile(values, [2.5, 97.5])) if values else (None, None)
    return Metric(everything, low, high, len(questions))


def qwk(predicted: Array, labels: Array) -> float:
    """Quadratic weighted kappa (Cohen 1968) of whole marks from 0 to 10."""
    return float(cohen_kappa_score(predicted.astype(int), labels.astype(int), weights="quadratic", labels=list(range(11))))


def pearson(predicted: Array, labels: Array) -> float:
    """Pearson's correlation; not a number when either side does not vary."""
    if predicted.std() == 0 or labels.std() == 0:
        return float("nan")
    return float(np.corrcoef(predicted, labels)[0, 1])


def macro_f1(predicted: Sequence[str], labels: Sequence[str]) -> float:
    """The mean F1 over the classes that occur in the labels."""
    return float(f1_score(labels, predicted, average="macro", labels=sorted(set(labels)), zero_division=0))


def calibration_error(confidences: Array, right: Array, bins: int = 10) -> float:
    """Expected calibration error over equally wide bins (Naeini et al. 2015)."""
    edges = np.minimum((confidences * bins).astype(int), bins - 1)
    return float(sum(abs(confidences[edges == b].mean() - right[edges == b].mean()) * (edges == b).mean() for b in set(edges.tolist())))
