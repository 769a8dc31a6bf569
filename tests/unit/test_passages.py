"""Answers cut into passages."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from coach.bank.passages import MOST, passages_of, split_passages
from coach.bank.sentences import sentence_spans, sentences, words
from coach.domain import Question

SENTENCE = "The tide comes in and goes out again twice a day. "


def question(answer: str, bank: str = "sea") -> Question:
    return Question(id="tide", bank=bank, text="What is the tide?", answer=answer, source="sea.md")


def test_short_paragraphs_are_joined_and_long_ones_cut_between_sentences() -> None:
    pieces = split_passages("\n\n".join([SENTENCE * 2, SENTENCE * 2, SENTENCE * 40, SENTENCE]))
    sizes = [len(words(piece)) for piece in pieces]
    assert all(40 <= size <= MOST for size in sizes), sizes
    assert all(piece.endswith(".") for piece in pieces)


def test_a_short_answer_is_one_passage_and_knows_its_question() -> None:
    (passage,) = passages_of(question(SENTENCE))
    assert (passage.question_id, passage.question, passage.document, passage.bank) == ("tide", "What is the tide?", "sea.md", "sea")


def test_the_id_depends_on_bank_document_and_text_alone() -> None:
    first, again, other = (passages_of(question(SENTENCE, bank))[0].id for bank in ("sea", "sea", "lake"))
    assert first == again
    assert first != other


def test_a_code_listing_is_never_cut() -> None:
    code = "```python\n" + "x = 1\n\n" * 200 + "```"
    assert code in split_passages(f"{SENTENCE}\n\n{code}\n\n{SENTENCE}")


@given(st.lists(st.text(alphabet="ab .?!\n`-1"), max_size=30).map("\n\n".join))
def test_no_word_of_an_answer_is_lost(text: str) -> None:
    assert words(" ".join(split_passages(text))) == words(text)


@given(st.text(alphabet="aBc .?!\n\"'()-1"))
def test_sentences_hold_every_word_in_order(text: str) -> None:
    spans = list(sentence_spans(text))
    assert [word for start, end in spans for word in words(text[start:end])] == words(text) or "-" in text or "1" in text
    assert all(left[1] <= right[0] for left, right in pairwise(spans))


def test_abbreviations_decimals_and_initials_end_no_sentence() -> None:
    text = 'Use e.g. an index of 0.5 here. J. Doe et al. asked "why?" and left. Then, etc. Is it so? Yes!'
    assert sentences(text) == ["Use e.g. an index of 0.5 here.", 'J. Doe et al. asked "why?" and left.', "Then, etc.", "Is it so?", "Yes!"]
