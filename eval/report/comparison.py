"""Benchmarks that measure the same things, side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from eval.bench import Result
from eval.case_set import case_keys
from eval.metrics import Metric


class Comparison(NamedTuple):
    """Two benchmarks or more: their names, and for each figure that two of them have, its values in the order of the names.

    `caution` says in a sentence that they are not of all the same cases, where they are not.
    """

    names: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Metric | None, ...]], ...]
    caution: str = ""


def side_by_side(results: Sequence[Result]) -> list[Comparison]:
    """The benchmarks that have most of their figures in common, such as one subject by several graders, and all cases of the smaller one.

    Those of two sets, such as two files of answers, do not stand side by side: their figures tell nothing of one another.
    """
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
    return 2 * len(shared) > min(len(one.metrics), len(other.metrics)) and _comparable(_keys(one), _keys(other))


def _comparable(one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether two sets of cases are the same, or one is a part of the other, as where a slow baseline leaves cases out."""
    return one == other or (bool(one and other) and (one < other or other < one))


def _keys(result: Result) -> frozenset[str]:
    return case_keys(row.case for row in result.rows)


def _compared(group: Sequence[Result]) -> Comparison:
    metrics = dict.fromkeys(name for result in group for name in result.metrics)
    rows = [(name, tuple(result.metrics.get(name) for result in group)) for name in metrics]
    shared = tuple((name, values) for name, values in rows if sum(value is not None for value in values) > 1)
    caution = ""
    if len({_keys(result) for result in group}) > 1:
        sizes = ", ".join(f"{result.name} {len(result.rows):,}" for result in group)
        caution = f"Not all on the same cases ({sizes}): where these differ, so may the figures."
    return Comparison(tuple(result.name for result in group), shared, caution)
