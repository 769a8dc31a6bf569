"""Sessions on a real store with graders that do as they are told: nothing that a candidate did is ever lost."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from interviews import COVERED, FIRST, MISSING, PARTIAL, SECOND, THIRD, Bench, Passages, ScriptedGrader, document, question

from coach.answer_grade import STORY
from coach.errors import BankError, ModelError, StoreError, UsageError, WeightsError
from coach.events import Answered, Asked, Graded, Setup
from coach.session import MAX_ANSWER, Session
from coach.store import Store
from coach.updates import AnswerStored, FastGraded, Finished, PointJudged, Update, WritingFollowUp

EVERYTHING = "first second third"
QUESTIONS = [question(id) for id in ("dropout", "momentum", "batchnorm")]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store.open(f"sqlite:///{tmp_path / 'coach.db'}")
    store.save_document(document(*QUESTIONS))
    yield store
    store.close()


@pytest.fixture
def bench(store: Store) -> Bench:
    return Bench(store=store)


def start(bench: Bench, **choices: object) -> Session:
    return Session.start(bench, Setup.model_validate({"length": 2, **choices}))


def kinds(updates: list[Update]) -> list[str]:
    return [type(update).__name__ for update in updates]


def answers_stored(session: Session, bench: Bench) -> list[str]:
    return [event.text for event in bench.store.events(session.id) if isinstance(event, Answered)]


# From the start to the report


def test_a_session_starts_with_a_question_and_an_id_that_nobody_guesses(bench: Bench) -> None:
    first, second = start(bench), start(bench)
    assert first.state.open_turn is not None
    assert len(first.id) == 32
    assert first.id != second.id
    assert int(first.id, 16) >= 0


def test_an_interview_runs_from_its_first_question_to_its_report(bench: Bench) -> None:
    bench.full = ScriptedGrader(name="full")
    session = start(bench)
    updates = list(session.submit("second third"))
    assert kinds(updates) == [
        "AnswerStored",
        "FastGraded",
        "PointJudged",
        "PointJudged",
        "PointJudged",
        "Graded",
        "WritingFollowUp",
        "Asked",
    ]
    follow_up = updates[-1]
    assert isinstance(follow_up, Asked)
    assert (follow_up.role, follow_up.point_id, follow_up.text) == ("follow_up", FIRST.id, "What happens to a unit in a training step?")
    assert kinds(list(session.submit("now the first")))[-1] == "Asked"
    assert session.state.threads[0].grade.band == "strong"
    assert kinds(list(session.submit(EVERYTHING)))[-1] == "Finished"
    report = session.report()
    assert report.ended == "finished"
    assert report.overall.band == "strong"
    assert [thread.graders for thread in report.threads] == [("full",), ("full",)]


def test_a_follow_up_s_answer_is_judged_on_what_is_not_covered_yet_and_merged(bench: Bench) -> None:
    session = start(bench)
    list(session.submit("second half-third"))
    before = session.state.thread.grade.score
    list(session.submit("first"))
    assert [only for _, only, _ in bench.fast.calls] == [None, frozenset({FIRST.id, THIRD.id})]
    thread = session.state.threads[0]
    assert thread.grade.score > before
    assert {verdict.id: verdict.verdict for verdict in thread.grade.points} == {FIRST.id: COVERED, SECOND.id: COVERED, THIRD.id: PARTIAL}


def test_without_a_full_grader_the_fast_grade_is_final(bench: Bench) -> None:
    updates = list(start(bench).submit(EVERYTHING))
    assert kinds(updates) == ["AnswerStored", "FastGraded", "Graded", "Asked"]
    assert isinstance(updates[1], FastGraded)
    assert not updates[1].full_follows
    assert isinstance(updates[2], Graded)
    assert (updates[2].grade.grader, updates[2].note) == ("fast", None)


def test_the_grader_gets_the_passages(bench: Bench) -> None:
    list(start(bench).submit(EVERYTHING))
    assert bench.fast.calls[0][2] == 1


def test_a_follow_up_answered_off_topic_takes_nothing_away(bench: Bench) -> None:
    session = start(bench)
    list(session.submit("second third"))
    before = session.state.thread.grade
    bench.fast = ScriptedGrader(reason="This says the question again without answering it.")
    list(session.submit("what happens to a unit"))
    assert session.state.threads[0].grade == before


# Every answer is stored before it is graded


def test_an_answer_is_stored_before_anybody_looks_at_the_updates(bench: Bench) -> None:
    session = start(bench)
    session.submit(EVERYTHING)
    assert answers_stored(session, bench) == [EVERYTHING]
    assert bench.fast.calls == []


def test_a_session_that_broke_off_between_answer_and_grade_is_graded_on_resume(bench: Bench) -> None:
    session = start(bench)
    session.submit(EVERYTHING)
    again = Session.open(bench, session.id)
    assert kinds(list(again.resume())) == ["FastGraded", "Graded", "Asked"]
    assert again.state.threads[0].grade.score == 100


@pytest.mark.parametrize("looked_at", range(1, 9))
def test_leaving_off_after_any_update_loses_nothing(bench: Bench, looked_at: int) -> None:
    bench.full = ScriptedGrader(name="full")
    session = start(bench)
    updates = session.submit("second third")
    for _ in range(looked_at):
        next(updates)
    updates.close()
    again = Session.open(bench, session.id)
    list(again.resume())
    assert again.state.open_turn is not None
    assert again.state.open_turn.role == "follow_up"
    assert answers_stored(again, bench) == ["second third"]
    graded = [event for event in bench.store.events(again.id) if isinstance(event, Graded)]
    assert len(graded) == 1


def test_a_session_that_is_resumed_twice_does_nothing_twice(bench: Bench) -> None:
    session = start(bench)
    assert list(session.resume()) == []
    list(session.submit(EVERYTHING))
    count = len(bench.store.events(session.id))
    assert list(Session.open(bench, session.id).resume()) == []
    assert len(bench.store.events(session.id)) == count


# What goes wrong


@pytest.mark.parametrize("after", [0, 1, 2])
@pytest.mark.parametrize("error", [ModelError("The model is gone. Start it again."), WeightsError("The weights are damaged.")])
def test_when_the_full_grader_fails_the_fast_grade_stands_and_says_why(bench: Bench, after: int, error: Exception) -> None:
    bench.full = ScriptedGrader(name="full", error=error, fails_after=after)
    session = start(bench)
    updates = list(session.submit(EVERYTHING))
    assert kinds(updates) == ["AnswerStored", "FastGraded", *["PointJudged"] * after, "Graded", "Asked"]
    graded = next(update for update in updates if isinstance(update, Graded))
    assert graded.grade.grader == "fast"
    assert graded.note is not None
    assert str(error) in graded.note
    assert session.report().threads[0].turns[0].note == graded.note


@pytest.mark.parametrize("error", [None, ModelError("The request was stopped.")])
def test_a_stopped_full_grader_leaves_the_fast_grade(bench: Bench, error: Exception | None) -> None:
    stop = threading.Event()
    bench.full = ScriptedGrader(name="full", stops_after=1, error=error)
    updates = list(start(bench).submit(EVERYTHING, stop=stop))
    assert sum(isinstance(update, PointJudged) for update in updates) == 1
    graded = next(update for update in updates if isinstance(update, Graded))
    assert graded.grade.grader == "fast"
    assert "stopped" in graded.note
    assert isinstance(updates[-1], Asked)


def test_a_grade_that_the_full_grader_leaves_to_the_fast_one_says_so(bench: Bench) -> None:
    bench.full = ScriptedGrader(name="full", leaves=True)
    updates = list(start(bench).submit(EVERYTHING))
    graded = next(update for update in updates if isinstance(update, Graded))
    assert (graded.grade.grader, graded.note) == ("fast", STORY)
    quick = next(update for update in updates if isinstance(update, FastGraded))
    assert not quick.full_follows  # no full check is promised
    assert bench.full.calls == []


def test_a_fast_grader_that_fails_keeps_the_answer_for_later(bench: Bench) -> None:
    bench.fast = ScriptedGrader(error=WeightsError("The embedder is missing. Run coach models pull."), fails_after=0)
    session = start(bench)
    with pytest.raises(WeightsError):
        list(session.submit(EVERYTHING))
    bench.fast = ScriptedGrader()
    again = Session.open(bench, session.id)
    assert kinds(list(again.resume()))[-1] == "Asked"
    assert again.state.threads[0].grade.score == 100


def test_a_broken_index_costs_the_passages_and_not_the_grade(bench: Bench) -> None:
    bench.retriever = Passages(broken=True)
    updates = list(start(bench).submit(EVERYTHING))
    graded = next(update for update in updates if isinstance(update, Graded))
    assert "index" in graded.note
    assert graded.grade.score == 100


@pytest.mark.parametrize("text", ["", "   \n\t ", "\u200b\u2060 \x00"])
def test_an_empty_answer_is_refused_with_what_to_do(bench: Bench, text: str) -> None:
    session = start(bench)
    with pytest.raises(UsageError, match="hint, or pass"):
        session.submit(text)
    assert answers_stored(session, bench) == []


def test_an_answer_that_is_too_long_is_refused_and_may_be_sent_again_shorter(bench: Bench) -> None:
    session = start(bench)
    with pytest.raises(UsageError, match="20,001 characters"):
        session.submit("x" * (MAX_ANSWER + 1))
    assert answers_stored(session, bench) == []
    session.submit("x" * MAX_ANSWER)
    assert len(answers_stored(session, bench)) == 1


@pytest.mark.parametrize("text", ["first 🙂 naïve\r\n\ttabs", "<script>first</script>", "first\x00NUL"])
def test_an_answer_is_kept_verbatim(bench: Bench, text: str) -> None:
    session = start(bench)
    list(session.submit(text))
    assert answers_stored(session, bench) == [text]
    assert Session.open(bench, session.id).state.threads[0].turns[0].answer == text


def test_half_a_surrogate_does_not_stop_an_answer(bench: Bench) -> None:
    session = start(bench)
    list(session.submit("first \ud83d here"))
    assert answers_stored(session, bench) == ["first \ufffd here"]


def test_a_second_tab_that_is_behind_is_told_to_reload(bench: Bench) -> None:
    first = start(bench)
    second = Session.open(bench, first.id)
    list(first.submit(EVERYTHING))
    for act in (lambda: second.submit("mine"), second.skip, second.hint, second.end):
        with pytest.raises(StoreError, match="Reload"):
            act()
    assert answers_stored(first, bench) == [EVERYTHING]
    reloaded = Session.open(bench, first.id)
    assert kinds(list(reloaded.submit(EVERYTHING)))[-1] == "Finished"


def test_two_tabs_that_grade_the_same_answer_keep_one_grade(bench: Bench) -> None:
    session = start(bench)
    slow = session.submit(EVERYTHING)
    next(slow)
    list(Session.open(bench, session.id).resume())
    with pytest.raises(StoreError, match="open elsewhere"):
        list(slow)
    assert sum(isinstance(event, Graded) for event in bench.store.events(session.id)) == 1


def test_a_second_answer_to_the_same_question_is_refused(bench: Bench) -> None:
    session = start(bench)
    session.submit(EVERYTHING)
    with pytest.raises(UsageError, match="still being graded"):
        session.submit(EVERYTHING)


def test_a_session_that_is_not_there_is_said(bench: Bench) -> None:
    with pytest.raises(StoreError, match="no session"):
        Session.open(bench, "0" * 32)


def test_a_question_that_left_the_bank_is_passed_over(bench: Bench) -> None:
    session = start(bench, length=3)
    asked = session.state.thread.question
    gone = next(q for q in QUESTIONS if q.id != asked.id)
    bench.store.save_document(document(*[q for q in QUESTIONS if q != gone]))
    list(session.submit(EVERYTHING))
    assert isinstance(list(session.submit(EVERYTHING))[-1], Finished)
    assert gone.id not in {thread.question.id for thread in session.state.threads}


def test_an_edited_question_stays_as_it_was_asked(bench: Bench) -> None:
    session = start(bench)
    bench.store.save_document(document(*[q.model_copy(update={"text": "Changed?"}) for q in QUESTIONS]))
    assert Session.open(bench, session.id).state.thread.question.text != "Changed?"


@pytest.mark.parametrize(
    ("choices", "error", "said"),
    [
        ({"banks": ["nowhere"]}, BankError, "no bank “nowhere”.*Choose one of: ml"),
        ({"topics": ["cooking"]}, UsageError, "No question fits"),
        ({"level": "advanced"}, UsageError, "No question fits"),
    ],
)
def test_a_setup_that_no_question_fits_is_refused(bench: Bench, choices: dict, error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        start(bench, **choices)
    assert bench.store.sessions() == []


# Pass, hint, model answer, end


def test_a_pass_goes_on_to_the_next_question(bench: Bench) -> None:
    session = start(bench)
    first = session.state.thread.question
    (asked,) = session.skip()
    assert isinstance(asked, Asked)
    assert asked.question != first
    (finished,) = session.skip()
    assert finished == Finished(reason="finished")
    with pytest.raises(UsageError, match="over"):
        session.skip()


def test_a_passed_follow_up_keeps_the_grade_and_goes_on(bench: Bench) -> None:
    session = start(bench)
    list(session.submit("second third"))
    (asked,) = session.skip()
    assert isinstance(asked, Asked)
    assert asked.role == "question"
    assert session.report().threads[0].outcome == "graded"


def test_hints_grow_plainer_and_a_told_point_counts_at_most_partial(bench: Bench) -> None:
    session = start(bench)
    hints = [session.hint() for _ in range(3)]
    assert [hint.level for hint in hints] == [1, 2, 3]
    assert {hint.point_id for hint in hints} == {FIRST.id}
    assert FIRST.text in hints[2].text
    updates = list(session.submit(EVERYTHING))
    graded = next(update for update in updates if isinstance(update, Graded))
    assert graded.grade.points[0].verdict == COVERED
    assert graded.thread_grade.points[0].verdict == PARTIAL
    assert graded.thread_grade.score < graded.grade.score
    assert isinstance(updates[-1], Asked)
    assert updates[-1].role == "question"  # a point that was told is not asked for


def test_a_point_that_was_covered_before_it_was_told_stays_covered(bench: Bench) -> None:
    session = start(bench)
    list(session.submit("first third"))
    for _ in range(3):
        assert session.hint().point_id == SECOND.id
    list(session.submit("second"))
    verdicts = {verdict.id: verdict.verdict for verdict in session.state.threads[0].grade.points}
    assert verdicts == {FIRST.id: COVERED, SECOND.id: PARTIAL, THIRD.id: COVERED}


def test_a_question_asked_as_a_hint_is_not_asked_again(bench: Bench) -> None:
    session = start(bench)
    session.hint()
    texts = [update.text for update in session.submit("second third") if isinstance(update, Asked)]
    hints = [hint.text for hint in session.state.threads[0].hints]
    assert not any(text in hint for text in texts for hint in hints)


def test_the_model_answer_comes_with_its_source_and_ends_the_follow_ups(bench: Bench) -> None:
    session = start(bench)
    shown = session.model_answer()
    asked = session.state.thread.question
    assert (shown.question, shown.text, shown.source) == (asked.text, asked.answer, "notes.md")
    assert session.model_answer() == shown
    assert len(bench.store.events(session.id)) == 3
    updates = list(session.submit(EVERYTHING))
    graded = next(update for update in updates if isinstance(update, Graded))
    assert {verdict.verdict for verdict in graded.thread_grade.points} == {PARTIAL}
    assert session.state.threads[1].model_answer_shown is False
    assert session.model_answer(turn_id=1) == shown
    assert session.state.threads[1].model_answer_shown is False


def test_ending_at_any_time_gives_a_report_and_twice_does_no_harm(bench: Bench) -> None:
    session = start(bench)
    session.submit(EVERYTHING)
    assert session.end() == [Finished(reason="stopped")]
    assert session.end() == [Finished(reason="stopped")]
    assert session.report().threads[0].after.score == 100
    assert list(session.resume()) == []
    with pytest.raises(UsageError, match="over"):
        session.submit("more")


def test_ending_works_when_nothing_can_be_graded(bench: Bench) -> None:
    bench.fast = ScriptedGrader(error=WeightsError("The embedder is missing."), fails_after=0)
    session = start(bench)
    session.submit(EVERYTHING)
    session.end()
    assert session.report().threads[0].outcome == "ungraded"


# Mock interviews


def test_a_mock_interview_s_updates_hold_no_grade_and_its_events_do(bench: Bench) -> None:
    bench.full = ScriptedGrader(name="full")
    session = start(bench, mode="mock")
    updates = list(session.submit("second third"))
    assert all(isinstance(update, AnswerStored | WritingFollowUp | Asked) for update in updates)
    assert any(isinstance(event, Graded) for event in bench.store.events(session.id))


def test_a_mock_interview_keeps_hints_answers_and_report_back(bench: Bench) -> None:
    session = start(bench, mode="mock", length=1)
    for act in (session.hint, session.model_answer, session.report):
        with pytest.raises(UsageError, match="mock"):
            act()
    list(session.submit(EVERYTHING))
    assert session.report().overall.score == 100
    assert session.model_answer().source == "notes.md"


def test_an_answer_that_cannot_be_graded_goes_on_to_the_next_question(bench: Bench) -> None:
    bench.fast = ScriptedGrader(ungraded="Answers in this language cannot be graded.")
    session = start(bench)
    updates = list(session.submit("eine Antwort"))
    assert isinstance(updates[-1], Asked)
    assert updates[-1].role == "question"
    assert session.report().threads[0].outcome == "ungraded"


def test_a_rubric_missed_altogether_is_followed_up_and_reported(bench: Bench) -> None:
    session = start(bench, length=1)
    list(session.submit("nothing of it"))
    list(session.submit("nothing again"))
    list(session.submit("still nothing"))
    report = session.report()
    assert report.ended == "finished"
    assert [item.verdict for item in report.work_on] == [MISSING, MISSING, MISSING]
    assert [item.essential for item in report.work_on] == [True, True, False]
