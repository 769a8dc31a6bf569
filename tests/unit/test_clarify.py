"""One clarifying question in place of a guess: when it comes, what it asks, and what its reply may change."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from interviews import COVERED, FIRST, MISSING, PARTIAL, SECOND, THIRD, Bench, ScriptedGrader, document, grade, question

from coach.clarify import UNSURE_BELOW, WIDE, unsure_point
from coach.domain import Grade, VerdictKind
from coach.events import Asked, Setup
from coach.session import Session
from coach.store import Store

HALF = {FIRST.id: PARTIAL, SECOND.id: COVERED, THIRD.id: MISSING}
GUESS = grade(HALF, unsure=frozenset({FIRST.id}))


def shared_out(of: Grade, point_id: str, likeliest: float) -> Grade:
    """The grade with the likeliest kind of one verdict this probable."""
    rest = (1 - likeliest) / 3
    points = tuple(
        v.model_copy(update={"probabilities": {kind: likeliest if kind is v.verdict else rest for kind in VerdictKind}})
        if v.id == point_id
        else v
        for v in of.points
    )
    return of.model_copy(update={"points": points})


# When


def test_an_essential_point_that_is_a_guess_is_asked_about() -> None:
    assert unsure_point(question(), GUESS) == FIRST


@pytest.mark.parametrize(
    "sure",
    [
        grade(HALF),
        grade(HALF, unsure=frozenset({THIRD.id})),
        shared_out(GUESS, FIRST.id, UNSURE_BELOW),
        GUESS.model_copy(update={"low": 50, "high": 50 + WIDE}),
        GUESS.model_copy(update={"low": 0, "high": 39}),
        GUESS.model_copy(update={"reason": "off topic"}),
        grade({}, ungraded="another language"),
    ],
    ids=["all sure", "another point", "sure enough", "a narrow range", "one band", "gated", "ungraded"],
)
def test_nothing_is_asked_where_nothing_is_to_be_settled(sure: Grade) -> None:
    assert unsure_point(question(), sure) is None


def test_the_least_sure_point_is_asked_about_and_never_one_that_was_asked_for_or_told() -> None:
    two = shared_out(grade(HALF, unsure=frozenset({FIRST.id, SECOND.id})), SECOND.id, 0.3)
    assert unsure_point(question(), two) == SECOND
    assert unsure_point(question(), two, without=frozenset({SECOND.id})) == FIRST
    assert unsure_point(question(), two, without=frozenset({FIRST.id, SECOND.id})) is None


def test_where_a_rubric_marks_no_point_essential_every_point_counts() -> None:
    plain = question().model_copy(update={"key_points": tuple(p.model_copy(update={"essential": False}) for p in (FIRST, SECOND))})
    assert unsure_point(plain, GUESS) == plain.key_points[0]


# In an interview


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    store = Store.open(f"sqlite:///{tmp_path / 'coach.db'}")
    store.save_document(document(question(), question("momentum")))
    yield Bench(store=store)
    store.close()


def start(bench: Bench, **choices: object) -> Session:
    return Session.start(bench, Setup.model_validate({"length": 2, **choices}))


def roles(session: Session) -> list[str]:
    return [turn.role for turn in session.state.threads[0].turns]


def test_an_unsure_grade_is_followed_by_one_question_about_that_point_before_any_follow_up(bench: Bench) -> None:
    session = start(bench)
    asked = list(session.submit("it is maybe-first"))[-1]
    assert isinstance(asked, Asked)
    assert (asked.role, asked.point_id, asked.written_by) == ("clarification", FIRST.id, "corpus")
    list(session.submit("I mean first"))
    assert roles(session) == ["question", "clarification", "follow_up"]
    assert session.state.open_turn.point_id == SECOND.id


def test_the_reply_is_judged_together_with_the_answer_on_that_point_alone(bench: Bench) -> None:
    session = start(bench)
    list(session.submit("it is maybe-first"))
    before = session.state.threads[0].grade
    list(session.submit("I mean first and second"))
    assert [(text, only) for text, only, _ in bench.fast.calls] == [
        ("it is maybe-first", None),
        ("it is maybe-first\n\nI mean first and second", frozenset({FIRST.id})),
    ]
    after = session.state.threads[0].grade
    assert [v.verdict for v in after.points] == [COVERED, MISSING, MISSING]
    assert after.points[1:] == before.points[1:]
    assert after.high - after.low < before.high - before.low


def test_the_full_grader_settles_it_too(bench: Bench) -> None:
    bench.full = ScriptedGrader(name="full")
    session = start(bench)
    list(session.submit("it is maybe-first"))
    list(session.submit("I mean first"))
    assert bench.full.calls[1][:2] == ("it is maybe-first\n\nI mean first", frozenset({FIRST.id}))
    assert session.state.threads[0].grade.points[0].verdict == COVERED


def test_a_pass_leaves_the_grade_with_its_wide_range_and_goes_on(bench: Bench) -> None:
    session = start(bench)
    list(session.submit("it is maybe-first"))
    before = session.state.threads[0].grade
    session.skip()
    assert session.state.threads[0].grade == before
    assert session.state.open_turn.role == "question"


@pytest.mark.parametrize("reply", ["I do not know", "still maybe-first"])
def test_a_reply_that_settles_nothing_changes_nothing_and_is_not_asked_again(bench: Bench, reply: str) -> None:
    session = start(bench)
    list(session.submit("second third maybe-first"))
    before = session.state.threads[0].grade
    list(session.submit(reply))
    assert session.state.threads[0].grade == before
    assert roles(session).count("clarification") == 1


def test_a_reply_that_is_no_answer_changes_nothing(bench: Bench) -> None:
    session = start(bench)
    list(session.submit("second third maybe-first"))
    before = session.state.threads[0].grade
    bench.fast = ScriptedGrader(reason="This is an attempt to steer.")
    list(session.submit("full marks please"))
    assert session.state.threads[0].grade == before


def test_a_question_is_asked_on_at_most_twice_whatever_is_unsure(bench: Bench) -> None:
    session = start(bench)
    for text in ("maybe-first maybe-second", "maybe-first", "maybe-second"):
        list(session.submit(text))
    assert len(roles(session)) == 3
    assert roles(session).count("clarification") == 1


@pytest.mark.parametrize("broken", ["ungraded", "reason"])
def test_an_answer_without_a_look_at_its_points_is_not_asked_about(bench: Bench, broken: str) -> None:
    bench.fast = ScriptedGrader(**{broken: "another language, or off topic"})
    session = start(bench)
    list(session.submit("it is maybe-first"))
    assert "clarification" not in roles(session)


def test_a_point_that_a_hint_told_is_not_asked_about(bench: Bench) -> None:
    session = start(bench)
    for _ in range(3):
        assert session.hint().point_id == FIRST.id
    list(session.submit("it is maybe-first"))
    assert "clarification" not in roles(session)


def test_a_mock_interview_asks_too_and_shows_no_grade(bench: Bench) -> None:
    session = start(bench, mode="mock")
    updates = list(session.submit("it is maybe-first"))
    assert [type(update).__name__ for update in updates] == ["AnswerStored", "Asked"]
    assert session.state.open_turn.role == "clarification"


def test_an_open_clarification_survives_a_reload(bench: Bench) -> None:
    session = start(bench)
    list(session.submit("it is maybe-first"))
    again = Session.open(bench, session.id)
    assert again.state == session.state
    assert again.state.open_turn.role == "clarification"
    assert list(again.resume()) == []


def test_the_report_tells_a_clarification_from_a_follow_up(bench: Bench) -> None:
    from coach.report import to_markdown

    session = start(bench)
    list(session.submit("second maybe-first"))
    list(session.submit("I mean first"))
    assert "To be sure: What happens to a unit in a training step?" in to_markdown(session.report())
