"""What the coach says to an answer: nothing that its grade does not say."""

from __future__ import annotations

from itertools import pairwise

import pytest
from interviews import CONTRADICTED, COVERED, FIRST, MISSING, PARTIAL, SECOND, THIRD, grade

from coach.domain import VerdictKind
from coach.grading.gate import REASONS
from coach.voice.phrases import request_of
from coach.voice.reaction import (
    ACKNOWLEDGEMENTS,
    HEART,
    NAMED,
    NEUTRAL,
    NOT_YET,
    PART,
    PASSED,
    SIDE,
    TOUCHED,
    TURNED,
    WHOLE,
    acknowledgement,
    reaction_to,
)

CASES: list[tuple[tuple[VerdictKind, VerdictKind, VerdictKind], list[tuple[str, ...]]]] = [
    ((COVERED, COVERED, COVERED), [WHOLE]),
    ((COVERED, COVERED, MISSING), [HEART]),
    ((COVERED, MISSING, MISSING), [PART]),
    ((MISSING, MISSING, COVERED), [SIDE]),
    ((PARTIAL, MISSING, MISSING), [TOUCHED]),
    ((MISSING, MISSING, MISSING), []),
    ((CONTRADICTED, MISSING, MISSING), [TURNED]),
    ((CONTRADICTED, PARTIAL, MISSING), [TURNED]),
    ((COVERED, CONTRADICTED, MISSING), [PART, TURNED]),
]


@pytest.mark.parametrize(("verdicts", "expected"), CASES)
def test_a_reaction_says_what_the_verdicts_say(
    verdicts: tuple[VerdictKind, VerdictKind, VerdictKind], expected: list[tuple[str, ...]]
) -> None:
    said = reaction_to(grade(dict(zip((FIRST.id, SECOND.id, THIRD.id), verdicts, strict=True))), turn=2)
    assert len(said) == len(expected)
    for sentence, options in zip(said, expected, strict=True):
        assert sentence in options


def test_a_short_point_that_was_covered_may_be_said_back() -> None:
    (said,) = reaction_to(grade({FIRST.id: MISSING, SECOND.id: COVERED, THIRD.id: MISSING}), turn=3)
    assert said in {option.format("at inference every unit takes part again") for option in NAMED}


def test_no_point_that_is_missing_is_ever_told() -> None:
    for turn in range(6):
        said = " ".join(reaction_to(grade({FIRST.id: COVERED, SECOND.id: MISSING, THIRD.id: CONTRADICTED}), turn))
        assert "inference" not in said
        assert "relying" not in said


def test_a_verdict_that_is_a_guess_is_not_spoken_of() -> None:
    guess = grade({FIRST.id: COVERED, SECOND.id: CONTRADICTED, THIRD.id: MISSING})
    unsure = guess.model_copy(update={"points": tuple(point.model_copy(update={"confidence": 0.45}) for point in guess.points)})
    assert reaction_to(unsure, turn=1) == ()


def test_who_does_not_know_is_not_told_off() -> None:
    assert reaction_to(grade({}, reason=REASONS["dont_know"]), turn=1)[0] in PASSED
    assert reaction_to(grade({}, reason=REASONS["echo"]), turn=1)[0] in NOT_YET


def test_what_could_not_be_graded_is_not_judged() -> None:
    assert reaction_to(grade({}, ungraded="Not in English."), turn=1) == ()


@pytest.mark.parametrize("mock", [True, False])
def test_two_turns_on_end_are_acknowledged_in_other_words(mock: bool) -> None:
    said = [acknowledgement(turn, mock=mock) for turn in range(1, 20)]
    assert set(said) == set(NEUTRAL if mock else ACKNOWLEDGEMENTS)
    assert all(before != after for before, after in pairwise(said))


REQUESTS = [
    ("Could you repeat the question?", "repeat"),
    ("Sorry, I didn't get that.", "repeat"),
    ("Pardon?", "repeat"),
    ("Um, can you say that again, please?", "repeat"),
    ("Skip this one.", "skip"),
    ("Let's skip this question, please.", "skip"),
    ("Okay, I'd like to pass.", "skip"),
    ("Next question, please.", "skip"),
    ("I don't know.", None),
    ("Skip connections pass the input on.", None),
    ("Sorry, it is the gradient that vanishes.", None),
    ("They pass it.", None),
    ("You repeat the question for each fold and then you average it.", None),
    ("", None),
]


@pytest.mark.parametrize(("text", "request_"), REQUESTS)
def test_a_request_is_told_from_an_answer(text: str, request_: str | None) -> None:
    assert request_of(text) == request_
