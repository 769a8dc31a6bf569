"""From sound to turns and words, in the time of the sound itself."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest
from talking import Loud, Tongue, click, silence

from coach.errors import ModelError
from coach.voice.echo import EchoGuard, is_echo
from coach.voice.hearing import Began, Failed, Final, HeardEvent, Hearing, Over, PartialHeard
from coach.voice.sound import RATE, Samples
from coach.voice.take import Take
from coach.voice.work import Inline

SENTENCE = "so dropout switches units off at random while the network trains."


class Waits(Inline):
    """Work that is done when the test says so."""

    def __init__(self) -> None:
        self.tasks: list[Callable[[], None]] = []

    def spawn(self, task: Callable[[], None]) -> None:
        self.tasks.append(task)

    def run(self) -> None:
        while self.tasks:
            self.tasks.pop(0)()


class Ears:
    def __init__(self, work: Inline | None = None) -> None:
        self.tongue, self.events = Tongue(), list[HeardEvent]()
        self.hearing = Hearing(Loud(), self.tongue, self.tongue, work or Inline(), self.events.append)

    def hear(self, *pieces: Samples) -> list[HeardEvent]:
        before = len(self.events)
        whole = np.concatenate(pieces)
        for at in range(0, len(whole), 3200):  # as the page sends it
            self.hearing.hear(whole[at : at + 3200])
        return self.events[before:]

    def say(self, text: str, pause: float = 0.0) -> list[HeardEvent]:
        return self.hear(self.tongue.say(text), silence(pause))


def of(kind: type[HeardEvent], events: list[HeardEvent]) -> list[HeardEvent]:
    return [event for event in events if isinstance(event, kind)]


def kinds(events: list[HeardEvent]) -> list[str]:
    return [type(event).__name__ for event in events if not isinstance(event, PartialHeard)]


def test_an_answer_is_heard_to_its_end_word_by_word() -> None:
    ears = Ears()
    events = ears.say(SENTENCE, pause=4)
    assert kinds(events) == ["Began", "Prepared", "Over", "Final"]
    (over,) = of(Over, events)
    assert isinstance(over, Over)
    assert over.transcript.text == SENTENCE
    assert not over.by_hand


def test_what_was_said_is_recognised_before_the_turn_is_known_to_be_over() -> None:
    ears = Ears()
    events = ears.say(SENTENCE, pause=0.4)
    assert kinds(events) == ["Began", "Prepared"]
    asked = len(ears.tongue.asked)
    assert kinds(ears.hear(silence(0.6))) == ["Over"]
    assert len(ears.tongue.asked) == asked  # and not again


def test_partial_transcripts_grow_while_they_speak() -> None:
    partials = [event.text for event in Ears().say(SENTENCE) if isinstance(event, PartialHeard)]
    assert len(partials) >= 2
    assert all(SENTENCE.startswith(text) for text in partials)
    assert partials == sorted(partials, key=len)


def test_a_long_answer_is_recognised_in_pieces_and_only_the_last_one_after_it_ends() -> None:
    ears = Ears()
    for number in range(6):
        ears.say(f"sentence {number} has about twelve words in it and they are quite easy.", pause=0.5)
    (over,) = of(Over, ears.hear(silence(2)))
    assert isinstance(over, Over)
    assert len(over.transcript.words) == 6 * 13
    assert over.transcript.words[-1].end == pytest.approx(over.transcript.seconds, abs=0.3)
    assert ears.tongue.asked[-1] < 6  # of some 26 seconds
    assert max(ears.tongue.asked) < 12


def test_the_times_of_the_words_are_those_of_the_whole_answer() -> None:
    ears = Ears()
    ears.say(SENTENCE, pause=0.6)
    ears.say(SENTENCE, pause=0.6)
    (over,) = of(Over, ears.say(SENTENCE, pause=2))
    assert isinstance(over, Over)
    words = over.transcript.words
    assert [word.text for word in words] == SENTENCE.split() * 3
    gaps = [after.start - before.end for before, after in pairwise(words)]
    assert sorted(round(gap, 1) for gap in gaps if gap > 0.1) == [0.6, 0.6]
    for word in words:  # its time is where its sound is
        loud = over.sound[round((word.start + 0.02) * RATE) : round((word.end - 0.02) * RATE)]
        assert len(set(loud.tolist())) == 1


def test_a_short_last_piece_is_recognised_with_the_one_before_it() -> None:
    ears = Ears()
    ears.say(f"{SENTENCE} {SENTENCE}", pause=0.5)
    ears.say("it helps.", pause=1.5)
    assert ears.tongue.asked[-1] > ears.tongue.asked[0]


def test_a_pause_to_think_after_a_finished_sentence_is_taken_back_and_nothing_is_lost() -> None:
    ears = Ears()
    events = ears.say(SENTENCE, pause=1.8)
    assert kinds(events) == ["Began", "Prepared", "Over"]
    events = ears.say("and at inference all of them are on.", pause=5)
    assert kinds(events) == ["TakenBack", "Prepared", "Over", "Final"]
    (over,) = of(Over, events)
    assert isinstance(over, Over)
    assert over.transcript.text == f"{SENTENCE} and at inference all of them are on."


def test_going_on_before_the_end_makes_what_was_prepared_useless() -> None:
    ears = Ears()
    ears.say(SENTENCE, pause=0.5)
    assert kinds(ears.say("and more"))[0] == "Resumed"


def test_a_pause_within_an_open_sentence_does_not_end_it() -> None:
    ears = Ears()
    assert kinds(ears.say("dropout switches units off at random because", pause=2.1)) == ["Began", "Prepared"]
    assert kinds(ears.say("they would rely on each other otherwise too heavily.", pause=1.0)) == ["Resumed", "Prepared", "Over"]


def test_a_turn_can_be_ended_by_hand_in_the_middle_of_a_word() -> None:
    ears = Ears()
    ears.say(SENTENCE)
    before = len(ears.events)
    assert ears.hearing.done()
    *_, over, final = ears.events[before:]
    assert isinstance(over, Over)
    assert over.by_hand
    assert over.transcript.text == SENTENCE
    assert isinstance(final, Final)


def test_ending_by_hand_when_nothing_was_said_says_so() -> None:
    ears = Ears()
    ears.hear(silence(1))
    assert not ears.hearing.done()


def test_an_answer_that_was_recorded_first_is_one_turn_whatever_its_pauses() -> None:
    ears = Ears()
    ears.hearing.whole([silence(1), ears.tongue.say("first"), silence(6), ears.tongue.say("second"), silence(1)])
    *_, over, final = ears.events
    assert isinstance(over, Over)
    assert over.transcript.text == "first second"
    assert isinstance(final, Final)


def test_a_slow_recogniser_ends_the_turn_late_and_loses_nothing() -> None:
    work = Waits()
    ears = Ears(work)
    assert kinds(ears.say(SENTENCE, pause=6)) == ["Began"]
    work.run()
    assert kinds(ears.events) == ["Began", "Prepared", "Over", "Final"]


def test_speech_while_the_end_is_still_being_recognised_goes_on_with_the_turn() -> None:
    work = Waits()
    ears = Ears(work)
    ears.say(SENTENCE, pause=2.7)  # over, but what it said is not known yet
    ears.say("and more of it.", pause=0.5)
    assert "TakenBack" not in kinds(ears.events)
    work.run()
    ears.hear(silence(3))
    work.run()
    overs = of(Over, ears.events)
    assert [over.transcript.text for over in overs if isinstance(over, Over)] == [f"{SENTENCE} and more of it."]


def test_ending_by_hand_while_an_earlier_pause_is_being_recognised_waits_for_the_whole() -> None:
    work = Waits()
    ears = Ears(work)
    ears.say(SENTENCE, pause=0.4)
    ears.say("and more of it.")
    ears.hearing.done()
    work.run()
    (over,) = of(Over, ears.events)
    assert isinstance(over, Over)
    assert over.transcript.text == f"{SENTENCE} and more of it."


def test_speech_after_a_turn_was_ended_by_hand_does_not_lose_the_turn() -> None:
    work = Waits()
    ears = Ears(work)
    ears.say(SENTENCE)
    ears.hearing.done()
    ears.say("okay so")  # its last words are still being recognised
    assert ears.hearing.done()  # pressed twice: it was heard the first time
    work.run()
    overs = [over.transcript.text for over in of(Over, ears.events) if isinstance(over, Over)]
    assert overs == [SENTENCE]


def test_speech_after_a_slow_recogniser_has_let_the_time_pass_does_not_lose_the_turn() -> None:
    work = Waits()
    ears = Ears(work)
    ears.say(SENTENCE, pause=6)
    ears.say("okay so")
    work.run()
    overs = [over.transcript.text for over in of(Over, ears.events) if isinstance(over, Over)]
    assert overs == [SENTENCE]


def test_a_recogniser_that_fails_is_told_and_the_next_turn_is_heard() -> None:
    ears = Ears()
    ears.tongue.error = ModelError("It is away.")
    events = ears.say(SENTENCE, pause=3)
    (failed,) = of(Failed, events)
    assert isinstance(failed, Failed)
    assert str(failed.error) == "It is away."
    ears.tongue.error = None
    assert kinds(ears.say(SENTENCE, pause=1))[-1] == "Over"


def test_a_recogniser_that_fails_once_loses_nothing() -> None:
    ears = Ears()
    ears.say("the first half of it,", pause=0.5)
    ears.tongue.failures = 1
    (over,) = of(Over, ears.say("and then the second.", pause=2))
    assert isinstance(over, Over)
    assert over.transcript.text == "the first half of it, and then the second."


def test_a_recogniser_that_is_away_while_they_speak_loses_nothing() -> None:
    ears = Ears()
    ears.say("the first part of a long answer,", pause=0.5)
    ears.tongue.error = ModelError("It is away.")
    assert of(Failed, ears.say("the second one,", pause=0.5) + ears.say("the third,", pause=0.5)) == []
    ears.tongue.error = None
    (over,) = of(Over, ears.say("and the last one.", pause=2))
    assert isinstance(over, Over)
    assert over.transcript.text == "the first part of a long answer, the second one, the third, and the last one."


def test_waiting_for_another_turn_forgets_the_one_that_was_on() -> None:
    ears = Ears()
    ears.say(SENTENCE)
    ears.hearing.expect(["dropout"])
    assert kinds(ears.hear(silence(6))) == []


# -- the coach's own voice


def test_the_coach_heard_through_the_microphone_is_no_answer_and_no_interruption() -> None:
    ears = Ears()
    ears.hearing.coach_says("What does dropout do in a neural network?")
    events = ears.say("what does dropout do in a neural network?", pause=0.1)
    ears.hearing.coach_says("")
    assert kinds(events + ears.hear(silence(3))) == []


def test_the_candidate_breaks_in_at_once_where_the_coach_does_not_come_back() -> None:
    ears = Ears()
    ears.hearing.coach_says("What does dropout do in a neural network?")
    ears.hear(silence(1.5))
    (began,) = ears.say("wait")
    assert began == Began(barged=True)
    assert not ears.tongue.quick_asked  # nothing had to be recognised for that


def test_the_candidate_breaks_in_with_other_words_where_that_is_not_known_yet() -> None:
    ears = Ears()
    ears.hearing.coach_says("What does dropout do in a neural network?")
    events = ears.say("it switches units off at random")
    assert kinds(events)[0] == "Began"
    ears.hearing.coach_says("")
    (over,) = of(Over, ears.say("while the network trains.", pause=2))
    assert isinstance(over, Over)
    assert over.transcript.text == "it switches units off at random while the network trains."


def test_the_candidate_is_heard_over_the_coachs_echo() -> None:
    ears = Ears()
    ears.hearing.coach_says("What does dropout do in a neural network?")
    assert kinds(ears.say("what does dropout do")) == []
    assert kinds(ears.say("sorry I know this one well")) == ["Began"]


def test_a_click_while_the_coach_speaks_stops_nothing() -> None:
    ears = Ears()
    ears.hearing.coach_says("What does dropout do?")
    assert kinds(ears.hear(silence(2), click(), silence(1))) == []


def test_noise_without_words_while_the_coach_speaks_stops_nothing() -> None:
    ears = Ears()
    ears.hearing.coach_says("What does dropout do?")
    assert kinds(ears.hear(np.tile(np.array([0.3, -0.3], dtype=np.float32), RATE), silence(1))) == []


@pytest.mark.parametrize(("trace", "known"), [(0.02, True), (0.3, False)])
def test_a_faint_trace_of_the_coach_leaves_open_whether_it_comes_back(trace: float, known: bool) -> None:
    guard = EchoGuard()
    guard.speak("What does dropout do in a neural network?")
    quiet, voiced = [0.0] * 30, [0.9] * 10
    passed = [
        probability
        for number, each in enumerate([*quiet, trace, *quiet, *voiced])
        for probability, _, _ in guard.frame(each, number * 0.032, number * 0.032 + 0.032)
    ]
    assert (max(passed) >= 0.9) is known


def test_an_answer_right_after_the_question_is_heard_from_its_first_word() -> None:
    ears = Ears()
    ears.hearing.coach_says("What does dropout do?")
    ears.hear(silence(2))
    ears.hearing.coach_says("")
    (over,) = of(Over, ears.say(SENTENCE, pause=1.5))
    assert isinstance(over, Over)
    assert over.transcript.text == SENTENCE


ECHOES = [
    ("dropout do in a neural net", "What does dropout do in a neural network?", True),
    ("what does drop", "What does dropout do in a neural network?", True),
    ("it switches units off", "What does dropout do in a neural network?", False),
    ("wait wait", "Let us go on.", False),
    ("", "Let us go on.", False),
    ("okay so the network", "What does dropout do in a neural network?", False),
]


@pytest.mark.parametrize(("heard", "said", "echo"), ECHOES)
def test_an_echo_has_the_coachs_words(heard: str, said: str, echo: bool) -> None:
    assert is_echo(heard, said) is echo


def test_a_take_gives_back_the_sound_between_two_times() -> None:
    take = Take(10.0)
    take.add(np.arange(RATE, dtype=np.float32))
    take.add(np.arange(RATE, 2 * RATE, dtype=np.float32))
    assert take.end == 12.0
    assert take.sound(10.5, 11.5).tolist() == list(range(RATE // 2, RATE + RATE // 2))
    assert len(take.sound(11.5, 99)) == RATE // 2
