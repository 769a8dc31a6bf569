"""Metrics with intervals: the libraries' measures, resampled by question, since answers to one question are not independent."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata
from sklearn.metrics import f1_score

RESAMPLES = 1000
SEED = 20260101
MARKS = 11  # from 0 to 10

Array = NDArray[np.float64]


class Metric(NamedTuple):
    """A figure with its 95 % interval and the number of cases; `low` and `high` are None where there is nothing to resample.

    With `ranged` they are no interval but the least and the most that was measured.
    """

    value: float
    low: float | None
    high: float | None
    n: int
    ranged: bool = False


Results = Mapping[str, Mapping[str, Metric]]  # benchmark → figure


def by_question(measure: Callable[[NDArray[np.int64]], float], questions: Sequence[str]) -> Metric:
    """A measure over case numbers, with a bootstrap interval clustered by question (Efron and Tibshirani 1993)."""
    return all_by_question(lambda numbers: {"": measure(numbers)}, questions)[""]


def all_by_question(measure: Callable[[NDArray[np.int64]], Mapping[str, float]], questions: Sequence[str]) -> dict[str, Metric]:
    """Measures that are taken together, each as by_question has it."""
    groups: dict[str, list[int]] = {}
    for number, question in enumerate(questions):
        groups.setdefault(question, []).append(number)
    members, rng = [np.array(groups[name]) for name in sorted(groups)], np.random.default_rng(SEED)
    drawn = [
        measure(np.concatenate([members[i] for i in rng.choice(len(members), size=len(members))]))
        for _ in range(RESAMPLES if len(members) > 1 else 0)
    ]
    metrics = {}
    for name, value in measure(np.arange(len(questions))).items():
        values = [again[name] for again in drawn if np.isfinite(again.get(name, np.nan))]
        low, high = (float(v) for v in np.percentile(values, [2.5, 97.5])) if values else (None, None)
        metrics[name] = Metric(value, low, high, len(questions))
    return metrics


def how_many(graded: int, tried: int) -> dict[str, Metric]:
    """How many answers the figures rest on, and where some could not be graded, how many."""
    failed = {"answers_failed": Metric(float(tried - graded), None, None, tried)} if graded < tried else {}
    return {"answers": Metric(float(graded), None, None, tried)} | failed


def confusion(predicted: NDArray[np.int64], labels: NDArray[np.int64], classes: int) -> Array:
    """How often each label (row) was said to be each class (column)."""
    return np.bincount(labels * classes + predicted, minlength=classes * classes).reshape(classes, classes).astype(np.float64)


def weighted_kappa(counts: Array, weights: Array) -> float:
    """Cohen's kappa (1968) of a confusion matrix, each cell costing its weight; not a number when neither side varies.

    As scikit-learn has it, which takes milliseconds a call, and a bootstrap makes thousands.
    """
    by_chance = (weights * np.outer(counts.sum(axis=1), counts.sum(axis=0))).sum() / max(counts.sum(), 1.0)
    return float(1 - (weights * counts).sum() / by_chance) if by_chance else float("nan")


def qwk(predicted: Array, labels: Array) -> float:
    """Quadratic weighted kappa of whole marks from 0 to 10."""
    steps = np.arange(MARKS)
    return weighted_kappa(confusion(predicted.astype(np.int64), labels.astype(np.int64), MARKS), np.subtract.outer(steps, steps) ** 2.0)


def kappa(predicted: NDArray[np.int64], labels: NDArray[np.int64], classes: int) -> float:
    """Cohen's kappa of classes, given as numbers below `classes`."""
    return weighted_kappa(confusion(predicted, labels, classes), 1 - np.eye(classes))


def pearson(predicted: Array, labels: Array) -> float:
    """Pearson's correlation; not a number when either side does not vary."""
    if predicted.std() == 0 or labels.std() == 0:
        return float("nan")
    return float(np.corrcoef(predicted, labels)[0, 1])


def spearman(predicted: Array, labels: Array) -> float:
    """Spearman's rank correlation; not a number when either side does not vary."""
    return pearson(rankdata(predicted), rankdata(labels))


def rmse(predicted: Array, labels: Array) -> float:
    """The root of the mean squared error, on the scale of both."""
    return float(np.sqrt(np.mean((predicted - labels) ** 2)))


def class_figures(predicted: NDArray[np.int64], labels: NDArray[np.int64], classes: Sequence[str]) -> dict[str, float]:
    """Precision, recall and F1 of each class, given as numbers of `classes`, and their macro-F1: over the classes that have labels.

    Those of a class without labels are not numbers; the precision of one that was never said is 0.
    """
    counts = confusion(predicted, labels, len(classes))
    hits, said, meant = counts.diagonal(), counts.sum(axis=0), counts.sum(axis=1)
    occurs = meant > 0
    figures = {
        "precision": hits / np.maximum(said, 1),
        "recall": hits / np.maximum(meant, 1),
        "f1": 2 * hits / np.maximum(said + meant, 1),
    }
    own = {
        f"{name}_{figure}": float(values[number]) if occurs[number] else float("nan")
        for number, name in enumerate(classes)
        for figure, values in figures.items()
    }
    return {"macro_f1": float(figures["f1"][occurs].mean()), **own}


def error_when_held_back(confidences: Array, right: Array, share: float) -> float:
    """The share of errors among what is left when this share, the least sure, is held back."""
    order = np.argsort(confidences, kind="stable")[round(share * len(confidences)) :]
    return float(1 - right[order].mean())


def macro_f1(predicted: Sequence[str], labels: Sequence[str]) -> float:
    """The mean F1 over the classes that occur in the labels."""
    return float(f1_score(labels, predicted, average="macro", labels=sorted(set(labels)), zero_division=0))


def calibration_error(confidences: Array, right: Array, bins: int = 10) -> float:
    """Expected calibration error over equally wide bins (Naeini et al. 2015)."""
    edges = np.minimum((confidences * bins).astype(int), bins - 1)
    return float(sum(abs(confidences[edges == b].mean() - right[edges == b].mean()) * (edges == b).mean() for b in set(edges.tolist())))
