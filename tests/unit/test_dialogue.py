"""A spoken interview in virtual time: real sessions and a real store, with scripted ears, voice and graders."""

from __future__ import annotations

from itertools import groupby, pairwise
from pathlib import Path

import pytest
from interviews import FIRST, ScriptedGrader
from rooms import Job, Parts, Room, Running, SpokenBench, spoken_bench
from talking import Tongue

from coach.errors import ModelError
from coach.events import Setup
from coach.session import Session
from coach.voice import phrases
from coach.voice.messages import (
    Done,
    Heard,
    Keep,
    Moved,
    Partial,
    Points,
    Problem,
    Recorded,
    Say,
    SetPatience,
    Stop,
    Stopped,
    Thinking,
    WithdrawnReply,
)
from coach.voice.reaction import ACKNOWLEDGEMENTS, NEUTRAL
from coach.voice.speakable import sentences

ANSWER = "it says the first of the points in a long and quite finished sentence."
FULL = "it says first second third of the points in a long and quite finished sentence."


bench = pytest.fixture(spoken_bench)


def room(bench: SpokenBench, **choices: object) -> Room:
    session = Session.start(bench, Setup.model_validate({"length": 2, **choices}))  # type: ignore[arg-type]
    return Room(bench, session)


def ready(bench: SpokenBench, **choices: object) -> Room:
    """A room in which the first question has been put."""
    there = room(bench, **choices)
    there.enter()
    there.listen()
    return there


def test_nothing_is_said_before_the_page_says_hello(bench: SpokenBench) -> None:
    there = room(bench)
    there.wait(1)
    assert there.sent == []


def test_the_first_question_is_put_aloud_and_then_the_coach_listens(bench: SpokenBench) -> None:
    there = ready(bench)
    said = " ".join(there.said())
    assert said.startswith("Hello, and welcome.")
    assert there.session.state.open_turn is not None
    assert there.session.state.open_turn.text in said
    assert there.states() == ["asking", "listening"]


def test_an_answer_is_acknowledged_within_a_breath_and_reacted_to(bench: SpokenBench) -> None:
    there = ready(bench)
    there.say(FULL)
    ended = there.now
    there.wait(1.4)
    assert there.first_sound(ended) - ended < 1.1
    first, *reaction = there.said(ended)
    assert first in ACKNOWLEDGEMENTS
    assert reaction == ["You have all of it."]


def test_a_whole_interview_is_spoken_without_a_key(bench: SpokenBench) -> None:
    there = ready(bench, length=3)
    for _ in range(12):
        if there.session.state.ended is not None:
            break
        there.say(FULL)
        there.wait(4)
        there.listen()
    state = there.session.state
    assert state.ended == "finished"
    assert [thread.turns[0].answer for thread in state.threads] == [FULL] * 3
    assert all(turn.spoken is not None and turn.spoken.transcript.text == FULL for thread in state.threads for turn in thread.turns)
    assert phrases.GOODBYE.split(". ")[-1] in there.said()
    assert there.states()[-1] == "over"
    assert len(there.messages(Heard)) == 3


def test_the_page_goes_on_with_the_talk_and_no_sooner(bench: SpokenBench) -> None:
    there = ready(bench, length=2)
    for _ in range(2):
        there.say(FULL)
        there.wait(4)
        there.listen()
    shown: list[str] = ["moved" if isinstance(out, Moved) else out.text for _, out in there.sent if isinstance(out, Moved | Say)]
    second = there.session.state.threads[1].question.text
    done = "You have all of it."
    assert [said for said in shown if said in ("moved", done, second)][:5] == ["moved", done, "moved", "moved", second]
    last = ["moved", *sentences(phrases.GOODBYE)]
    assert shown[-len(last) :] == last
    there.dialogue.close()
    assert [number for number, _ in groupby(there.desk.kept_at)] == [1, 2, 3, None]  # 3: the report
    assert there.states()[-1] == "over"


def test_what_was_passed_on_the_page_while_the_coach_spoke_is_not_asked(bench: SpokenBench) -> None:
    there = ready(bench)
    there.say("it says first of the points in a long and quite finished sentence.")
    there.wait(3.2)
    follow_up = there.session.state.open_turn
    assert follow_up is not None
    assert follow_up.role == "follow_up"
    assert follow_up.text not in there.said()
    there.session.skip()  # on another page, which tells nobody
    there.listen()
    there.wait(3)
    assert follow_up.text not in there.said()
    assert there.session.state.threads[1].question.text in " ".join(there.said())


def test_a_talk_that_has_an_answer_leads_the_page_whatever_was_pressed_before(bench: SpokenBench) -> None:
    there = ready(bench)
    there.desk.keep_at(there.session_id, None)  # as a Skip does that came to nothing
    there.say(FULL)
    there.wait(4)
    assert there.desk.kept_at[:3] == [1, None, 1]


