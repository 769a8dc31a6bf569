"""Recordings that the tests make themselves, in the coach's own voice."""

from __future__ import annotations

from functools import cache

import numpy as np

from coach.voice.hibari import HibariSynthesiser
from coach.voice.sound import RATE, Samples, resample

DROPOUT = "Dropout switches units off at random during training, and at inference nothing is dropped."
GATES = "An LSTM has an input gate, a forget gate and an output gate that control its cell state."


@cache
def said(text: str, *, before: float = 0.5, after: float = 0.5) -> Samples:
    """A text as it is said, with so many seconds of a microphone's hiss around it."""
    voice = HibariSynthesiser()
    speech = resample(np.concatenate(list(voice.speak(text))), voice.rate, RATE)
    whole = np.concatenate([np.zeros(round(before * RATE), np.float32), speech, np.zeros(round(after * RATE), np.float32)])
    return whole + hiss(len(whole) / RATE)


def hiss(seconds: float, level: float = 1e-4) -> Samples:
    """What a microphone gives where nobody speaks."""
    return (level * np.random.default_rng(0).standard_normal(round(seconds * RATE))).astype(np.float32)
