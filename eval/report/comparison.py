"""Benchmarks that measure the same things, side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from eval.bench import Result
from eval.metrics import Metric


class Comparison(NamedTuple):
    """Two benchmarks or more: their names, and for each figure that two of them have, its values in the order of the names."""

    names: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Metric | None, ...]], ...]


def side_by_side(results: Sequence[Result]) -> list[Comparison]:
    """The benchmarks that have most of their figures in common, such as one subject by several graders."""
    groups: list[list[Result]] = []
    for result in results:
        home = next((group for group in groups if _alike(group[0], result)), None)
        if home is None:
            groups.append([result])
        else:
            home.append(result)
    return [_compared(group) for group in groups if len(group) > 1]


def _alike(one: Result, other: Result) -> bool:
    shared = one.metrics.keys() & other.metrics.keys()
    return 2 * len(shared) > min(len(one.metrics), len(other.metrics))


def _compared(group: Sequence[Result]) -> Comparison:
    metrics = dict.fromkeys(name for result in group for name in result.metrics)
    rows = [(name, tuple(result.metrics.get(name) for result in group)) for name in metrics]
    shared = tuple((name, values) for name, values in rows if sum(value is not None for value in values) > 1)
    return Comparison(tuple(result.name for result in group), shared)