def test_an_answer_waits_until_a_transcript_that_was_corrected_is_graded(bench: SpokenBench) -> None:
    there = ready(bench, length=2)
    there.desk.running = Running(there.session, Job(finished=False))
    there.say(FULL)
    there.wait(5)
    assert there.session.state.threads[0].turns[0].answer is None
    there.desk.running.job.finished = True
    there.wait(0.5)
    assert there.session.state.threads[0].turns[0].answer == FULL
    assert there.messages(Problem) == []


def test_a_follow_up_is_put_when_an_essential_point_is_missing(bench: SpokenBench) -> None:
    there = ready(bench)
    there.say("it says first of the points in a long and quite finished sentence.")
    there.wait(4)
    there.listen()
    turn = there.session.state.open_turn
    assert turn is not None
    assert turn.role == "follow_up"
    assert turn.text in there.said()


def test_two_answers_are_never_acknowledged_in_the_same_words(bench: SpokenBench) -> None:
    there = ready(bench, length=3)
    for _ in range(3):
        there.say(FULL)
        there.wait(4)
        there.listen()
    used = [text for text in there.said() if text in ACKNOWLEDGEMENTS]
    assert len(used) == 3
    assert all(before != after for before, after in pairwise(used))


def test_a_mock_interview_says_nothing_about_the_answer(bench: SpokenBench) -> None:
    there = ready(bench, mode="mock")
    there.say(FULL)
    ended = there.now
    there.wait(2)
    assert there.messages(Points) == []
    (said,) = there.said(ended)
    assert said in NEUTRAL
    assert bench.fast.calls == []


def test_points_light_up_while_they_speak_in_practice(bench: SpokenBench) -> None:
    there = ready(bench)
    there.say("it says first of the points and then goes on and on for quite a while about this and that")
    lit = there.messages(Points)
    assert lit
    points = there.session.state.threads[0].question.key_points
    assert lit[-1] == Points(places=(points.index(FIRST) + 1,), of=len(points))
    assert there.messages(Partial)


def test_the_answer_is_stored_only_when_it_can_no_longer_be_taken_back(bench: SpokenBench) -> None:
    there = ready(bench)
    there.say(FULL)
    there.wait(2)
    assert there.session.state.threads[0].turns[0].answer is None
    there.wait(2)
    assert there.session.state.threads[0].turns[0].answer == FULL


def test_going_on_stops_the_reply_and_joins_the_answer(bench: SpokenBench) -> None:
    there = ready(bench)
    there.say(ANSWER)
    there.wait(1.6)
    assert there.playing
    there.say("and second of them as well, which is another one of those points.")
    assert there.messages(WithdrawnReply)
    assert not there.playing
    there.wait(6.5)
    assert there.session.state.threads[0].turns[0].answer == f"{ANSWER} and second of them as well, which is another one of those points."


def test_speaking_while_the_question_is_put_stops_it_and_is_the_answer(bench: SpokenBench) -> None:
    there = room(bench)
    there.enter()
    there.wait(1.6)
    assert there.playing
    there.say(FULL)
    assert there.messages(Stop)
    there.wait(5)
    assert there.session.state.threads[0].turns[0].answer == FULL


def test_the_coach_heard_through_the_microphone_is_not_taken_for_the_candidate(bench: SpokenBench) -> None:
    there = room(bench)
    there.enter()
    there.say(" ".join(there.said()))
    there.wait(6)
    assert there.messages(Stop) == []
    assert there.messages(Heard) == []
    assert there.session.state.threads[0].turns[0].answer is None


def test_what_cannot_be_made_out_is_said_to_be_so_and_not_graded(bench: SpokenBench) -> None:
    there = ready(bench)
    bench.voice.tongue.probability = 0.1
    there.say(ANSWER)
    there.wait(3)
    assert there.desk.not_made_out
    assert there.said()[-1].endswith("type it.")
    there.listen()
    bench.voice.tongue.probability = 0.9
    there.say(FULL)
    there.wait(4)
    assert there.session.state.threads[0].turns[0].answer == FULL


def test_a_cough_is_passed_over_in_silence(bench: SpokenBench) -> None:
    there = ready(bench)
    before = len(there.said())
    there.bench.voice.tongue.say("x")
    there._hear(there.bench.voice.tongue.say("x")[:3000].clip(0, 0.03) + 0.02)  # speech to the detector, no word to the recogniser
    there.wait(6)
    assert len(there.said()) == before
    assert there.desk.not_made_out == []


def test_a_question_is_repeated_for_who_asks(bench: SpokenBench) -> None:
    there = ready(bench)
    turn = there.session.state.open_turn
    assert turn is not None
    at = there.now
    there.say("sorry, can you repeat the question please?")
    there.wait(4)
    assert turn.text in there.said(at)
    assert there.session.state.open_turn == turn


