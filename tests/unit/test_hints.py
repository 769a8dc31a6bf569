"""Graded hints: each says more than the one before, and only the last one tells."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from interviews import COVERED, FIRST, MISSING, NOON, PARTIAL, SECOND, THIRD, grade, question

from coach.domain import FollowUp, KeyPoint
from coach.errors import UsageError
from coach.events import Answered, Asked, Graded, Hinted, QuestionRef, Setup, Started
from coach.hints import BLANK, cloze, compose_hint, next_hint
from coach.interview import Thread, fold
from coach.phrasing import decisive_stems, known_stems
from coach.words import content_stems

ASKED = question()
OPENING = [
    Started(at=NOON, setup=Setup(), pool=(QuestionRef.of(ASKED),)),
    Asked(at=NOON, turn_id=1, role="question", question=ASKED, text=ASKED.text),
]


def thread_after(*events: object) -> Thread:
    return fold([*OPENING, *events]).thread  # type: ignore[list-item]


def hinted(point: KeyPoint, level: int, turn_id: int = 1) -> Hinted:
    return Hinted.model_validate({"at": NOON, "turn_id": turn_id, "level": level, "text": "…", "point_id": point.id})


def test_hints_grow_plainer_and_then_go_to_the_next_essential_point() -> None:
    events: list[Hinted] = []
    given_hints = []
    for _ in range(6):
        point, level = next_hint(thread_after(*events))
        given_hints.append((point, level))
        events.append(hinted(point, level))
    assert given_hints == [(FIRST, 1), (FIRST, 2), (FIRST, 3), (SECOND, 1), (SECOND, 2), (SECOND, 3)]
    with pytest.raises(UsageError, match="nothing more to hint at"):
        next_hint(thread_after(*events))


def test_after_an_answer_the_hint_is_for_what_the_follow_up_is_after() -> None:
    verdict = grade({FIRST.id: MISSING, SECOND.id: PARTIAL, THIRD.id: COVERED})
    events = [
        Answered(at=NOON, turn_id=1, text="…"),
        Graded(at=NOON, turn_id=1, grade=verdict, thread_grade=verdict),
        Asked(at=NOON, turn_id=2, role="follow_up", question=ASKED, text="And?", point_id=SECOND.id),
    ]
    assert next_hint(thread_after(*events)) == (SECOND, 1)


def test_a_covered_point_is_not_hinted_at() -> None:
    verdict = grade({FIRST.id: COVERED, SECOND.id: MISSING})
    events = [Answered(at=NOON, turn_id=1, text="…"), Graded(at=NOON, turn_id=1, grade=verdict, thread_grade=verdict)]
    assert next_hint(thread_after(*events))[0] == SECOND


def test_the_third_hint_is_the_point_and_the_first_two_do_not_tell_it() -> None:
    known = known_stems([ASKED.text])
    decisive = decisive_stems(FIRST.text, known)
    told = [len(decisive & frozenset(content_stems(compose_hint(ASKED, FIRST, level)))) for level in (1, 2, 3)]
    assert told[0] == 0
    assert told[0] < told[1] <= len(decisive) / 3
    assert told[2] == len(decisive)


def test_a_nudge_asks_a_question_of_the_corpus_only_when_one_is_left_for_the_follow_up() -> None:
    assert "?" not in compose_hint(ASKED, FIRST, 1)
    second = FollowUp(text="Who decides which units rest?", point_id=FIRST.id)
    richer = ASKED.model_copy(update={"follow_ups": (*ASKED.follow_ups, second)})
    assert compose_hint(richer, FIRST, 1) == "Ask yourself: Who decides which units rest?"
    assert "Who decides" not in compose_hint(richer, FIRST, 1, asked=[second.text])


@pytest.mark.parametrize(
    ("point", "said", "shown"),
    [
        ("The learning rate decays to 0.001 over 1,000 steps.", [], f"The learning rate {BLANK} to {BLANK} over {BLANK}."),
        ("Dropout rescales activations.", ["What does dropout do?"], f"Dropout {BLANK}."),
        ("Dropout works.", ["Does dropout work?"], f"{BLANK}."),
        ("Units are not removed for good.", ["What happens to units?"], f"Units are {BLANK} for {BLANK}."),
    ],
)
def test_a_cloze_keeps_what_was_said_and_blanks_what_decides(point: str, said: list[str], shown: str) -> None:
    assert cloze(point, said) == shown


@given(
    st.lists(st.sampled_from(["the", "units", "rest", "at", "0.5", "random", "don't", "naïve", "x", "—", "(a)"]), min_size=1, max_size=12)
)
def test_a_cloze_never_shows_every_content_word(pieces: list[str]) -> None:
    point = " ".join(pieces)
    if content_stems(point):
        assert BLANK in cloze(point, [])
