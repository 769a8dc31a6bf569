"""A recording cut into pieces that a recogniser takes one at a time: speech alone, with a little of the silence around it."""

from __future__ import annotations

from collections.abc import Sequence

from coach.spoken import Word
from coach.voice.sound import RATE, Samples
from coach.voice.speech_in import Span, Speech
from coach.voice.vad import FRAME

PAD = round(0.25 * RATE)  # samples kept on both sides, for soft beginnings and ends
ENOUGH = 7.0  # seconds after which a piece ends at the next pause
PAUSE = 0.5  # seconds between spans at which a piece may end
LONGEST = 24.0  # seconds; a recogniser that hears 30 at once has room for the padding
LATEST = 6.0  # of these last seconds, the quietest frame is where a piece without a pause is cut


def pieces_of(speech: Speech, length: int) -> tuple[tuple[Span, ...], ...]:
    """The recording (`length` samples) as pieces to recognise: each some spans with their padding, of `LONGEST` at most."""
    pieces: list[list[Span]] = []
    for span in _cut(speech):
        held = sum(end - start for start, end in pieces[-1]) / RATE if pieces else 0.0
        pause = (span.start - pieces[-1][-1].end) / RATE if pieces else 0.0
        if not pieces or (held >= ENOUGH and pause >= PAUSE) or held + (span.end - span.start) / RATE > LONGEST:
            pieces.append([span])
        else:
            pieces[-1].append(span)
    return tuple(padded(piece, length) for piece in pieces)


def padded(spans: Sequence[Span], length: int) -> tuple[Span, ...]:
    """Spans of a recording of `length` samples with `PAD` on both sides; those that meet are one."""
    merged: list[Span] = []
    for start, end in spans:
        wide = Span(max(0, start - PAD), min(length, end + PAD))
        if merged and wide.start <= merged[-1].end:
            merged[-1] = Span(merged[-1].start, wide.end)
        else:
            merged.append(wide)
    return tuple(merged)


def joined(samples: Samples, piece: Sequence[Span]) -> Samples:
    """The sound of a piece: its spans one after the other, what lies between them left out."""
    import numpy as np

    return np.concatenate([samples[start:end] for start, end in piece])


def placed(word: Word, piece: Sequence[Span]) -> Word:
    """A word whose times are a piece's, with those of the recording. It lies in the span of its middle: none bridges a pause."""
    middle = (word.start + word.end) / 2 * RATE
    before = 0  # samples of the piece before the span
    for start, end in piece:
        if middle < before + end - start or (start, end) == piece[-1]:
            first, last = (min(max(start, seconds * RATE - before + start), end) for seconds in (word.start, word.end))
            return word.model_copy(update={"start": first / RATE, "end": last / RATE})
        before += end - start
    return word


def _cut(speech: Speech) -> list[Span]:
    """The spans, those that are too long cut where they are quietest."""
    found: list[Span] = []
    for start, end in speech.spans:
        while (end - start) / RATE > LONGEST:
            last = start // FRAME + round(LONGEST * RATE / FRAME)
            quietest = min(range(last - round(LATEST * RATE / FRAME), last), key=lambda frame: speech.probabilities[frame])
            found.append(Span(start, quietest * FRAME))
            start = quietest * FRAME
        found.append(Span(start, end))
    return found