def test_a_question_is_skipped_for_who_asks(bench: SpokenBench) -> None:
    there = ready(bench)
    there.say("let's skip this one please.")
    there.wait(4)
    state = there.session.state
    assert state.threads[0].passed
    assert len(state.threads) == 2
    assert state.threads[1].question.text in " ".join(there.said())


def test_the_full_check_is_waited_for_three_seconds_after_the_reaction(bench: SpokenBench) -> None:
    there = ready(bench)
    there.desk.slow = True
    there.say(FULL)
    there.wait(4)  # stored, and the reaction is over soon after
    there.listen()
    assert there.desk.stopped == 0
    silent = there.now
    while there.desk.stopped == 0:
        there.wait(0.2)
    assert 1.0 < there.now - silent <= 3.2
    there.desk.slow = False
    there.wait(0.5)
    assert len(there.session.state.threads) == 2


def test_the_next_question_comes_as_soon_as_the_check_is_done(bench: SpokenBench) -> None:
    there = ready(bench)
    there.desk.slow = True
    there.say(FULL)
    there.wait(4)
    there.desk.finish()
    there.wait(0.6)
    assert there.desk.stopped == 0
    assert there.playing


def test_speech_after_the_answer_was_taken_is_not_lost_without_a_word(bench: SpokenBench) -> None:
    there = ready(bench)
    there.desk.slow = True
    there.say(FULL)
    there.wait(4.5)
    there.say("and this is what I wanted to say to it, too.")
    there.wait(1.5)
    assert there.messages(Problem) == [Problem(text=phrases.TOO_LATE)]


def test_done_ends_the_turn_and_stores_it_at_once(bench: SpokenBench) -> None:
    there = ready(bench)
    there.say("it is first")
    there.tell(Done())
    assert there.session.state.threads[0].turns[0].answer == "it is first"
    assert there.said()[-2] in ACKNOWLEDGEMENTS


def test_done_before_a_word_was_said_says_what_to_check(bench: SpokenBench) -> None:
    there = ready(bench)
    there.tell(Done())
    assert there.messages(Problem) == [Problem(text=phrases.NOTHING_YET)]


def test_who_asks_for_time_to_think_is_not_cut_off(bench: SpokenBench) -> None:
    there = ready(bench)
    there.say(ANSWER)
    there.tell(Thinking())
    there.wait(10)
    assert there.messages(Heard) == []


def test_who_passes_over_what_the_coach_says_may_speak_at_once(bench: SpokenBench) -> None:
    there = room(bench)
    there.enter()
    there.wait(0.4)
    there.tell(Stopped(reply=1))
    assert not there.playing
    assert there.states()[-1] == "listening"


def test_more_patience_waits_longer(bench: SpokenBench) -> None:
    there = ready(bench)
    there.tell(SetPatience(seconds=2.5))
    there.say(FULL)
    there.wait(2)
    assert there.messages(Heard) == []
    there.wait(1)
    assert len(there.messages(Heard)) == 1


def test_an_answer_typed_on_the_page_is_noticed(bench: SpokenBench) -> None:
    there = ready(bench)
    there.say("it says something that will not be finished because")
    list(Session.open(bench, there.session_id).submit(FULL))  # type: ignore[arg-type]
    there.tell(Moved())
    at = there.now
    there.wait(6)
    assert there.messages(Heard) == []
    assert there.session.state.threads[1].question.text in " ".join(there.said(at))


def test_a_skip_on_the_page_forgets_an_answer_that_is_not_stored(bench: SpokenBench) -> None:
    there = ready(bench)
    there.say(FULL)
    there.wait(1.5)
    Session.open(bench, there.session_id).skip()  # type: ignore[arg-type]
    there.tell(Moved())
    there.wait(6)
    assert [turn.answer for thread in there.session.state.threads for turn in thread.turns] == [None, None]


def test_an_interview_that_is_ended_on_the_page_ends_the_talk(bench: SpokenBench) -> None:
    there = ready(bench)
    Session.open(bench, there.session_id).end()  # type: ignore[arg-type]
    there.tell(Moved())
    assert there.states()[-1] == "over"
    sent = len(there.sent)
    there.say(FULL)
    there.wait(3)
    assert [out for _, out in there.sent[sent:] if not isinstance(out, bytes)] == []


def test_a_hint_taken_on_the_page_is_read_aloud_and_the_answer_goes_on(bench: SpokenBench) -> None:
    there = ready(bench)
    hint = Session.open(bench, there.session_id).hint()  # type: ignore[arg-type]
    at = there.now
    there.tell(Moved())
    there.listen()
    assert " ".join(there.said(at)).startswith(hint.text.split(".")[0])
    there.say(FULL)
    there.wait(4)
    assert there.session.state.threads[0].turns[0].answer == FULL


