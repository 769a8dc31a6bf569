"""Spoken answers in a session: kept with their transcript, not graded when not heard, and graded again when corrected."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from interviews import COVERED, FIRST, MISSING, PARTIAL, SECOND, THIRD, Bench, ScriptedGrader, document, question
from spoken_answers import spoken, transcript

from coach.domain import Delivery, VerdictKind
from coach.errors import StoreError, UsageError, WeightsError
from coach.events import Answered, Asked, Graded, NotHeard, Setup
from coach.recordings import Recordings
from coach.session import Session
from coach.store import Store
from coach.updates import FastGraded, Update

EVERYTHING = "first second third"
QUESTIONS = [question(id) for id in ("dropout", "momentum", "batchnorm")]


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    store = Store.open(f"sqlite:///{tmp_path / 'coach.db'}")
    store.save_document(document(*QUESTIONS))
    yield Bench(store=store)
    store.close()


def start(bench: Bench, **choices: object) -> Session:
    return Session.start(bench, Setup.model_validate({"length": 2, **choices}))


def say(session: Session, line: str) -> list[Update]:
    return list(session.submit(line, spoken(line, QUESTIONS[0])))


def kinds(updates: list[Update]) -> list[str]:
    return [type(update).__name__ for update in updates]


def verdicts(session: Session, number: int = 1) -> dict[str, VerdictKind]:
    grade = session.state.threads[number - 1].grade
    assert grade is not None
    return {verdict.id: verdict.verdict for verdict in grade.points}


def same_when_read_again(session: Session, bench: Bench) -> bool:
    return Session.open(bench, session.id).state == session.state


def test_a_spoken_answer_is_kept_with_its_transcript_and_its_grade_says_how_it_sounded(bench: Bench) -> None:
    session = start(bench)
    said = spoken("um, first [3] second third", QUESTIONS[0])
    updates = list(session.submit("um, first second third", said))
    turn = session.state.threads[0].turns[0]
    assert turn.spoken == said
    assert turn.grade is not None
    assert turn.grade.delivery == Delivery(words_per_minute=said.delivery.words_per_minute, fillers=1, pauses=1)
    assert isinstance(updates[1], FastGraded)
    assert updates[1].grade.delivery == turn.grade.delivery
    assert same_when_read_again(session, bench)


def test_a_typed_answer_has_no_delivery(bench: Bench) -> None:
    session = start(bench)
    list(session.submit(EVERYTHING))
    turn = session.state.threads[0].turns[0]
    assert turn.spoken is None
    assert turn.grade is not None
    assert turn.grade.delivery is None


def test_how_it_sounded_never_touches_the_score(bench: Bench) -> None:
    typed, said = start(bench), start(bench)
    list(typed.submit("um, first you know, [4] second"))
    say(said, "um, first you know, [4] second")
    one, other = typed.state.threads[0].grade, said.state.threads[0].grade
    assert one is not None
    assert other is not None
    assert one.score == other.score


def test_what_was_not_heard_leaves_the_question_open_and_is_not_graded(bench: Bench) -> None:
    session = start(bench)
    session.not_heard(transcript("mumble@0.1"), "I heard nothing. Say it once more, or type it.")
    turn = session.state.open_turn
    assert turn is not None
    assert [each.reason for each in turn.not_heard] == ["I heard nothing. Say it once more, or type it."]
    assert bench.fast.calls == []
    assert any(isinstance(event, NotHeard) for event in bench.store.events(session.id))
    assert same_when_read_again(session, bench)
    say(session, EVERYTHING)
    assert session.state.threads[0].grade is not None


def test_nothing_is_not_heard_when_no_answer_is_awaited(bench: Bench) -> None:
    session = start(bench)
    session.end()
    with pytest.raises(UsageError, match="over"):
        session.not_heard(transcript("x"), "I heard nothing.")


def test_a_corrected_transcript_is_graded_again_and_what_it_was_is_kept(bench: Bench) -> None:
    session = start(bench)
    say(session, "first sekond")
    assert verdicts(session) == {FIRST.id: COVERED, SECOND.id: MISSING, THIRD.id: MISSING}
    updates = list(session.correct(1, "first second"))
    assert kinds(updates) == ["AnswerStored", "FastGraded", "Graded"]
    assert verdicts(session)[SECOND.id] == COVERED
    turn = session.state.threads[0].turns[0]
    assert turn.answer == "first second"
    assert turn.spoken is not None
    assert turn.spoken.transcript.text == "first sekond"
    (before,) = turn.corrections
    assert before.before == "first sekond"
    assert before.thread_grade is not None
    assert turn.thread_grade is not None
    assert before.thread_grade.score is not None
    assert turn.thread_grade.score is not None
    assert before.thread_grade.score < turn.thread_grade.score
    assert same_when_read_again(session, bench)


def test_a_correction_leaves_the_question_that_is_open_where_it_is(bench: Bench) -> None:
    session = start(bench)
    say(session, "first sekond")
    asked = session.state.open_turn
    list(session.correct(1, "first second third"))
    assert session.state.open_turn == asked


def test_a_correction_of_the_first_answer_is_judged_on_all_points_and_joins_the_follow_ups_again(bench: Bench) -> None:
    session = start(bench)
    say(session, "first")
    say(session, "half-third")
    assert verdicts(session) == {FIRST.id: COVERED, SECOND.id: MISSING, THIRD.id: PARTIAL}
    bench.fast.calls.clear()
    list(session.correct(1, "first second"))
    assert [(answer, only) for answer, only, _ in bench.fast.calls] == [("first second", None)]
    assert verdicts(session) == {FIRST.id: COVERED, SECOND.id: COVERED, THIRD.id: PARTIAL}
    assert [turn.thread_grade is not None for turn in session.state.threads[0].turns[:2]] == [True, True]
    assert same_when_read_again(session, bench)


def test_a_clarification_is_read_again_together_with_the_corrected_answer(bench: Bench) -> None:
    session = start(bench)
    say(session, "maybe-first sekond")
    say(session, "first")
    assert [turn.role for turn in session.state.threads[0].turns[:2]] == ["question", "clarification"]
    bench.fast.calls.clear()
    list(session.correct(1, "maybe-first second"))
    assert [(answer, only) for answer, only, _ in bench.fast.calls] == [
        ("maybe-first second", None),
        ("maybe-first second\n\nfirst", frozenset({FIRST.id})),
    ]
    assert verdicts(session) == {FIRST.id: COVERED, SECOND.id: COVERED, THIRD.id: MISSING}
    assert same_when_read_again(session, bench)


def test_a_hint_that_came_after_the_answer_takes_nothing_from_its_correction(bench: Bench) -> None:
    session = start(bench)
    say(session, "first sekond")
    while session.hint().level < 3:
        pass
    list(session.correct(1, "first second"))
    assert verdicts(session)[SECOND.id] == COVERED


def test_a_model_answer_that_was_seen_before_the_answer_still_caps_its_correction(bench: Bench) -> None:
    session = start(bench)
    session.model_answer()
    say(session, "first sekond")
    list(session.correct(1, "first second"))
    assert verdicts(session)[SECOND.id] == PARTIAL


def test_an_earlier_question_s_answer_can_be_corrected_and_after_the_end_too(bench: Bench) -> None:
    session = start(bench)
    say(session, EVERYTHING.replace("third", "furred"))
    say(session, "first second third")
    assert session.state.ended == "finished"
    list(session.correct(1, EVERYTHING))
    assert verdicts(session)[THIRD.id] == COVERED
    assert session.state.ended == "finished"
    assert same_when_read_again(session, bench)


@pytest.mark.parametrize("looked_at", [0, 1, 2])
def test_a_correction_that_broke_off_is_graded_on_resume(bench: Bench, looked_at: int) -> None:
    session = start(bench)
    say(session, "first sekond")
    updates = session.correct(1, "first second")
    for _ in range(looked_at):
        next(updates)
    updates.close()
    again = Session.open(bench, session.id)
    list(again.resume())
    assert verdicts(again)[SECOND.id] == COVERED
    assert again.state.open_turn is not None


def test_a_correction_after_the_end_that_broke_off_is_graded_on_resume(bench: Bench) -> None:
    session = start(bench)
    say(session, "first sekond third")
    session.end()
    session.correct(1, EVERYTHING)
    again = Session.open(bench, session.id)
    list(again.resume())
    assert verdicts(again)[SECOND.id] == COVERED
    assert again.state.ended == "stopped"


def test_what_was_ungraded_at_the_end_stays_so_when_another_question_s_answer_is_corrected(bench: Bench) -> None:
    session = start(bench)
    say(session, EVERYTHING)
    bench.fast = ScriptedGrader(error=WeightsError("gone"), fails_after=0)
    session.submit(EVERYTHING, spoken(EVERYTHING, QUESTIONS[0]))
    session.end()
    bench.fast = ScriptedGrader()
    list(session.correct(1, "first second"))
    assert session.state.threads[1].grade is None
    assert same_when_read_again(session, bench)


def test_a_dispute_about_an_answer_goes_when_the_answer_is_corrected(bench: Bench) -> None:
    session = start(bench)
    say(session, "first sekond")
    session.dispute(1, SECOND.id, COVERED)
    list(session.correct(1, "first second"))
    assert session.state.threads[0].disputes == ()


def test_a_mock_interview_keeps_the_grade_of_a_correction_to_itself(bench: Bench) -> None:
    session = start(bench, mode="mock")
    say(session, "first sekond")
    assert kinds(list(session.correct(1, "first second"))) == ["AnswerStored"]
    assert verdicts(session)[SECOND.id] == COVERED


@pytest.mark.parametrize(
    ("turn_id", "text", "message"),
    [(1, "first sekond", "says already"), (1, "  ", "no answer yet"), (1, "x" * 20_001, "at most"), (7, "first", "no spoken answer")],
)
def test_a_correction_that_changes_nothing_or_has_no_answer_is_refused(bench: Bench, turn_id: int, text: str, message: str) -> None:
    session = start(bench)
    say(session, "first sekond")
    before = session.state
    with pytest.raises(UsageError, match=message):
        session.correct(turn_id, text)
    assert session.state == before


def test_only_a_spoken_answer_has_a_transcript_to_correct(bench: Bench) -> None:
    session = start(bench)
    list(session.submit("first"))
    with pytest.raises(UsageError, match="no spoken answer"):
        session.correct(1, "first second")


def test_an_answer_from_before_spoken_answers_still_loads() -> None:
    event = Answered.model_validate({"kind": "answered", "at": "2026-03-01T12:00:00Z", "turn_id": 1, "text": "It drops units."})
    assert event.spoken is None


def test_an_export_has_the_words_with_their_times(bench: Bench) -> None:
    session = start(bench)
    say(session, "first second")
    kept = bench.store.export_session(session.id)["events"]
    (answered,) = [event for event in kept if event["kind"] == "answered"]
    assert answered["spoken"]["transcript"]["words"][1] == {"text": "second", "start": 0.4, "end": 0.8, "probability": 0.95, "heard": None}


def test_the_events_of_a_correction_are_appended_and_nothing_is_written_over(bench: Bench) -> None:
    session = start(bench)
    say(session, "first sekond")
    before = bench.store.events(session.id)
    list(session.correct(1, "first second"))
    after = bench.store.events(session.id)
    assert after[: len(before)] == before
    assert [event.kind for event in after[len(before) :]] == ["corrected", "graded"]
    assert [event.kind for event in after if isinstance(event, Asked | Graded)] == ["asked", "graded", "asked", "graded"]


# Recordings


def test_a_recording_is_kept_by_session_and_turn_and_goes_with_the_session(tmp_path: Path) -> None:
    recordings, session_id = Recordings(tmp_path), "0" * 32
    name = recordings.keep(session_id, 3, b"sound")
    path = recordings.find(session_id, 3)
    assert path is not None
    assert (name, path.name, path.read_bytes()) == ("3.wav", "3.wav", b"sound")
    recordings.keep(session_id, 3, b"again")
    assert path.read_bytes() == b"again"
    assert [each.name for each in path.parent.iterdir()] == ["3.wav"]
    recordings.delete(session_id)
    assert recordings.find(session_id, 3) is None
    recordings.delete(session_id)


@pytest.mark.parametrize("session_id", ["", ".", "..", "../" + "0" * 32, "0" * 31, "A" * 32])
def test_a_recording_has_no_address_outside_its_folder(tmp_path: Path, session_id: str) -> None:
    (tmp_path / "1.wav").write_bytes(b"secret")
    recordings = Recordings(tmp_path)
    assert recordings.find(session_id, 1) is None
    recordings.delete(session_id)
    with pytest.raises(StoreError):
        recordings.keep(session_id, 1, b"x")
    assert (tmp_path / "1.wav").exists()


def test_a_recording_that_cannot_be_written_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "recordings").write_text("a file in the way")
    with pytest.raises(StoreError, match="switch the recording off"):
        Recordings(tmp_path).keep("0" * 32, 1, b"x")
