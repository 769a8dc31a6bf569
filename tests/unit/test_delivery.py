"""How an answer sounded, and transcripts that are no fair ground for a grade."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from interviews import question
from spoken_answers import SECONDS_A_WORD, transcript

from coach.domain import Kind
from coach.spoken import Transcript
from coach.voice import garbled
from coach.voice.delivery import FOLLOW_UP_FIT, delivery_of, fit_seconds
from coach.voice.garbled import unusable

SENTENCE = "During training each unit is switched off at random, so that the network does not rely on any single one of them."


# Delivery


def test_pace_is_words_over_the_time_from_the_first_to_the_last() -> None:
    delivery = delivery_of(transcript(f"[3] {SENTENCE}"), question())
    words = len(SENTENCE.split())
    assert delivery.words == words
    assert delivery.seconds == pytest.approx(words * SECONDS_A_WORD)
    assert delivery.words_per_minute == pytest.approx(60 / SECONDS_A_WORD)


def test_pace_over_time_has_a_figure_for_each_quarter_of_a_minute() -> None:
    quick, slow = " ".join(["quick"] * 30), " ".join(["slow [1]"] * 15)
    delivery = delivery_of(transcript(f"{quick} [3] {slow}"), question())
    assert delivery.pace[0].at == 0.0
    assert delivery.pace[0].words_per_minute > delivery.pace[-1].words_per_minute
    assert 2 <= len(delivery.pace) <= 3


@pytest.mark.parametrize(
    ("line", "fillers"),
    [
        ("Um, it is, uh, a layer.", ["um", "uh"]),
        ("It is, like, a layer, you know, that drops units.", ["like", "you know"]),
        ("It looks like a layer.", []),
        ("You know that a layer is like a sieve.", []),
        ("I mean the layer, basically, drops units. Erm, yes.", ["i mean", "basically", "erm"]),
        ("The umbrella term is thermal.", []),
    ],
)
def test_fillers_are_counted_and_words_that_mean_something_are_not(line: str, fillers: list[str]) -> None:
    assert [each.text for each in delivery_of(transcript(line), question()).fillers] == fillers


def test_a_filler_says_when_it_was_said() -> None:
    (filler,) = delivery_of(transcript("It is [2] um, a layer."), question()).fillers
    assert filler.at == pytest.approx(2 * SECONDS_A_WORD + 2)


def test_a_pause_of_two_seconds_is_long_and_a_shorter_one_is_not() -> None:
    delivery = delivery_of(transcript("It is [1.9] a layer [2.5] that drops units."), question())
    assert [round(pause.end - pause.start, 1) for pause in delivery.pauses] == [2.5]


def test_hedges_are_a_share_of_the_words() -> None:
    delivery = delivery_of(transcript("I think it is maybe a layer that probably drops units."), question())
    assert delivery.hedges == ("i think", "maybe", "probably")
    assert delivery.hedge_share == pytest.approx(4 / 11, abs=0.001)


@pytest.mark.parametrize("kind", ["concept", "compare", "design", "experience", "code"])
def test_what_is_fit_grows_with_the_points_and_stays_within_bounds(kind: Kind) -> None:
    asked = question().model_copy(update={"kind": kind})
    few, many = fit_seconds(asked.model_copy(update={"key_points": asked.key_points[:1]})), fit_seconds(asked)
    assert few[0] <= many[0] <= 60
    assert few[1] <= many[1] <= 240


def test_a_follow_up_s_short_answer_is_fit() -> None:
    line = transcript("It is switched off at random, with some probability, in every step of the training.")
    assert delivery_of(line, question()).length == "short"
    followed = delivery_of(line, question(), follow_up=True)
    assert (followed.length, followed.fit_seconds) == ("fit", FOLLOW_UP_FIT)


LONG = " ".join([SENTENCE] * 3)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (LONG, "Keep this pace"),
        (LONG.replace("the", "um, the").replace("is", "is, uh,"), "silent pause"),
        (LONG.replace("is", "is I think maybe"), "softened"),
        (LONG.replace("random,", "random, [4]"), "long pauses"),
        (LONG.replace(" ", " [0.35] "), "Pick up the pace"),
        ("It drops units.", "Add why it works"),
        (" ".join([SENTENCE] * 12), "stop when the points are said"),
    ],
)
def test_there_is_one_suggestion_on_what_stands_out_most(line: str, words: str) -> None:
    delivery = delivery_of(transcript(line), question())
    assert words in delivery.suggestion
    assert delivery.suggestion.count(".") <= 3


def test_who_talks_very_fast_is_told_to_slow_down() -> None:
    heard = transcript(LONG)
    fast = heard.model_copy(
        update={"words": tuple(word.model_copy(update={"start": word.start / 1.8, "end": word.end / 1.8}) for word in heard.words)}
    )
    assert "Slow down" in delivery_of(fast, question().model_copy(update={"key_points": question().key_points[:1]})).suggestion


def test_an_empty_transcript_has_an_empty_delivery() -> None:
    delivery = delivery_of(transcript(""), question())
    assert (delivery.words, delivery.words_per_minute, delivery.suggestion) == (0, 0.0, "")


tokens = st.lists(st.sampled_from(["um,", "layer", "like,", "[2.5]", "[0.5]", "I", "think", "drops.", "units", "—"]), max_size=40)


@given(tokens)
def test_any_transcript_can_be_described(said: list[str]) -> None:
    heard = transcript(" ".join(said))
    delivery = delivery_of(heard, question())
    assert delivery.words == sum(any(c.isalnum() for c in word.text) for word in heard.words)
    assert 0 <= delivery.hedge_share <= 1
    assert all(0 <= filler.at <= heard.seconds for filler in delivery.fillers)
    counted = sum(
        stretch.words_per_minute * (after - stretch.at) / 60
        for stretch, after in zip(
            delivery.pace,
            [*(each.at for each in delivery.pace[1:]), delivery.pace[0].at + delivery.seconds] if delivery.pace else [],
            strict=True,
        )
    )
    assert counted == pytest.approx(delivery.words, abs=0.5)


# Garbled


@pytest.mark.parametrize(
    ("heard", "reason"),
    [
        (transcript(SENTENCE), None),
        (transcript("Yes."), None),
        (transcript("", speech=0.0), garbled.SILENCE),
        (transcript("Thank you.", speech=0.1), garbled.SILENCE),
        (transcript("", speech=3.0), garbled.NO_WORDS),
        (transcript("… —", speech=3.0), garbled.NO_WORDS),
        (transcript(SENTENCE, language="de", language_probability=0.9), garbled.LANGUAGE),
        (transcript(SENTENCE, language="de", language_probability=0.6), None),
        (transcript(SENTENCE, language=""), None),
        (transcript(SENTENCE, probability=0.3), garbled.UNCLEAR),
        (transcript(SENTENCE, probability=0.5), garbled.UNCLEAR),
        (transcript(SENTENCE, probability=0.7), None),
        (transcript(SENTENCE, clipped=0.4), None),
        (transcript(SENTENCE, clipped=0.05), None),
        (transcript(SENTENCE, probability=0.6, clipped=0.05), garbled.CLIPPING),
        (transcript("It is the " + "same thing and " * 12), garbled.LOOP),
        (transcript("no no no, it drops the units at random in training"), None),
        (transcript(SENTENCE, speech=1.0), garbled.LOOP),
    ],
)
def test_a_transcript_that_is_no_fair_ground_says_why(heard: Transcript, reason: str | None) -> None:
    assert unusable(heard) == reason


@pytest.mark.parametrize("reason", [garbled.SILENCE, garbled.NO_WORDS, garbled.LANGUAGE, garbled.CLIPPING, garbled.UNCLEAR, garbled.LOOP])
def test_each_reason_says_what_to_do(reason: str) -> None:
    assert reason.endswith(garbled.AGAIN)
    assert reason.count(".") <= 3
