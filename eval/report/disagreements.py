"""The graded cases that are furthest from their labels: what a reader should look at first."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from eval.bench import GradedValues, Result
from eval.report.graded import graded_cases, labelled_cases

MOST = 50


class Disagreement(NamedTuple):
    """A case whose score is not its label, 0 to 100 both; `score` is 0 where `values` has none."""

    bench: str
    id: str
    label: float
    score: float
    values: GradedValues
    note: str

    @property
    def distance(self) -> float:
        """How far the score is from the label."""
        return abs(self.score - self.label)


def worst(results: Iterable[Result], most: int = MOST) -> list[Disagreement]:
    """The worst first, at most this many of each benchmark, so that none hides another."""
    found = [each for result in results for each in _worst_of(result)[:most]]
    return sorted(found, key=lambda each: -each.distance)


def _worst_of(result: Result) -> list[Disagreement]:
    cases = [case for case in labelled_cases(graded_cases(result.rows)) if case.distance > 0]
    cases.sort(key=lambda case: -case.distance)
    return [Disagreement(result.name, case.case.id, case.label, case.score, case.case.values, case.case.note) for case in cases]
