"""Where in a recording there is speech.

It is decided from left to right: more sound at the end never changes what was decided before it. So a recording that has grown is only
looked at where it is new.
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


class SpeechFinder:
    """Finds speech in recordings, and goes on where it stopped when one comes again that has grown. Safe to share between threads."""

    KEPT = 4  # recordings, each with a detector that remembers where it was

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
        if len(self._known) >= self.KEPT:  # its detector is of use again, where a new one would be a model loaded anew
            _, (_, detector) = self._known.popitem(last=False)
            detector.reset()
            return [], detector, digest.digest()
        return [], self._make(), digest.digest()
