"""Text as it is said aloud."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coach.voice.speakable import sayable, sentences

SAID = [
    ("Use **dropout**, _never_ `eval`.", "Use dropout, never eval."),
    ("Why is merge sort O(n log n)?", "Why is merge sort O of n log n?"),
    ("What is P(A|B)?", "What is P of A given B?"),
    ("f(g(x)) <= 10^-3", "f of g of x at most 10 to the minus 3"),
    ("x^2 + y^3 = z", "x squared plus y cubed equals z"),
    (r"Softmax is $\frac{e^{x}}{n}$.", "Softmax is e to the x over n."),
    ("It adds λ‖w‖² to the loss.", "It adds lambda w squared to the loss."),
    ("A rate of 1e-4, i.e. small.", "A rate of 1 times ten to the minus 4, that is small."),
    ("Nets, e.g. an MLP, vs. trees etc.", "Nets, for example an MLP, versus trees and so on"),
    ("About ~20% of 10,000 rows, 3–5 ms", "About about 20 percent of 10000 rows, 3 to 5 ms"),
    ("What does `__init__` do in my_class.run()?", "What does init do in my class dot run?"),
    ("And a[i] at TCP/IP?", "And a at i at TCP IP?"),
    ("C++, C# and .NET", "C plus plus, C sharp and dot net"),
    ("See [the docs](https://example.org/x) at https://www.example.org/y?z=1.", "See the docs at example dot org"),
    ("It works (mostly).", "It works, mostly."),
    ("precision → recall", "precision to recall"),
    ("well-known, can't, state-of-the-art", "well-known, can't, state-of-the-art"),
    ("🙂", ""),
    ("```python\nprint(1)\n```", ""),
]


@pytest.mark.parametrize(("text", "said"), SAID)
def test_what_is_written_is_said_in_words(text: str, said: str) -> None:
    assert sayable(text).rstrip(".") == said.rstrip(".")


SENTENCES = [
    ("One thing. Another one? Yes!", ("One thing.", "Another one?", "Yes!")),
    ("- First\n- Second", ("First", "Second")),
    (
        "Dr. Smith wrote it. It is 3.5 times as fast, e.g. Here it is.",
        ("Dr. Smith wrote it.", "It is 3.5 times as fast, for example Here it is."),
    ),
    ("You said “it drops units”. Why?", ("You said “it drops units”.", "Why?")),
    ("Before.\n```\ncode. More.\n```\nAfter.", ("Before.", "After.")),
    ("", ()),
]


@pytest.mark.parametrize(("text", "said"), SENTENCES)
def test_a_text_is_said_sentence_by_sentence(text: str, said: tuple[str, ...]) -> None:
    assert sentences(text) == said


@given(st.text(max_size=200))
def test_no_text_is_too_odd_to_be_said(text: str) -> None:
    for said in sentences(text):
        assert said == " ".join(said.split())
        assert re.search(r"\w", said)
        assert not re.search(r"[*`#|{}\\^~<>=_$]", said)
