"""When the grader is unsure of a point that matters: then the coach asks one question about it in place of a guess. Pure."""

from __future__ import annotations

from coach.domain import Grade, KeyPoint, Question, Verdict
from coach.grading.score import band_of

UNSURE_BELOW = 0.5  # the likeliest verdict's probability: below it the verdict is sooner wrong than right
WIDE = 25  # points of score: only from a wider range on is a question worth the candidate's time


def unsure_point(question: Question, grade: Grade, *, without: frozenset[str] = frozenset()) -> KeyPoint | None:
    """The essential point that the grader is least sure of, where the range leaves the band open; None where there is nothing to settle.

    `without` are the ids of points that were asked for or given away. A grade without a look at the points has none to ask about.
    """
    if grade.reason is not None or not _leaves_band_open(grade):
        return None
    sure = {verdict.id: sureness(verdict) for verdict in grade.points}
    unsure = [point for point in question.essential_points if point.id not in without and sure.get(point.id, 1.0) < UNSURE_BELOW]
    return min(unsure, key=lambda point: sure[point.id], default=None)


def sureness(verdict: Verdict) -> float:
    """The probability of the likeliest kind of verdict; 1 where a verdict is certain."""
    return max(verdict.probabilities.values(), default=1.0)


def _leaves_band_open(grade: Grade) -> bool:
    if grade.score is None or grade.low is None or grade.high is None:
        return False
    return grade.high - grade.low > WIDE and band_of(grade.low) != band_of(grade.high)
