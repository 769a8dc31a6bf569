"""What the tests of the spoken interview share: speech whose words are in its samples, and ears that read them there.

A word is 0.3 s of one loudness, which belongs to that word alone; so sound can be cut and joined at will, and what is recognised is what
was said in it. Nothing is random, and no model is needed.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from coach.errors import ModelError
from coach.spoken import Transcript, Word
from coach.voice.sound import RATE, Samples

WORD = round(0.3 * RATE)
BETWEEN = 16  # samples of silence, so that a word said twice is two


class Tongue:
    """Says words, and recognises them. `asked` holds the seconds of sound of each recognition; `quick_asked` those while they speak."""

    name = "tongue"

    def __init__(self) -> None:
        self._words: list[str] = []
        self.asked: list[float] = []
        self.quick_asked: list[float] = []
        self.probability = 0.95
        self.error: Exception | None = None
        self.failures = 0  # so often it fails, and then no more

    def say(self, text: str) -> Samples:
        pieces = []
        for word in text.split():
            if word not in self._words:
                self._words.append(word)
            pieces += [np.full(WORD, (self._words.index(word) + 100) / 1000, dtype=np.float32), np.zeros(BETWEEN, dtype=np.float32)]
        return np.concatenate(pieces)

    def recognise(self, samples: Samples, *, terms: Sequence[str] = (), quick: bool = False) -> Transcript:
        del terms
        (self.quick_asked if quick else self.asked).append(round(len(samples) / RATE, 2))
        if self.failures > 0 and not quick:
            self.failures -= 1
            raise ModelError("It was away for a moment.")
        if self.error is not None:
            raise self.error
        edges = [0, *(np.flatnonzero(np.diff(samples)) + 1), len(samples)]
        runs = [(a, b, float(samples[a])) for a, b in pairwise(edges) if b - a >= WORD // 2 and samples[a] > 0.05]
        words = tuple(
            Word(text=self._words[round(loud * 1000) - 100], start=a / RATE, end=b / RATE, probability=self.probability)
            for a, b, loud in runs
        )
        speech = float(np.count_nonzero(samples > 0.01)) / RATE
        return Transcript(words=words, seconds=len(samples) / RATE, speech=speech, recogniser=self.name)


class Loud:
    """A detector that takes whatever is not silent for speech."""

    def probability(self, frame: Samples) -> float:
        return 0.95 if float(np.abs(frame).max()) > 0.01 else 0.02

    def reset(self) -> None:
        pass


def silence(seconds: float) -> Samples:
    return np.zeros(round(seconds * RATE), dtype=np.float32)


def click() -> Samples:
    return np.full(round(0.06 * RATE), 0.9, dtype=np.float32)
