"""Other forms of an answer: fakes that must lose its score, and fair ones that keep what it says."""

from __future__ import annotations

import random

import pytest

from coach.words import STOP, words
from eval import variants

ANSWER = (
    "Dropout switches units off at random. It is used in training only. Nothing doesn't get dropped at inference, and weights are scaled."
)


@pytest.mark.parametrize(
    ("said", "turned"),
    [
        ("A queue is first in, first out.", "A queue is not first in, first out."),
        ("A stack isn't a queue.", "A stack is a queue."),
        ("A tree does not have cycles.", "A tree does have cycles."),
        ("It can't grow.", "It can grow."),
        ("It cannot grow.", "It can grow."),
        ("It won't grow.", "It will grow."),
        ("Hashing spreads the keys.", "It is not true that hashing spreads the keys."),
        ("It can grow. It has a head.", "It can not grow. It has not a head."),
    ],
)
def test_every_sentence_of_a_negated_answer_says_the_opposite(said: str, turned: str) -> None:
    assert variants.negated(said) == turned


def test_a_bag_holds_each_content_word_once_and_nothing_else() -> None:
    bag = variants.keyword_bag(ANSWER, random.Random(1)).split()
    assert sorted(bag) == sorted({word for word in words(ANSWER) if word not in STOP})


def test_a_parroted_question_has_no_content_word_that_is_not_the_question_s_but_for_its_frame() -> None:
    said = variants.parroted("What does dropout do at inference?")
    assert set(words(said)) - STOP - {"question", "important", "well"} <= set(words("What does dropout do at inference?"))


def test_a_bag_with_commas_is_the_same_bag_as_a_list() -> None:
    assert variants.keyword_bag_with_commas(ANSWER, random.Random(1)).split(", ") == variants.keyword_bag(ANSWER, random.Random(1)).split()


@pytest.mark.parametrize("answer", ["The gradient vanishes.", "Dropout.", "aaaaaa"])
def test_a_short_answer_has_a_slip_too(answer: str) -> None:
    assert all(variants.misspelt(answer, random.Random(seed)) != answer for seed in range(20))


@pytest.mark.parametrize("answer", ["", "It is so.", "n + 1"])
def test_an_answer_without_a_longer_word_has_nothing_to_misspell(answer: str) -> None:
    assert variants.misspelt(answer, random.Random(1)) == answer


@pytest.mark.parametrize("form", ["disfluent", "misspelt", "reordered"])
def test_a_form_is_the_same_for_the_same_seed_and_another_for_another(form: str) -> None:
    make = getattr(variants, form)
    long = ANSWER * 4
    assert make(long, random.Random(1)) == make(long, random.Random(1)) != make(long, random.Random(2))


def test_a_disfluent_answer_still_says_every_word_in_order() -> None:
    said = iter(variants.disfluent(ANSWER, random.Random(3)).split())
    assert all(word in said for word in ANSWER.split())


def test_a_misspelt_answer_has_as_many_words_of_which_few_differ() -> None:
    long = ANSWER * 10
    pairs = list(zip(long.split(), variants.misspelt(long, random.Random(4)).split(), strict=True))
    changed = [one for one, other in pairs if one != other]
    assert 0 < len(changed) < 0.15 * len(pairs)
    assert all(len(word.strip(".,")) >= 5 for word in changed)


def test_a_reordered_answer_has_the_same_sentences() -> None:
    assert sorted(variants.reordered(ANSWER, random.Random(5)).split()) == sorted(ANSWER.split())


def test_a_reordered_answer_is_never_as_it_was_but_where_it_is_one_sentence() -> None:
    two = "Units are switched off. Weights are scaled."
    assert {variants.reordered(two, random.Random(seed)) for seed in range(10)} == {"Weights are scaled. Units are switched off."}
    assert variants.reordered("Units are switched off.", random.Random(1)) == "Units are switched off."


def test_an_answer_that_is_repeated_says_nothing_but_itself_twice() -> None:
    assert variants.repeated(ANSWER).split(variants.AGAIN) == [f"{ANSWER} ", f" {ANSWER}"]


def test_politeness_and_padding_leave_the_answer_verbatim() -> None:
    assert ANSWER in variants.polite(ANSWER)
    assert variants.padded(ANSWER).startswith(ANSWER)
    assert len(variants.padded(ANSWER).split()) > len(ANSWER.split()) + 20


def test_an_answer_in_one_breath_has_the_same_words_and_one_full_stop() -> None:
    said = variants.in_one_breath("Units are switched off. Weights are scaled! Nothing is dropped at inference.")
    assert said == "Units are switched off, Weights are scaled, Nothing is dropped at inference."
