"""An answer in pieces: nothing is made up, nothing is lost, no piece is endless."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from coach.grading.clauses import MAX_WORDS, clauses, sentences, units

PROSE = st.lists(
    st.sampled_from(
        "the rate decays over time but units while because 80/10/10 e.g. 0.9, so that: – which “quoted” über\n and then. ! ? ; …".split(" ")
    ),
    max_size=80,
).map(" ".join)
ANSWERS = st.one_of(PROSE, st.text(max_size=300))


@given(ANSWERS)
def test_every_piece_is_verbatim_at_its_offsets(answer: str) -> None:
    for piece in [*units(answer), *clauses(answer), *sentences(answer)]:
        assert piece.text == answer[piece.start : piece.end]
        assert piece.text == piece.text.strip()
        assert piece.text


@given(ANSWERS)
def test_sentences_hold_the_whole_answer_in_order_and_once(answer: str) -> None:
    assert "".join("".join(piece.text.split()) for piece in sentences(answer)) == "".join(answer.split())
    ends = [0, *(piece.end for piece in sentences(answer))]
    assert all(piece.start >= end for piece, end in zip(sentences(answer), ends, strict=False))


@given(ANSWERS)
def test_clauses_hold_every_word_of_the_answer(answer: str) -> None:
    assert "".join("".join(piece.text.split()) for piece in clauses(answer)) == "".join(answer.split())


@given(ANSWERS)
def test_no_piece_comes_twice(answer: str) -> None:
    places = [(piece.start, piece.end) for piece in units(answer)]
    assert len(places) == len(set(places))
    assert places == sorted(places)


def test_a_transcript_without_full_stops_is_cut() -> None:
    transcript = " ".join(f"word{number}" for number in range(400))
    pieces = sentences(transcript)
    assert len(pieces) >= 400 / (1.5 * MAX_WORDS)
    assert all(len(piece.text.split()) <= 1.5 * MAX_WORDS for piece in pieces)
    assert " ".join(piece.text for piece in pieces) == transcript


def test_a_clause_says_something_by_itself_and_a_short_one_joins_its_neighbour() -> None:
    answer = "In training, units are dropped at random, but when the model is used every unit takes part."
    assert [piece.text for piece in clauses(answer)] == [
        "In training, units are dropped at random,",
        "but when the model is used every unit takes part.",
    ]


def test_numbers_and_abbreviations_with_stops_inside_stay_whole() -> None:
    assert [piece.text for piece in sentences("Use a rate of 0.5 here. Split 80/10/10!")] == ["Use a rate of 0.5 here.", "Split 80/10/10!"]


def test_an_answer_without_words_has_no_pieces() -> None:
    assert units("") == units(" \n ") == []
