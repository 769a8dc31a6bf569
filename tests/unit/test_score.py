"""From verdicts to a score, a range and a band."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from verdicts import WORST_TO_BEST, verdict, verdict_lists

from coach.domain import Verdict, VerdictKind
from coach.grading.calibration import Scale, calibration
from coach.grading.score import band_of, range_of, score_of

SHIPPED = calibration().scales["fast"]
SCALES = st.sampled_from([SHIPPED, Scale(), Scale(partial=0.3, contradicted=-1.0, knots=((-0.2, 5.0), (0.4, 30.0), (0.9, 100.0)))])
COVERED, PARTIAL, MISSING, CONTRADICTED = VerdictKind.COVERED, VerdictKind.PARTIAL, VerdictKind.MISSING, VerdictKind.CONTRADICTED


@given(verdict_lists(min_size=1), SCALES, st.data())
def test_a_better_verdict_never_lowers_the_score(verdicts: list[Verdict], scale: Scale, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(verdicts) - 1))
    better = data.draw(st.sampled_from(WORST_TO_BEST[WORST_TO_BEST.index(verdicts[at].verdict) :]))
    improved = [*verdicts]
    improved[at] = verdicts[at].model_copy(update={"verdict": better})
    assert score_of(improved, scale) >= score_of(verdicts, scale)


@given(verdict_lists(), SCALES)
def test_a_score_is_between_0_and_100_and_its_range_holds_it(verdicts: list[Verdict], scale: Scale) -> None:
    score = score_of(verdicts, scale)
    low, high = range_of(verdicts, scale)
    assert 0 <= low <= score <= high <= 100


@given(verdict_lists(min_size=1))
def test_the_order_of_the_points_does_not_matter(verdicts: list[Verdict]) -> None:
    assert score_of(verdicts, SHIPPED) == score_of(verdicts[::-1], SHIPPED)


@given(st.lists(st.sampled_from(WORST_TO_BEST), max_size=6), st.sampled_from(WORST_TO_BEST))
def test_an_essential_point_weighs_as_much_as_two_others(others: list[VerdictKind], kind: VerdictKind) -> None:
    rest = [verdict(other) for other in others]
    assert score_of([*rest, verdict(kind, essential=True)], SHIPPED) == score_of([*rest, verdict(kind), verdict(kind)], SHIPPED)


@given(verdict_lists(min_size=1))
def test_verdicts_that_are_certain_leave_no_range(verdicts: list[Verdict]) -> None:
    assert range_of(verdicts, SHIPPED) == (score_of(verdicts, SHIPPED),) * 2


def test_a_doubtful_verdict_counts_as_its_probabilities_say_and_leaves_a_range() -> None:
    doubtful = [verdict(COVERED, probabilities={COVERED: 0.5, MISSING: 0.5}), verdict(COVERED)]
    assert score_of(doubtful, Scale()) == 75
    assert range_of(doubtful, Scale()) == (50, 100)
    assert range_of(doubtful, Scale(spread=0.4)) == (65, 85)


def test_probabilities_that_were_rounded_count_in_full() -> None:
    rounded = verdict(COVERED, probabilities={COVERED: 0.333, PARTIAL: 0.333, MISSING: 0.333, CONTRADICTED: 0.0})
    assert score_of([rounded], Scale()) == 50


@given(st.lists(st.floats(0.01, 1), min_size=4, max_size=4), SCALES)
def test_doubt_never_takes_a_score_past_what_its_kinds_are_worth(weights: list[float], scale: Scale) -> None:
    shares = {kind: weight / sum(weights) for kind, weight in zip(WORST_TO_BEST, weights, strict=True)}
    low, high = range_of([verdict(COVERED, probabilities=shares)], scale)
    assert score_of([verdict(CONTRADICTED)], scale) <= score_of([verdict(COVERED, probabilities=shares)], scale) <= 100
    assert low <= high


def test_everything_covered_is_100_and_nothing_said_is_0() -> None:
    assert score_of([verdict(COVERED)] * 3, SHIPPED) == 100
    assert score_of([verdict(MISSING)] * 3, SHIPPED) == 0
    assert score_of([], SHIPPED) == 0


@pytest.mark.parametrize(
    ("score", "band"),
    [
        (0, "not yet"),
        (39, "not yet"),
        (40, "developing"),
        (59, "developing"),
        (60, "solid"),
        (79, "solid"),
        (80, "strong"),
        (100, "strong"),
    ],
)
def test_a_band_begins_at_its_border(score: int, band: str) -> None:
    assert band_of(score) == band


@pytest.mark.parametrize(
    ("credit", "score"),
    [(-1.0, 0), (0.0, 0), (0.1, 10), (0.2, 20), (0.35, 40), (0.5, 60), (0.75, 78), (0.875, 86), (1.0, 95), (2.0, 95)],
)
def test_between_two_knots_the_score_runs_straight_and_outside_it_stays(credit: float, score: int) -> None:
    assert Scale(knots=((0.0, 0.0), (0.2, 20.0), (0.5, 60.0), (1.0, 95.0))).score(credit) == score


def test_a_scale_never_leaves_0_to_100() -> None:
    wild = Scale(knots=((0.0, -30.0), (1.0, 140.0)))
    assert [wild.score(credit) for credit in (-1.0, 0.0, 1.0)] == [0, 0, 100]
