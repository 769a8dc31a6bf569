"""The coach's own voice: Hibari, a small network whose weights are in its package."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Lock

from coach.voice.extra import require
from coach.voice.sound import Samples

QUIET = 0.005  # the loudest that a breath before the first word is, of full scale
BREATH = 0.04  # seconds of it that stay; the model makes about a quarter of a second, which a candidate would wait


class HibariSynthesiser:
    """One voice, American English. About a hundred times faster than it speaks, so a sentence is there at once.

    Safe to share between threads: one sentence is made at a time.
    """

    SEED = 0  # of the breath in the voice: the same text gives the same sound

    def __init__(self) -> None:
        """Load it. Raises UsageError without the extra `voice`."""
        require()
        from hibari import Hibari, __version__

        self._model, self._lock = Hibari(), Lock()
        self.name, self.rate = f"hibari@{__version__}", int(Hibari.sample_rate)

    def speak(self, text: str) -> Iterator[Samples]:
        """See the protocol: a piece a sentence."""
        if not any(map(str.isalnum, text)):  # the model would breathe
            return
        pieces = self._model.stream(text, seed=self.SEED)
        while True:
            with self._lock:
                piece = next(pieces, None)
            if piece is None:
                return
            if len(piece):
                yield self._without_breath(piece)

    def _without_breath(self, piece: Samples) -> Samples:
        """The piece from shortly before its first word."""
        loud = abs(piece) > QUIET
        return piece[max(0, int(loud.argmax()) - round(BREATH * self.rate)) :] if loud.any() else piece
