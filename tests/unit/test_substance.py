from __future__ import annotations

import pytest

from coach.grading.substance import fluent, substance
from eval import variants

ANSWER = "During training each unit is switched off at random. Nothing is dropped at inference."
RUBRIC = ("Each unit is switched off at random during training.", "Long runs are stopped.")


def test_an_answer_that_says_something_in_every_sentence_stays_as_it_is() -> None:
    assert substance(ANSWER, RUBRIC) == ANSWER


@pytest.mark.parametrize("change", [variants.polite, variants.padded, variants.repeated])
def test_pleasantries_idle_sentences_and_repetition_are_not_read(change: object) -> None:
    assert callable(change)
    assert substance(change(ANSWER), RUBRIC) == ANSWER


def test_an_answer_that_is_nothing_but_talk_is_read_as_it_is() -> None:
    assert substance("Thanks. I see.", RUBRIC) == "Thanks. I see."


def test_a_word_of_talk_that_the_rubric_asks_for_says_something() -> None:
    assert substance(f"{ANSWER} It is long.", RUBRIC) == f"{ANSWER} It is long."
    assert substance(f"{ANSWER} It is short.", RUBRIC) == ANSWER


@pytest.mark.parametrize(
    ("said", "heard"),
    [
        ("Um, so, uh, it is, er, switched off.", "it is, switched off."),
        ("It is, you know, switched off.", "It is, switched off."),
        ("the the unit is is off", "the unit is off"),
        ("A log-log plot shows it.", "A log-log plot shows it."),
        ("The error is in dB, hmm.", "The error is in dB,"),
        ("I would like, say, ten.", "I would like, say, ten."),
        ("um", "um"),
    ],
)
def test_hesitations_go_and_words_stay(said: str, heard: str) -> None:
    assert fluent(said) == heard