def test_an_answer_is_not_taken_for_a_question_that_came_up_on_the_page_meanwhile(bench: SpokenBench) -> None:
    there = ready(bench)
    there.say(FULL)
    there.wait(1.5)  # over, and not yet stored
    list(there.session.submit("Typed, and the page has not told yet."))
    there.wait(4)
    assert Problem(text=phrases.ANSWERED) in there.messages(Problem)
    turns = [turn for thread in there.session.state.threads for turn in thread.turns]
    assert [turn.answer for turn in turns] == ["Typed, and the page has not told yet.", None]


def test_an_answer_that_cannot_be_graded_ends_the_talk_and_is_not_tried_again_and_again(bench: SpokenBench) -> None:
    there = ready(bench)
    there.desk.slow = True
    there.say(FULL)
    there.wait(4.5)
    assert there.desk.running is not None
    there.desk.running.job.error = ModelError("The grader is away.")
    there.desk.running.job.finished = True
    there.wait(5)
    assert there.messages(Problem) == [Problem(text="The grader is away.")]
    assert there.states()[-1] == "over"
    assert there.desk.kept_at[-1] is None
    assert there.session.state.threads[0].turns[0].answer == FULL


def test_goodbye_is_said_once(bench: SpokenBench) -> None:
    there = ready(bench)
    there.session.end()
    there.tell(Moved())
    there.tell(Moved())
    there.listen()
    assert there.said()[-1] == "Your report is on the page."
    assert there.said().count("Your report is on the page.") == 1


def test_an_answer_that_was_said_to_its_end_is_stored_when_the_page_goes(bench: SpokenBench) -> None:
    there = ready(bench)
    there.say(FULL)
    there.wait(1.5)
    there.dialogue.close()
    assert there.session.state.threads[0].turns[0].answer == FULL
    assert there.desk.kept_at[-1] is None


def test_a_talk_goes_on_where_the_session_stands(bench: SpokenBench) -> None:
    there = ready(bench)
    there.say(FULL)
    there.wait(4)
    there.dialogue.close()
    again = Room(bench, there.session)
    again.enter()
    again.listen()
    assert again.said()[0] == phrases.BACK
    assert again.session.state.threads[1].question.text in " ".join(again.said())


def test_a_recording_is_kept_only_when_asked_for(bench: SpokenBench, tmp_path: Path) -> None:
    there = ready(bench)
    there.say(FULL)
    there.wait(4)
    there.listen()
    there.tell(Keep(on=True))
    there.say(FULL)
    there.wait(4)
    first, second = (thread.turns[0].spoken for thread in there.session.state.threads[:2])
    assert first is not None
    assert first.recording is None
    assert second is not None
    assert second.recording is not None
    (kept,) = (tmp_path / "recordings" / there.session_id).iterdir()
    assert kept.name == second.recording
    assert kept.stat().st_size > 4 * 32_000


def test_record_then_send_is_one_answer(bench: SpokenBench) -> None:
    there = room(bench)
    there.enter(streams=False)
    there.dialogue.hear(bench.voice.tongue.say("it is first"))
    there.dialogue.hear(bench.voice.tongue.say("second third"))
    there.tell(Recorded())
    assert there.session.state.threads[0].turns[0].answer == "it is first second third"
    there.tell(Recorded())
    assert there.messages(Problem) == [Problem(text=phrases.NOTHING_YET)]


def test_without_a_voice_of_its_own_the_coach_leaves_it_to_the_browsers(bench: SpokenBench) -> None:
    bench.voice = Parts(tongue=Tongue(), synthesiser=None)
    there = room(bench)
    there.enter(speaks=True)
    assert all(not say.audio for say in there.messages(type(there.sent[1][1])) if hasattr(say, "audio"))
    there.wait(20)
    assert there.states() == ["asking", "listening"]


def test_a_recogniser_that_fails_is_said_to_and_the_answer_is_asked_for_again(bench: SpokenBench) -> None:
    there = ready(bench)
    bench.voice.tongue.error = ModelError("The recogniser at its address does not answer.")
    there.say(FULL)
    there.wait(4)
    assert Problem(text="The recogniser at its address does not answer.") in there.messages(Problem)
    bench.voice.tongue.error = None
    there.listen()
    there.say(FULL)
    there.wait(4)
    assert there.session.state.threads[0].turns[0].answer == FULL


def test_a_grade_that_fails_leaves_the_acknowledgement_alone(bench: SpokenBench) -> None:
    bench.fast = ScriptedGrader(error=ModelError("No."), fails_after=0)
    there = ready(bench)
    there.say(FULL)
    at = there.now
    there.wait(1.5)
    (said,) = there.said(at)
    assert said in ACKNOWLEDGEMENTS
