"""Where in a recording there is speech, and the pieces that it is cut into."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coach.spoken import Word
from coach.voice.pieces import ENOUGH, LONGEST, PAD, joined, padded, pieces_of, placed
from coach.voice.sound import RATE, Samples
from coach.voice.speech_in import Span, Speech, SpeechFinder, spans_of
from coach.voice.vad import FRAME, EnergyDetector

SECOND = RATE / FRAME  # frames


def frames(*stretches: tuple[float, float]) -> list[float]:
    """Probabilities of (seconds, probability) stretches."""
    return [probability for seconds, probability in stretches for _ in range(round(seconds * SECOND))]


def seconds(spans: tuple[Span, ...]) -> list[tuple[float, float]]:
    return [(round(start / RATE, 1), round(end / RATE, 1)) for start, end in spans]


@pytest.mark.parametrize(
    ("probabilities", "expected"),
    [
        pytest.param(frames((1, 0.1)), [], id="silence"),
        pytest.param(frames((1, 0.1), (2, 0.9), (1, 0.1)), [(1.0, 3.0)], id="speech in silence"),
        pytest.param(frames((1, 0.9), (0.2, 0.1), (1, 0.9)), [(0.0, 2.2)], id="a short gap is no pause"),
        pytest.param(frames((1, 0.9), (0.5, 0.1), (1, 0.9)), [(0.0, 1.0), (1.5, 2.5)], id="a pause"),
        pytest.param(frames((1, 0.9), (0.5, 0.4), (1, 0.9)), [(0.0, 2.5)], id="a voice that sinks goes on"),
        pytest.param(frames((1, 0.4)), [], id="what only may be speech begins nothing"),
        pytest.param(frames((1, 0.1), (0.06, 0.9), (1, 0.1)), [], id="a click"),
    ],
)
def test_spans_of_speech(probabilities: list[float], expected: list[tuple[float, float]]) -> None:
    assert seconds(spans_of(probabilities)) == expected


@given(st.lists(st.floats(0, 1), max_size=300), st.integers(0, 300))
def test_more_sound_changes_no_span_that_was_over(probabilities: list[float], count: int) -> None:
    before, after = spans_of(probabilities[:count]), spans_of(probabilities)
    assert before[:-1] == after[: max(0, len(before) - 1)]


def speech(*spans: tuple[float, float]) -> Speech:
    found = tuple(Span(round(start * SECOND) * FRAME, round(end * SECOND) * FRAME) for start, end in spans)
    probabilities = [0.1] * (round(spans[-1][1] * SECOND) + 1 if spans else 0)
    for start, end in found:
        probabilities[start // FRAME : end // FRAME] = [0.9] * ((end - start) // FRAME)
    return Speech(found, tuple(probabilities))


def test_a_piece_ends_at_the_first_pause_after_it_has_enough() -> None:
    pieces = pieces_of(speech((0, 3), (4, 8), (9, 11), (11.2, 12)), 20 * RATE)
    assert [[(round(start / RATE), round(end / RATE)) for start, end in piece] for piece in pieces] == [[(0, 3), (4, 8)], [(9, 12)]]


def test_speech_without_a_pause_is_cut_where_it_is_quietest() -> None:
    long = speech((0, 40))
    quiet = round(21 * SECOND)
    probabilities = list(long.probabilities)
    probabilities[quiet] = 0.5
    pieces = pieces_of(Speech(long.spans, tuple(probabilities)), 40 * RATE)
    assert len(pieces) == 2
    assert pieces[0][-1].end == quiet * FRAME + PAD


@given(st.lists(st.tuples(st.floats(0.1, 50), st.floats(0.35, 3)), min_size=1, max_size=12))
def test_every_piece_fits_a_window_and_nothing_of_the_speech_is_lost(lengths: list[tuple[float, float]]) -> None:
    at, spans = 0.0, []
    for spoken, pause in lengths:
        spans.append((at, at + spoken))
        at += spoken + pause
    found = speech(*spans)
    length = round((at + 1) * SECOND) * FRAME
    pieces = pieces_of(found, length)
    assert all(sum(end - start for start, end in piece) <= (LONGEST + 5) * RATE for piece in pieces)
    covered = np.zeros(length, bool)
    for piece in pieces:
        for start, end in piece:
            covered[start:end] = True
    assert all(covered[start:end].all() for start, end in found.spans)
    assert all(one[-1].end - PAD <= other[0].start + PAD for one, other in pairwise(pieces))


def test_a_piece_is_its_spans_with_padding_and_without_what_lies_between() -> None:
    samples = np.arange(10 * RATE, dtype=np.float32)
    spans = padded((Span(RATE, 2 * RATE), Span(5 * RATE, 6 * RATE)), len(samples))
    assert len(joined(samples, spans)) == 2 * RATE + 4 * PAD
    assert ENOUGH < LONGEST


@pytest.mark.parametrize(
    ("word", "expected"),
    [((0.25, 0.5), (1.0, 1.25)), ((1.9, 2.2), (5.15, 5.45)), ((1.2, 1.6), (1.95, 2.25)), ((2.5, 9.0), (5.75, 6.25))],
)
def test_a_words_time_is_that_of_the_recording_and_bridges_no_pause(word: tuple[float, float], expected: tuple[float, float]) -> None:
    spans = padded((Span(RATE, 2 * RATE), Span(5 * RATE, 6 * RATE)), 10 * RATE)
    found = placed(Word(text="word", start=word[0], end=word[1], probability=1), spans)
    assert (found.start, found.end) == pytest.approx(expected)


class Counted(EnergyDetector):
    """An energy detector that tells how many frames all of its kind have looked at."""

    looked = 0

    def probability(self, frame: Samples) -> float:
        Counted.looked += 1
        return super().probability(frame)


def test_a_recording_that_has_grown_is_looked_at_where_it_is_new() -> None:
    rng = np.random.default_rng(0)
    loud = np.repeat(rng.random(12) > 0.5, RATE // 2)
    samples = (rng.standard_normal(6 * RATE) * np.where(loud, 0.2, 0.001)).astype(np.float32)
    finder, Counted.looked = SpeechFinder(Counted), 0
    for length in (RATE, 3 * RATE + 100, 6 * RATE):
        found = finder.find(samples[:length])
        assert found == SpeechFinder(EnergyDetector).find(samples[:length])
    assert Counted.looked == 6 * RATE // FRAME
    finder.find(samples[FRAME:])  # another recording
    assert Counted.looked == 2 * (6 * RATE // FRAME) - 1
