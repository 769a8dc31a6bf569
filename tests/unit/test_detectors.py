"""Speech told from silence and noise, by both detectors, on sound that the coach itself says."""

from __future__ import annotations

import numpy as np
import pytest

from coach.voice.hibari import HibariSynthesiser
from coach.voice.sound import RATE, Samples, resample
from coach.voice.speech_in import SpeechFinder
from coach.voice.vad import FRAME, EnergyDetector, SileroDetector, SpeechDetector

TEXT = "Dropout switches units off at random. At inference, nothing is dropped."


@pytest.fixture(scope="module")
def said() -> Samples:
    """A second of silence, the text, another second; with the faint hiss that every microphone has."""
    voice = HibariSynthesiser()
    speech = resample(np.concatenate(list(voice.speak(TEXT))), voice.rate, RATE)
    silence = np.zeros(RATE, np.float32)
    whole = np.concatenate([silence, speech, silence])
    return whole + (1e-4 * np.random.default_rng(0).standard_normal(len(whole))).astype(np.float32)


@pytest.mark.parametrize("detector", [SileroDetector, EnergyDetector])
def test_speech_is_found_where_it_is(detector: type[SpeechDetector], said: Samples) -> None:
    spans = SpeechFinder(detector).find(said).spans
    assert spans[0].start / RATE == pytest.approx(1.05, abs=0.2)
    assert spans[-1].end / RATE == pytest.approx(len(said) / RATE - 1.0, abs=0.5)


@pytest.mark.parametrize("detector", [SileroDetector, EnergyDetector])
@pytest.mark.parametrize("level", [0.0, 0.001, 0.05])
def test_silence_and_steady_noise_are_no_speech(detector: type[SpeechDetector], level: float) -> None:
    noise = (level * np.random.default_rng(1).standard_normal(5 * RATE)).astype(np.float32)
    assert SpeechFinder(detector).find(noise).spans == ()


@pytest.mark.parametrize("detector", [SileroDetector, EnergyDetector])
def test_a_detector_that_is_reset_begins_afresh(detector: type[SpeechDetector], said: Samples) -> None:
    ears = detector()

    def heard() -> list[float]:
        return [ears.probability(said[at : at + FRAME]) for at in range(0, 2 * RATE - FRAME, FRAME)]

    first = heard()
    ears.reset()
    assert heard() == pytest.approx(first)


def test_the_same_text_gives_the_same_sound_sentence_by_sentence() -> None:
    voice = HibariSynthesiser()
    one, other = list(voice.speak(TEXT)), list(voice.speak(TEXT))
    assert len(one) == 2
    assert all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))
    assert all(0.05 < np.abs(piece).max() <= 1 for piece in one)
    assert list(voice.speak(" … ")) == []
