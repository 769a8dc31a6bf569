"""A thread's grade: what a follow-up adds to it, and what a hint takes from it."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st
from interviews import CONTRADICTED, COVERED, FIRST, MISSING, PARTIAL, SECOND, THIRD, grade, question
from verdicts import WORST_TO_BEST

from coach.domain import Grade, VerdictKind, WrongClaim
from coach.grading.merge import cap_hinted, merge, settle

ASKED = question()
POINTS = {"first": FIRST.id, "second": SECOND.id, "third": THIRD.id}


def graded(first: VerdictKind, second: VerdictKind, third: VerdictKind, **options: object) -> Grade:
    return grade({FIRST.id: first, SECOND.id: second, THIRD.id: third}, of=ASKED, **options)  # type: ignore[arg-type]


def followed(verdicts: Mapping[str, VerdictKind], **options: object) -> Grade:
    return grade({POINTS[name]: kind for name, kind in verdicts.items()}, of=ASKED, **options)  # type: ignore[arg-type]


def kinds(result: Grade) -> list[VerdictKind]:
    return [verdict.verdict for verdict in result.points]


@pytest.mark.parametrize(
    ("before", "said", "after"),
    [
        (CONTRADICTED, COVERED, COVERED),  # a slip that is mended
        (CONTRADICTED, PARTIAL, PARTIAL),
        (MISSING, COVERED, COVERED),
        (PARTIAL, COVERED, COVERED),
        (MISSING, CONTRADICTED, CONTRADICTED),
        *((before, MISSING, before) for before in WORST_TO_BEST),  # silence changes nothing
        *((COVERED, said, COVERED) for said in WORST_TO_BEST),  # what was covered stays covered
    ],
)
def test_what_was_said_later_counts_unless_the_point_was_covered(before: VerdictKind, said: VerdictKind, after: VerdictKind) -> None:
    merged = merge(graded(before, COVERED, MISSING), followed({"first": said}), ASKED)
    assert kinds(merged) == [after, COVERED, MISSING]


def test_a_slip_that_was_mended_is_no_longer_held_against_the_candidate() -> None:
    slip = WrongClaim(quote="it drops units when predicting", correction="Nothing is dropped at inference.")
    first = graded(COVERED, CONTRADICTED, MISSING, quote=slip.quote).model_copy(update={"wrong_claims": (slip,)})
    assert merge(first, followed({"third": COVERED}), ASKED).wrong_claims == (slip,)
    mended = merge(first, followed({"second": COVERED}, quote="when predicting, all take part"), ASKED)
    assert mended.wrong_claims == ()
    assert slip.correction.rstrip(".") not in mended.feedback
    assert (mended.score or 0) > (merge(first, followed({"second": MISSING}), ASKED).score or 0)


def test_a_good_follow_up_lifts_score_and_band_and_the_range_still_holds_the_score() -> None:
    first = graded(COVERED, MISSING, MISSING)
    merged = merge(first, followed({"second": COVERED, "third": COVERED}), ASKED)
    assert (merged.score, merged.band) == (100, "strong")
    assert merged.low is not None
    assert merged.high is not None
    assert merged.low <= 100 <= merged.high
    assert merged.ms == first.ms * 2


def test_a_follow_up_after_a_stopped_answer_counts_in_full() -> None:
    stopped = graded(MISSING, MISSING, MISSING, reason="There was nothing to grade.").model_copy(
        update={"points": graded(MISSING, MISSING, MISSING).points}
    )
    merged = merge(stopped, graded(COVERED, COVERED, MISSING), ASKED)
    assert kinds(merged) == [COVERED, COVERED, MISSING]
    assert merged.reason is None


def test_an_ungraded_follow_up_changes_nothing() -> None:
    first = graded(COVERED, PARTIAL, MISSING)
    assert merge(first, followed({}, ungraded="Not in English."), ASKED) == first


def test_a_graded_follow_up_takes_the_place_of_an_ungraded_answer() -> None:
    later = graded(COVERED, PARTIAL, MISSING)
    assert merge(followed({}, ungraded="Not in English."), later, ASKED) == later


def test_a_thread_is_full_only_where_all_of_it_was() -> None:
    full = graded(COVERED, MISSING, MISSING, grader="full")
    assert merge(full, followed({"second": COVERED}, grader="full"), ASKED).grader == "full"
    assert merge(full, followed({"second": COVERED}, grader="fast"), ASKED).grader == "fast"


def test_a_point_that_a_hint_gave_away_is_partial_at_most() -> None:
    known = graded(COVERED, COVERED, MISSING)
    capped = cap_hinted(known, ASKED, frozenset({SECOND.id, THIRD.id}))
    assert kinds(capped) == [COVERED, PARTIAL, MISSING]
    merged_without = merge(known, followed({"third": MISSING}), ASKED)
    assert (capped.score or 0) < (merged_without.score or 0)


def test_a_hint_about_a_point_that_was_not_covered_costs_nothing() -> None:
    known = graded(COVERED, PARTIAL, CONTRADICTED)
    assert cap_hinted(known, ASKED, frozenset({SECOND.id, THIRD.id})) == known
    assert cap_hinted(known, ASKED, frozenset()) == known


KINDS = st.sampled_from(VerdictKind)


@given(st.tuples(KINDS, KINDS, KINDS), KINDS)
def test_a_reply_to_a_clarifying_question_changes_its_point_alone_and_only_by_something_that_was_said(
    before: tuple[VerdictKind, VerdictKind, VerdictKind], said: VerdictKind
) -> None:
    guess = graded(*before, unsure=frozenset({FIRST.id}))
    settled = settle(guess, followed({"first": said}), ASKED, FIRST.id)
    assert kinds(settled) == [before[0] if said is MISSING else said, *before[1:]]
    assert settled.points[1:] == guess.points[1:]
    assert settled.score is not None
    assert settled.low is not None
    assert settled.high is not None
    assert settled.low <= settled.score <= settled.high


@pytest.mark.parametrize(
    "later",
    [
        followed({"first": MISSING}),
        followed({"first": CONTRADICTED}, unsure=frozenset({FIRST.id})),
        followed({}, ungraded="Not in English."),
        followed({}, reason="off topic"),
    ],
    ids=["silent", "no surer", "ungraded", "no answer"],
)
def test_a_reply_that_settles_nothing_leaves_the_guess_and_its_range(later: Grade) -> None:
    guess = graded(PARTIAL, COVERED, MISSING, unsure=frozenset({FIRST.id}))
    assert settle(guess, later, ASKED, FIRST.id) == guess


def test_a_guess_of_covered_gives_way_to_what_was_meant() -> None:
    guess = graded(COVERED, COVERED, MISSING, unsure=frozenset({FIRST.id}))
    assert kinds(settle(guess, followed({"first": CONTRADICTED}), ASKED, FIRST.id)) == [CONTRADICTED, COVERED, MISSING]


def test_a_wrong_claim_that_is_found_again_in_both_texts_is_named_once() -> None:
    slip = WrongClaim(quote="they stay off", correction="Nothing is dropped at inference.")
    first = graded(COVERED, CONTRADICTED, MISSING, quote=slip.quote, unsure=frozenset({SECOND.id})).model_copy(
        update={"wrong_claims": (slip,)}
    )
    again = followed({"second": CONTRADICTED}, quote=slip.quote).model_copy(update={"wrong_claims": (slip,)})
    assert settle(first, again, ASKED, SECOND.id).wrong_claims == (slip,)
