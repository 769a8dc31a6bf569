"""Noise that code makes, mixed with speech at a set ratio: pink noise, and the babble of other people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

from coach.voice.sound import RATE, Samples

Noise = Literal["pink", "babble"]
SNR = 10.0  # dB, of the speech while somebody speaks
TALKERS = 6
SPEECH_OVER = 0.05  # of the loudest 20 ms: quieter ones are pauses, which do not count in the level of the speech
_WINDOW = RATE // 50


def pink(length: int, rng: np.random.Generator) -> Samples:
    """Noise whose power falls with its frequency, as that of fans, streets and rain does; its level is 1."""
    spectrum = np.fft.rfft(rng.standard_normal(length))
    spectrum /= np.sqrt(np.maximum(np.arange(len(spectrum)), 1))
    spectrum[0] = 0
    return _level_one(np.fft.irfft(spectrum, length))


def babble(length: int, talk: Sequence[Samples], rng: np.random.Generator) -> Samples:
    """Several people at once, each somewhere in a recording of their own that goes round; their level is 1."""
    mixed = np.zeros(length)
    for number in range(TALKERS):
        voice = talk[number % len(talk)]
        mixed += np.resize(np.roll(voice, int(rng.integers(len(voice)))), length) / max(level(voice), 1e-6)
    return _level_one(mixed)


def mixed(speech: Samples, noise: Samples, snr: float = SNR) -> Samples:
    """Speech with noise under it, so that it is `snr` dB louder than the noise; never beyond full scale."""
    total = speech + noise[: len(speech)] * (level(speech) / 10 ** (snr / 20))
    return np.asarray(total / max(1.0, float(np.abs(total).max()) / 0.98), dtype=np.float32)


def level(samples: Samples) -> float:
    """The root mean square of a recording, its pauses left out."""
    whole = samples[: len(samples) // _WINDOW * _WINDOW].reshape(-1, _WINDOW)
    if not len(whole):
        return 0.0
    power = np.sqrt((whole.astype(np.float64) ** 2).mean(axis=1))
    return float(np.sqrt((power[power > SPEECH_OVER * power.max()] ** 2).mean())) if power.max() > 0 else 0.0


def _level_one(samples: np.typing.NDArray[np.float64]) -> Samples:
    return np.asarray(samples / max(float(np.sqrt((samples**2).mean())), 1e-9), dtype=np.float32)
