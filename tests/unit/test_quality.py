"""What `corpus check` finds in a question that is not yet good enough to practise on."""

from __future__ import annotations

import pytest

from coach.bank.quality import problems_of, shared_run, spelled_otherwise
from coach.domain import FollowUp, KeyPoint, Misconception, Question

ANSWER = " ".join(["Wind that drags over the water raises ripples, which catch more of it and grow with time and distance."] * 6)
POINTS = (
    KeyPoint.of("Friction between moving air and the sea passes energy to the surface.", essential=True),
    KeyPoint.of("A longer stretch of open water lets the same wind build higher waves.", essential=False),
    KeyPoint.of("Waves keep travelling after the wind that made them has died down.", essential=False),
    KeyPoint.of("Near the shore the sea floor slows the lower part of a wave.", essential=False),
)
WRONG = tuple(Misconception(claim=f"The moon makes all waves, kind {n}.", correction="It makes the tides.") for n in range(2))
ASKED = (
    FollowUp(text="Where does the energy come from?", point_id=POINTS[0].id),
    FollowUp(text="Why are waves small on a lake?", point_id=POINTS[1].id),
    FollowUp(text="What is swell?", point_id=POINTS[2].id),
)


def question(**changes: object) -> Question:
    whole = Question(
        id="waves", bank="sea", text="What makes waves?", answer=ANSWER, key_points=POINTS, misconceptions=WRONG, follow_ups=ASKED
    )
    return whole.model_copy(update=changes)


def test_a_good_question_has_nothing_to_mend() -> None:
    assert list(problems_of(question())) == []


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"answer": "Wind does."}, "The model answer has 2 words"),
        ({"answer": "wind " * 251}, "251 words"),
        ({"key_points": POINTS[:3]}, "The list of key points has 3"),
        ({"key_points": tuple(p.model_copy(update={"essential": False}) for p in POINTS)}, "essential key points has 0"),
        ({"misconceptions": WRONG[:1]}, "misconceptions has 1"),
        ({"follow_ups": ASKED[:2]}, "There are 2 follow-ups"),
        ({"follow_ups": ASKED[1:] + ASKED[1:2]}, "No follow-up asks for key point 1"),
        ({"follow_ups": (*ASKED, FollowUp(text="Anything else?"))}, "Follow-up 4 names no key point"),
        ({"key_points": (*POINTS, KeyPoint.of("Waves break and foam and roll up the beach in the end.", essential=False))}, "“and” twice"),
        ({"key_points": (*POINTS, POINTS[1])}, "Key point 5 is there twice"),
        ({"key_points": (*POINTS, KeyPoint.of("Waves are water.", essential=False))}, "Key point 5 has 3 words"),
        (
            {"key_points": (*POINTS, KeyPoint.of("Wind that drags over the water raises ripples on it.", essential=False))},
            "Key point 5 shares 80%",
        ),
    ],
)
def test_what_is_to_mend_is_said(changes: dict[str, object], said: str) -> None:
    assert any(said in problem for problem in problems_of(question(**changes)))


@pytest.mark.parametrize(
    ("point", "answer", "share"),
    [
        ("the sea is salt", "they say the sea is salt", 1.0),
        ("the sea is salt", "salt is the sea", 0.5),
        ("the sea", "", 0.0),
        ("", "a", 0.0),
    ],
)
def test_the_longest_run_that_a_point_shares_with_the_answer(point: str, answer: str, share: float) -> None:
    assert shared_run(point, answer) == share


def test_the_spelling_of_the_fewer_is_to_mend_and_code_is_not() -> None:
    british = [question(id=f"b{n}", text="What is the colour of a normalisation?") for n in range(2)]
    american = question(id="a", text="Which behavior do you optimize, and what size has `optimizer.step()`?")
    assert spelled_otherwise([*british, american]) == {"sea/a": ["behavior", "optimize"]}
    assert spelled_otherwise([american, british[0].model_copy(update={"text": "A grey optimiser."})]) != {}
    assert spelled_otherwise([question()]) == {}
