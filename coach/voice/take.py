"""The sound of one turn, and its transcript as it grows from piece to piece.

A turn is recognised in pieces that end in pauses: what was said before is not recognised again, so that the last piece is short and
what it says is there soon after the last word.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from coach.spoken import Transcript
from coach.voice.sound import RATE, Samples


class Piece(NamedTuple):
    """A stretch of a turn and what was said in it; times are seconds from the turn's start."""

    start: float
    transcript: Transcript


class Take:
    """One turn: its sound from the time `start` on, and the pieces of it that are recognised for good."""

    def __init__(self, start: float) -> None:
        """A turn that starts at this time, without sound yet."""
        self.start = start
        self._frames: list[Samples] = []
        self._count = 0
        self._pieces: tuple[Piece, ...] = ()
        self._cut = 0  # samples that the pieces reach to

    def add(self, samples: Samples) -> None:
        """More sound, which follows what is there."""
        self._frames.append(samples)
        self._count += len(samples)

    @property
    def end(self) -> float:
        """The time that the sound reaches to."""
        return self.start + self._count / RATE

    @property
    def cut(self) -> float:
        """The time that is recognised for good."""
        return self.start + self._cut / RATE

    def sound(self, start: float, end: float) -> Samples:
        """What there is between two times."""
        import numpy as np

        whole = np.concatenate(self._frames) if self._frames else np.zeros(0, dtype=np.float32)
        self._frames = [whole]
        return whole[max(0, round((start - self.start) * RATE)) : max(0, round((end - self.start) * RATE))]

    def skip(self, until: float) -> None:
        """Leave out what is between `cut` and this time: it is not part of the answer."""
        self._cut = min(self._count, round((until - self.start) * RATE))

    def keep(self, transcript: Transcript, end: float) -> None:
        """Take a piece that reaches from `cut` to `end` as recognised for good."""
        self._pieces = (*self._pieces, Piece(self._cut / RATE, transcript))
        self._cut = min(self._count, round((end - self.start) * RATE))

    def transcript(self, last: Transcript | None = None) -> Transcript:
        """What was said so far, with `last`, which starts at `cut`, as the last piece."""
        pieces = self._pieces if last is None else (*self._pieces, Piece(self._cut / RATE, last))
        return joined(pieces)


def joined(pieces: Sequence[Piece]) -> Transcript:
    """One transcript of several pieces in order, its times those of the whole."""
    if not pieces:
        return Transcript(words=(), seconds=0.0, speech=0.0)
    words = tuple(
        word.model_copy(update={"start": word.start + piece.start, "end": word.end + piece.start})
        for piece in pieces
        for word in piece.transcript.words
    )
    parts = [piece.transcript for piece in pieces]
    surest = max(parts, key=lambda part: part.speech)
    return Transcript(
        words=words,
        seconds=pieces[-1].start + parts[-1].seconds,
        speech=sum(part.speech for part in parts),
        clipped=_mean((part.clipped, part.seconds) for part in parts),
        language=surest.language,
        language_probability=surest.language_probability,
        recogniser=parts[-1].recogniser,
    )


def _mean(weighted: Iterable[tuple[float, float]]) -> float:
    values = list(weighted)
    weight = sum(share for _, share in values)
    return sum(value * share for value, share in values) / weight if weight else 0.0
