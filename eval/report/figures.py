"""The numbers behind the plots: pure arithmetic over graded cases."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from eval.report.graded import GradedCase, LabelledCase, LabelledPoint

MARKS = 11  # whole marks from 0 to 10

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]


class Bin(NamedTuple):
    """Points of about one confidence: its mean, the share whose verdict was right, and how many they are."""

    confidence: float
    right: float
    n: int


class KindMeans(NamedTuple):
    """What answers of one kind get, 0 to 100: by the grader, and by the labels, where there are any."""

    kind: str
    score: float
    label: float | None
    n: int


class Curve(NamedTuple):
    """The mean error of what is kept, for each share that can be kept, rising to 1."""

    kept: Floats
    error: Floats


def agreement(cases: Iterable[LabelledCase]) -> Counts:
    """How many cases have each pair of marks: (11, 11), rows by label, columns by score."""
    counts = np.zeros((MARKS, MARKS), dtype=np.int64)
    for case in cases:
        counts[_mark(case.label), _mark(case.score)] += 1
    return counts


def within(counts: Counts, marks: int) -> float:
    """The share of cases whose two marks are at most this far apart."""
    rows, columns = np.indices(counts.shape)
    return float(counts[np.abs(rows - columns) <= marks].sum() / counts.sum())


def reliability(points: Sequence[LabelledPoint], bins: int = 10) -> list[Bin]:
    """The bins of equal width that hold any point, by rising confidence."""
    confidences = np.array([point.confidence for point in points])
    right = np.array([point.right for point in points], dtype=float)
    places = np.clip((confidences * bins).astype(int), 0, bins - 1)
    held = [places == place for place in range(bins)]
    return [Bin(float(confidences[these].mean()), float(right[these].mean()), int(these.sum())) for these in held if these.any()]


def by_kind(cases: Iterable[GradedCase]) -> list[KindMeans]:
    """The means of each kind, best labelled first."""
    groups: dict[str, list[GradedCase]] = {}
    for case in cases:
        groups.setdefault(case.values.kind, []).append(case)
    means = [_means(kind, group) for kind, group in groups.items()]
    return sorted(means, key=lambda mean: (-(mean.score if mean.label is None else mean.label), mean.kind))


def held_back(doubts: Sequence[float], errors: Sequence[float]) -> Curve:
    """What the error falls to when the most doubtful are held back; equal doubts are held back together."""
    order = np.argsort(doubts, kind="stable")
    sorted_doubts, sorted_errors = np.asarray(doubts, dtype=float)[order], np.asarray(errors, dtype=float)[order]
    ranks = np.arange(1, len(order) + 1)
    ends = np.append(np.diff(sorted_doubts) > 0, True)
    return Curve((ranks / len(order))[ends], (np.cumsum(sorted_errors) / ranks)[ends])


def _mark(points: float) -> int:
    return int(np.clip(np.round(points / 10), 0, MARKS - 1))


def _means(kind: str, cases: Sequence[GradedCase]) -> KindMeans:
    labels = [case.label for case in cases if case.label is not None]
    label = float(np.mean(labels)) if labels else None
    return KindMeans(kind, float(np.mean([case.score for case in cases])), label, len(cases))
