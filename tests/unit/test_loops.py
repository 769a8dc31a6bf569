"""Words that come round and round."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coach.voice.loops import repeats, without_loop

DROPOUT = "Dropout switches units off at random during training, and at inference nothing is dropped."


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (DROPOUT, False),
        ("", False),
        ("no no no, it is not that", False),
        ("It is, um, it is the the mean of the batch", False),
        (f"{DROPOUT} Dropout switches units off at random", True),
        ("the gate the gate the gate the gate", True),
        ("yes yes yes yes yes yes", True),
    ],
)
def test_what_nobody_says_is_worth_hearing_again(text: str, expected: bool) -> None:
    assert repeats(text) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (DROPOUT, DROPOUT),
        ("it is very very very good", "it is very very very good"),
        ("a gate and a gate and a gate and a gate and a", "a gate and"),
        ("we use Adam. Adam, Adam adam and more", "we use Adam."),
    ],
)
def test_a_loop_is_kept_once(text: str, expected: str) -> None:
    words = text.split()
    assert " ".join(without_loop(words, words)) == expected


@given(st.lists(st.sampled_from("abc"), max_size=30))
def test_what_is_kept_begins_the_text_and_loops_no_more(words: list[str]) -> None:
    kept = without_loop(words, words)
    assert kept == words[: len(kept)]
    assert without_loop(kept, kept) == kept
