"""The graded cases among a benchmark's rows, as values with names."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple

from pydantic import ValidationError

from eval.bench import GradedPoint, GradedValues, Row


class GradedCase(NamedTuple):
    """A case that was graded; `note` is the sentence that its benchmark wrote about it."""

    id: str
    values: GradedValues
    note: str

    @property
    def score(self) -> float:
        """0 to 100; what came back ungraded counts as 0."""
        return _known(self.values.score) or 0.0

    @property
    def label(self) -> float | None:
        """0 to 100; None where there is none."""
        return _known(self.values.label)

    @property
    def width(self) -> float | None:
        """How wide the range of the score is; None where it has no range."""
        low, high = _known(self.values.low), _known(self.values.high)
        return None if low is None or high is None else high - low


class LabelledCase(NamedTuple):
    """A graded case that has a label, 0 to 100."""

    case: GradedCase
    label: float

    @property
    def score(self) -> float:
        """0 to 100."""
        return self.case.score

    @property
    def distance(self) -> float:
        """How far the score is from the label."""
        return abs(self.score - self.label)


class LabelledPoint(NamedTuple):
    """A key point whose right verdict is known: how sure the grader was of its own, and whether that was right."""

    confidence: float
    right: bool


def graded_cases(rows: Iterable[Row]) -> list[GradedCase]:
    """Those rows whose values are those of a graded case; benchmarks of other things have none."""
    return [GradedCase(row.case.id, values, row.outcome.reason) for row in rows if (values := _graded_values(row)) is not None]


def labelled_cases(cases: Iterable[GradedCase]) -> list[LabelledCase]:
    """Those that have a label."""
    return [LabelledCase(case, label) for case in cases if (label := case.label) is not None]


def labelled_points(cases: Iterable[GradedCase]) -> list[LabelledPoint]:
    """The key points of all cases, where a label says which verdict is right."""
    points: list[GradedPoint] = [point for case in cases for point in case.values.points if math.isfinite(point.confidence)]
    return [LabelledPoint(point.confidence, point.verdict == point.label) for point in points if point.label is not None]


def _known(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def _graded_values(row: Row) -> GradedValues | None:
    if row.outcome.error is not None:
        return None
    try:
        return GradedValues.model_validate(row.outcome.values)
    except ValidationError:  # not damage: the row of a benchmark that grades nothing
        return None
