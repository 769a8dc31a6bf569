"""Where in a recording there is speech, and the pieces that it is recognised in.

Everything here is decided from left to right: more sound at the end never changes what was decided well before it. So the beginning of
an answer that grows is cut in the same way each time, and what was recognised of it holds.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Sequence
from threading import Lock
from typing import NamedTuple

from coach.voice.sound import RATE, Samples
from coach.voice.vad import FRAME, SpeechDetector

ON, OFF = 0.5, 0.35  # a span begins at the one and ends below the other, as Silero's own code does
GAP = round(0.3 * RATE / FRAME)  # frames below OFF that end a span
LEAST = 3  # frames of speech; a shorter noise is a click
PAD = round(0.25 * RATE)  # samples kept on both sides, for soft beginnings and ends
ENOUGH = 7.0  # seconds after which a piece ends at the next pause
PAUSE = 0.5  # seconds between spans at which a piece may end
LONGEST = 24.0  # seconds; a recogniser that hears 30 at once has room for the padding
LATEST = 6.0  # of these last seconds, the quietest frame is where a piece without a pause is cut


class Span(NamedTuple):
    """A stretch of a recording, in samples, the end not in it."""

    start: int
    end: int


class Speech(NamedTuple):
    """What a detector found in a recording: `spans` of speech in samples, and each frame's probability."""

    spans: tuple[Span, ...]
    probabilities: tuple[float, ...]

    @property
    def seconds(self) -> float:
        """How long somebody spoke."""
        return sum(span.end - span.start for span in self.spans) / RATE


def spans_of(probabilities: Sequence[float]) -> tuple[Span, ...]:
    """The spans of speech, from each frame's probability. The last one may still go on."""
    spans: list[Span] = []
    start: int | None = None
    last = 0
    for number, probability in enumerate(probabilities):
        if probability >= ON:
            start = number if start is None else start
            last = number
        elif start is not None and probability >= OFF:
            last = number
        if start is not None and number - last >= GAP:
            spans += [Span(start * FRAME, (last + 1) * FRAME)] if last + 1 - start >= LEAST else []
            start = None
    if start is not None and last + 1 - start >= LEAST:
        spans.append(Span(start * FRAME, (last + 1) * FRAME))
    return tuple(spans)


def pieces_of(speech: Speech, length: int) -> tuple[tuple[Span, ...], ...]:
    """The recording (`length` samples) as pieces to recognise: each some spans with their padding, of `LONGEST` at most."""
    pieces: list[list[Span]] = []
    for span in _cut(speech):
        held = sum(end - start for start, end in pieces[-1]) / RATE if pieces else 0.0
        pause = (span.start - pieces[-1][-1].end) / RATE if pieces else 0.0
        whole = (span.end - span.start) / RATE
        if not pieces or (held >= ENOUGH and pause >= PAUSE) or held + whole > LONGEST:
            pieces.append([span])
        else:
            pieces[-1].append(span)
    return tuple(_padded(piece, length) for piece in pieces)


def _cut(speech: Speech) -> list[Span]:
    """The spans, those that are too long cut where they are quietest."""
    found: list[Span] = []
    for span in speech.spans:
        start = span.start
        while (span.end - start) / RATE > LONGEST:
            last = round(start + LONGEST * RATE) // FRAME
            first = last - round(LATEST * RATE / FRAME)
            quietest = min(range(first, last), key=lambda frame: speech.probabilities[frame])
            found.append(Span(start, quietest * FRAME))
            start = quietest * FRAME
        found.append(Span(start, span.end))
    return found


def _padded(piece: Sequence[Span], length: int) -> tuple[Span, ...]:
    wide = [Span(max(0, start - PAD), min(length, end + PAD)) for start, end in piece]
    merged = [wide[0]]
    for span in wide[1:]:
        if span.start <= merged[-1].end:
            merged[-1] = Span(merged[-1].start, span.end)
        else:
            merged.append(span)
    return tuple(merged)


class SpeechFinder:
    """Finds speech in recordings, and goes on where it stopped when one comes again that has grown. Safe to share between threads."""

    KEPT = 8  # recordings, each with a detector that remembers where it was

    def __init__(self, detector: Callable[[], SpeechDetector]) -> None:
        """`detector` makes one."""
        self._make = detector
        self._known: OrderedDict[bytes, tuple[list[float], SpeechDetector]] = OrderedDict()
        self._lock = Lock()

    def find(self, samples: Samples) -> Speech:
        """The speech in a recording. What is left over after the last whole frame is not looked at."""
        whole = len(samples) // FRAME
        with self._lock:
            probabilities, detector, digest = self._beginning(samples[: whole * FRAME])
            for number in range(len(probabilities), whole):
                probabilities.append(detector.probability(samples[number * FRAME : (number + 1) * FRAME]))
            self._known[digest] = (probabilities, detector)
            while len(self._known) > self.KEPT:
                self._known.popitem(last=False)
            found = tuple(probabilities)
        return Speech(spans_of(found), found)

    def _beginning(self, samples: Samples) -> tuple[list[float], SpeechDetector, bytes]:
        """What is known of the longest beginning that was heard before, taken out of memory; and the digest of all of it."""
        lengths = sorted({len(probabilities) for probabilities, _ in self._known.values()})
        digest, done, best = hashlib.blake2b(digest_size=16), 0, b""
        for length in lengths:
            if length * FRAME > len(samples):
                break
            digest.update(samples[done : length * FRAME].tobytes())
            done = length * FRAME
            if digest.digest() in self._known:
                best = digest.digest()
        digest.update(samples[done:].tobytes())
        if best:
            return *self._known.pop(best), digest.digest()
        return [], self._make(), digest.digest()
