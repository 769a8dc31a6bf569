"""A candidate disagrees with a verdict: it is kept with the answer, changes no score, can be taken back, and leaves as a labelled case."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from interviews import CONTRADICTED, COVERED, FIRST, MISSING, PARTIAL, SECOND, Bench, document, question

from coach.disputes import disputed_answers
from coach.errors import UsageError
from coach.events import Setup
from coach.report import to_markdown
from coach.session import MAX_WHY, Session
from coach.store import Store
from eval.cases import LabelledAnswer


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    store = Store.open(f"sqlite:///{tmp_path / 'coach.db'}")
    store.save_document(document(question(), question("momentum")))
    yield Bench(store=store)
    store.close()


def answered(bench: Bench, *answers: str, **choices: object) -> Session:
    session = Session.start(bench, Setup.model_validate({"length": 2, **choices}))
    for text in answers:
        list(session.submit(text))
    return session


def said(session: Session) -> list[tuple[str, str, str]]:
    return [(each.point_id, each.verdict, each.why) for each in session.state.threads[0].disputes]


# In the session


def test_a_dispute_is_kept_with_the_answer_and_the_score_stays(bench: Bench) -> None:
    session = answered(bench, "second third")
    before = session.state.threads[0].grade
    session.dispute(1, FIRST.id, COVERED, "  I said that\nunits are dropped. ")
    again = Session.open(bench, session.id)
    assert said(again) == [(FIRST.id, COVERED, "I said that units are dropped.")]
    assert again.state.threads[0].grade == before
    assert again.state == session.state


def test_the_latest_word_on_a_point_holds_and_it_can_be_taken_back(bench: Bench) -> None:
    session = answered(bench, "second third")
    session.dispute(1, FIRST.id, COVERED)
    session.dispute(1, SECOND.id, PARTIAL)
    session.dispute(1, FIRST.id, PARTIAL)
    assert said(session) == [(SECOND.id, PARTIAL, ""), (FIRST.id, PARTIAL, "")]
    session.take_back(1, SECOND.id)
    assert said(Session.open(bench, session.id)) == [(FIRST.id, PARTIAL, "")]
    with pytest.raises(UsageError, match="nothing to take back"):
        session.take_back(1, SECOND.id)


def test_the_interview_goes_on_as_if_nothing_had_been_said(bench: Bench) -> None:
    session = answered(bench, "second third")
    waiting = session.state.open_turn
    session.dispute(1, FIRST.id, COVERED)
    assert session.state.open_turn == waiting
    list(session.submit("first"))
    assert len(session.state.threads) == 2


def test_an_answer_that_made_the_coach_agree_settles_the_dispute(bench: Bench) -> None:
    session = answered(bench, "second third")
    session.dispute(1, FIRST.id, COVERED)
    assert session.report().threads[0].disputes
    list(session.submit("first"))
    assert session.report().threads[0].disputes == ()


def test_an_earlier_question_and_a_finished_interview_can_be_disputed(bench: Bench) -> None:
    session = answered(bench, "first second third", "first second third")
    assert session.state.ended == "finished"
    session.dispute(1, FIRST.id, MISSING)
    assert [each.meant for each in session.report().threads[0].disputes] == [MISSING]
    assert session.report().threads[1].disputes == ()


@pytest.mark.parametrize(
    ("number", "point", "verdict", "why", "told"),
    [
        (1, FIRST.id, MISSING, "", "what the coach says, too"),
        (1, "nothing", COVERED, "", "no verdict on that point"),
        (2, FIRST.id, COVERED, "", "no grade yet"),
        (1, FIRST.id, COVERED, "x" * (MAX_WHY + 1), "Shorten it"),
    ],
)
def test_what_cannot_be_disputed_is_refused_and_nothing_is_stored(
    bench: Bench, number: int, point: str, verdict: str, why: str, told: str
) -> None:
    session = answered(bench, "second third")
    count = len(bench.store.events(session.id))
    with pytest.raises(UsageError, match=told):
        session.dispute(number, point, verdict, why)  # type: ignore[arg-type]
    assert len(bench.store.events(session.id)) == count


def test_a_mock_interview_can_be_disputed_once_it_is_over(bench: Bench) -> None:
    session = answered(bench, "first second third", mode="mock")
    with pytest.raises(UsageError, match="at its end"):
        session.dispute(1, FIRST.id, MISSING)
    session.end()
    session.dispute(1, FIRST.id, MISSING)
    assert said(session) == [(FIRST.id, MISSING, "")]


def test_disputes_leave_with_the_session(bench: Bench) -> None:
    session = answered(bench, "second third")
    session.dispute(1, FIRST.id, COVERED, "I did say it")
    assert bench.store.disputed_sessions() == [session.id]
    exported = bench.store.export_session(session.id)
    assert exported["events"][-1] | {"at": ""} == {
        "kind": "disputed", "at": "", "turn_id": 1, "point_id": FIRST.id, "verdict": "covered", "why": "I did say it",
    }  # fmt: skip
    bench.store.delete_session(session.id)
    assert bench.store.disputed_sessions() == []


def test_the_report_lists_both_sides_and_says_whose_score_it_is(bench: Bench) -> None:
    session = answered(bench, "second third")
    session.dispute(1, FIRST.id, COVERED, "Look at my *second* line")
    report = session.report()
    assert "You disagree with one verdict; the score is the coach's." in report.notes
    text = to_markdown(report)
    assert "## Where you disagree" in text
    assert r"The coach: missing. You: I said it. Why: “Look at my \*second\* line”" in text
    assert "## Where you disagree" not in to_markdown(answered(bench, "second third").report())


# As a labelled case


def test_a_disputed_answer_is_a_labelled_case_that_claims_no_more_than_it_knows(bench: Bench) -> None:
    session = answered(bench, "second not-third")
    session.dispute(1, FIRST.id, COVERED, "I said it in other words.")
    (exported,) = disputed_answers(session.state)
    case = LabelledAnswer.model_validate_json(exported.model_dump_json())
    asked = session.state.threads[0].question
    assert (case.bank, case.question_id, case.answer) == (asked.bank, asked.id, "second not-third")
    assert (case.kind, case.labelled_by, case.split) == ("disputed", "candidate", None)
    assert [point.verdict for point in case.points] == [COVERED, COVERED, CONTRADICTED]
    assert [(point.id, point.text) for point in case.points] == [(point.id, point.text) for point in asked.key_points]
    assert case.disputed == {FIRST.id: MISSING}
    assert case.note == "I said it in other words."
    assert session.id not in exported.model_dump_json()


def test_words_that_are_disputed_away_are_no_evidence(bench: Bench) -> None:
    session = answered(bench, "first second third")
    session.dispute(1, FIRST.id, MISSING)
    (case,) = disputed_answers(session.state)
    assert [point.span for point in case.points] == [None, "first", "first"]


def test_each_graded_answer_that_was_disputed_is_a_case_with_what_had_been_said_by_then(bench: Bench) -> None:
    session = answered(bench, "second third")
    session.dispute(1, SECOND.id, PARTIAL)
    list(session.submit("half-first"))
    session.dispute(1, FIRST.id, COVERED)
    cases = disputed_answers(session.state)
    assert [(case.answer, case.disputed) for case in cases] == [
        ("second third", {SECOND.id: COVERED}),
        ("second third\n\nhalf-first", {FIRST.id: PARTIAL}),
    ]
    assert len({case.id for case in cases}) == 2


def test_without_disputes_there_are_no_cases(bench: Bench) -> None:
    session = answered(bench, "second third")
    session.dispute(1, FIRST.id, COVERED)
    session.take_back(1, FIRST.id)
    assert disputed_answers(session.state) == []
    assert json.loads(session.report().model_dump_json())["threads"][0]["disputes"] == []
