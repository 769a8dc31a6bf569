"""Is this speech? Detectors that look at one frame of sound at a time."""

from __future__ import annotations

from typing import Protocol

from coach.voice.sound import Samples

FRAME = 512  # samples a detector takes at once: 32 ms at 16 kHz


class SpeechDetector(Protocol):
    """Tells speech from everything else. It remembers what went before, so each listener has one of its own."""

    def probability(self, frame: Samples) -> float:
        """How likely it is that somebody speaks in these `FRAME` samples (16 kHz mono), which follow those of the last call."""

    def reset(self) -> None:
        """Forget what went before: another recording comes."""
