"""Whose turn it is, in the time of the sound."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coach.voice.finished import Finish, finish_of
from coach.voice.turns import (
    LONGER,
    PATIENCE,
    WITHDRAW,
    MaybeOver,
    Settled,
    SpeechStarted,
    TurnEvent,
    TurnOver,
    Turns,
)

FRAME = 0.032


class Clocked:
    """Turns that are fed stretches of speech and silence, with the text of each pause known at once."""

    def __init__(self, finish: Finish | None = "finished", patience: float = PATIENCE) -> None:
        self.turns, self.finish, self.now = Turns(patience), finish, 0.0
        self.events: list[TurnEvent] = []

    def hear(self, seconds: float, probability: float) -> list[TurnEvent]:
        new: list[TurnEvent] = []
        for _ in range(round(seconds / FRAME)):
            for event in self.turns.frame(probability, self.now, self.now + FRAME):
                new.append(event)
                if isinstance(event, MaybeOver) and self.finish is not None:
                    self.turns.read(self.finish)
            self.now += FRAME
        self.events += new
        return new

    def speak(self, seconds: float) -> list[TurnEvent]:
        return self.hear(seconds, 0.95)

    def pause(self, seconds: float) -> list[TurnEvent]:
        return self.hear(seconds, 0.02)


def kinds(events: list[TurnEvent]) -> list[str]:
    return [type(event).__name__ for event in events]


def test_a_turn_begins_with_speech_and_not_with_a_click() -> None:
    talk = Clocked()
    assert kinds(talk.speak(0.1)) == []
    assert kinds(talk.pause(1)) == []
    assert talk.speak(0.5) == [SpeechStarted(pytest.approx(1.1, abs=0.1))]  # type: ignore[arg-type]


def test_recognising_starts_a_quarter_of_a_second_into_a_pause_and_the_turn_ends_later() -> None:
    talk = Clocked()
    talk.speak(2)
    started = talk.now
    assert kinds(talk.pause(0.3)) == ["MaybeOver"]
    over = talk.pause(1)
    assert kinds(over) == ["TurnOver"]
    assert over == [TurnOver(pytest.approx(started, abs=FRAME))]  # type: ignore[arg-type]


@pytest.mark.parametrize(("finish", "waits"), [(finish, PATIENCE * longer) for finish, longer in LONGER.items()])
def test_the_pause_that_ends_a_turn_is_longer_where_more_must_follow(finish: Finish, waits: float) -> None:
    talk = Clocked(finish)
    talk.speak(2)
    assert "TurnOver" not in kinds(talk.pause(waits - 0.1))
    assert "TurnOver" in kinds(talk.pause(0.2))


def test_an_open_sentence_is_waited_for_longer_than_people_think() -> None:
    assert PATIENCE * LONGER["open"] > 2.0


def test_until_what_was_said_is_recognised_the_pause_counts_as_that_of_an_open_sentence() -> None:
    talk = Clocked(None)
    talk.speak(2)
    assert kinds(talk.pause(2.0)) == ["MaybeOver"]
    talk.turns.read("finished")
    assert kinds(talk.pause(0.1)) == ["TurnOver"]


def test_speech_in_a_pause_goes_on_with_the_turn() -> None:
    talk = Clocked()
    talk.speak(2)
    talk.pause(0.5)
    assert kinds(talk.speak(1)) == ["WentOn"]
    assert kinds(talk.pause(0.3)) == ["MaybeOver"]


def test_speech_soon_after_the_end_takes_the_end_back() -> None:
    talk = Clocked()
    talk.speak(2)
    talk.pause(2)
    assert kinds(talk.events[-1:]) == ["TurnOver"]
    assert kinds(talk.speak(1)) == ["Withdrawn"]
    assert talk.turns.phase == "speaking"


def test_a_click_after_the_end_takes_nothing_back() -> None:
    talk = Clocked()
    talk.speak(2)
    talk.pause(1.5)
    talk.speak(0.1)
    assert kinds(talk.pause(3)) == ["Settled"]


def test_speech_long_after_the_end_begins_another_turn() -> None:
    talk = Clocked()
    talk.speak(2)
    assert kinds(talk.pause(WITHDRAW + 0.5)) == ["MaybeOver", "TurnOver", "Settled"]
    assert kinds(talk.speak(1)) == ["SpeechStarted"]


def test_speech_that_begins_at_the_last_moment_still_counts() -> None:
    talk = Clocked()
    talk.speak(2)
    talk.pause(WITHDRAW - 0.1)
    assert kinds(talk.speak(0.5)) == ["Withdrawn"]


def test_who_went_on_once_is_not_cut_short_again_in_that_turn() -> None:
    talk = Clocked()
    talk.speak(2)
    talk.pause(1.5)
    talk.speak(2)
    assert kinds(talk.pause(2)) == ["MaybeOver"]
    assert kinds(talk.pause(1)) == ["TurnOver"]
    talk.pause(3)
    talk.speak(2)
    assert kinds(talk.pause(1)) == ["MaybeOver", "TurnOver"]  # another turn


def test_who_asks_for_time_gets_it_until_speaking_again() -> None:
    talk = Clocked()
    talk.speak(2)
    talk.pause(0.4)
    talk.turns.think(talk.now)
    assert kinds(talk.pause(15)) == []
    assert kinds(talk.speak(1)) == ["WentOn"]
    assert kinds(talk.pause(1.2)) == ["MaybeOver", "TurnOver"]


def test_who_asks_for_time_before_speaking_has_it_until_speaking() -> None:
    talk = Clocked()
    talk.turns.think(talk.now)
    assert kinds(talk.pause(5)) == []
    talk.speak(2)
    assert kinds(talk.pause(1.2)) == ["MaybeOver", "TurnOver"]


def test_a_turn_ended_by_hand_is_final_at_once() -> None:
    talk = Clocked()
    talk.speak(2)
    assert kinds(talk.turns.done(talk.now)) == ["TurnOver", "Settled"]
    assert kinds(talk.pause(1) + talk.speak(1)) == ["SpeechStarted"]


def test_ending_by_hand_what_a_pause_has_ended_makes_it_final() -> None:
    talk = Clocked()
    talk.speak(2)
    talk.pause(1.5)
    assert talk.turns.done(talk.now) == [Settled(talk.turns.end)]


def test_nothing_said_is_nothing_to_end() -> None:
    assert Clocked().turns.done(3.0) == []


def test_speech_while_the_coach_speaks_breaks_in() -> None:
    talk = Clocked()
    talk.turns.coach_speaks = True
    (started,) = talk.speak(0.5)
    assert isinstance(started, SpeechStarted)
    assert started.barged


def test_more_patience_waits_longer() -> None:
    talk = Clocked(patience=1.6)
    talk.speak(2)
    assert kinds(talk.pause(1.4)) == ["MaybeOver"]
    assert kinds(talk.pause(0.4)) == ["TurnOver"]


@given(st.lists(st.tuples(st.floats(0.3, 4), st.floats(0.3, 2.0)), min_size=1, max_size=8), st.sampled_from(["finished", "unsure", "open"]))
def test_nobody_who_pauses_for_two_seconds_at_most_loses_a_word(turn: list[tuple[float, float]], finish: Finish) -> None:
    """Whatever the pauses, all speech is in one turn: an end that came too early was taken back."""
    talk = Clocked(finish)
    for spoken, paused in turn:
        talk.speak(spoken)
        talk.pause(paused)
    talk.pause(7)
    assert kinds(talk.events).count("SpeechStarted") == 1
    assert kinds(talk.events).count("Settled") == 1
    assert kinds(talk.events)[-1] == "Settled"


@given(st.lists(st.tuples(st.floats(0, 1), st.integers(1, 40)), max_size=60))
def test_events_follow_one_another_whatever_is_heard(runs: list[tuple[float, int]]) -> None:
    talk = Clocked()
    for probability, frames in runs:
        talk.hear(frames * FRAME, probability)
    follows = {
        "SpeechStarted": {"MaybeOver"},
        "MaybeOver": {"WentOn", "TurnOver"},
        "WentOn": {"MaybeOver"},
        "TurnOver": {"Withdrawn", "Settled"},
        "Withdrawn": {"MaybeOver"},
        "Settled": {"SpeechStarted"},
    }
    assert all(after in follows[before] for before, after in pairwise(kinds(talk.events)))


FINISHES: list[tuple[str, Finish]] = [
    ("Dropout switches units off at random while the network trains.", "finished"),
    ("So at inference we keep every unit and the activations are scaled.", "finished"),
    ("If you drop a unit, the others have to learn to do without it.", "finished"),
    ("That is why regularisation helps, and the training loss goes up a bit when it is turned on.", "unsure"),
    ("I don't know.", "finished"),
    ("It uses the whole history, and the other one only a part of it, because of that.", "unsure"),
    ("It uses the whole history, and the other one only a part of it, so I think that", "open"),
    ("Yes, both.", "finished"),
    ("Could you say that again?", "finished"),
    ("Dropout switches units off because", "open"),
    ("Dropout switches units off because.", "open"),
    ("It is mostly used to prevent the", "open"),
    ("It reduces overfitting, which is good, and.", "open"),
    ("The units are switched off at random with a probability of.", "open"),
    ("Well, it reduces overfitting, um.", "open"),
    ("It reduces overfitting and then, let me think.", "open"),
    ("It reduces overfitting in large networks...", "open"),
    ("It reduces overfitting in large networks,", "open"),
    ("If you drop a unit at random during the training.", "open"),
    ("There are two main reasons for that.", "open"),
    ("There are three different kinds of normalisation layers.", "open"),
    ("First, you split the data into several folds.", "open"),
    ("You can use it in other layers, for example.", "open"),
    ("It not only makes the training slower.", "open"),
    ("So I think the main difference is that", "open"),
    ("Dropout.", "unsure"),
    ("It switches units off.", "unsure"),
    ("So dropout switches units off at random while the network trains", "unsure"),
    ("", "unsure"),
]


@pytest.mark.parametrize(("text", "finish"), FINISHES)
def test_a_sentence_sounds_finished_or_not(text: str, finish: Finish) -> None:
    assert finish_of(text) == finish


def test_what_sounds_finished_is_told_by_the_last_words_alone() -> None:
    before = "There are two reasons. If you drop units, um, they learn."
    assert finish_of(f"{before} So that is how the network is kept from overfitting.") == "finished"
