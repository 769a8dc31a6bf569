"""Sound files read and written, rates changed."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coach.errors import DocumentError
from coach.voice import sound
from coach.voice.sound import RATE, Samples, clipped, from_int16, read_sound, resample, to_int16, wav_bytes, write_wav


def tone(seconds: float, rate: int = RATE, hertz: float = 440.0) -> Samples:
    return (0.5 * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate)).astype(np.float32)


def encoded(path: Path, codec: str, rate: int, *, channels: int = 1) -> Path:
    """One second of a tone, as another program would have written it."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=rate, layout="stereo" if channels == 2 else "mono")
        plane = tone(1.0, rate)
        frame = av.AudioFrame.from_ndarray(np.stack([plane] * channels), format="fltp", layout="stereo" if channels == 2 else "mono")
        frame.sample_rate = rate
        resampler = av.AudioResampler(format=stream.codec_context.format, layout=frame.layout, rate=rate, frame_size=stream.frame_size)
        for given_frame in (frame, None):
            for piece in resampler.resample(given_frame):
                container.mux(stream.encode(piece))
        container.mux(stream.encode(None))
    return path


def pitch(samples: Samples) -> float:
    middle = samples[len(samples) // 4 : -len(samples) // 4]
    return float(np.argmax(np.abs(np.fft.rfft(middle))) * RATE / len(middle))


@pytest.mark.parametrize(
    ("name", "codec", "rate", "channels"),
    [("a.wav", "pcm_s16le", 44_100, 2), ("a.webm", "libopus", 48_000, 1), ("a.mp3", "libmp3lame", 44_100, 2), ("a.m4a", "aac", 48_000, 1)],
)
def test_any_usual_format_is_read_as_16_khz_mono(tmp_path: Path, name: str, codec: str, rate: int, channels: int) -> None:
    samples = read_sound(encoded(tmp_path / name, codec, rate, channels=channels))
    assert len(samples) / RATE == pytest.approx(1.0, abs=0.08)
    assert pitch(samples) == pytest.approx(440, abs=5)
    assert samples.dtype == np.float32


def test_what_was_written_is_read_again(tmp_path: Path) -> None:
    write_wav(tmp_path / "a.wav", tone(0.5), RATE)
    assert np.abs(read_sound(tmp_path / "a.wav") - tone(0.5)).max() < 1e-3


@pytest.mark.parametrize("data", [b"", b"Not a recording but a letter.", bytes(range(256)) * 40])
def test_what_is_no_sound_is_said_to_be_none(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.wav").write_bytes(data)
    with pytest.raises(DocumentError, match=r"a\.wav .*sound.*\. "):
        read_sound(tmp_path / "a.wav")


def test_a_file_that_is_not_there_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match=r"not there\. Check the path"):
        read_sound(tmp_path / "a.wav")


def test_a_recording_without_a_sample_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(wav_bytes(tone(0), RATE))
    with pytest.raises(DocumentError, match="no sound at all"):
        read_sound(tmp_path / "a.wav")


def test_a_recording_that_is_too_long_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sound, "MAX_MINUTES", 0.01)
    write_wav(tmp_path / "a.wav", tone(2.0), RATE)
    with pytest.raises(DocumentError, match="longer than"):
        read_sound(tmp_path / "a.wav")


@pytest.mark.parametrize(("before", "after"), [(24_000, RATE), (RATE, 48_000), (RATE, RATE)])
def test_another_rate_keeps_length_and_pitch(before: int, after: int) -> None:
    made = resample(tone(1.0, before), before, after)
    assert len(made) == pytest.approx(after, abs=64)
    assert pitch(made) * after / RATE == pytest.approx(440, abs=5)


@given(st.binary(max_size=200))
def test_integers_survive_being_samples(data: bytes) -> None:
    whole = data[: len(data) // 2 * 2]
    again = np.frombuffer(to_int16(from_int16(data)), "<i2").astype(int)
    assert np.abs(again - np.maximum(np.frombuffer(whole, "<i2").astype(int), -32_767)).max(initial=0) == 0


def test_clipping_is_the_share_of_samples_at_full_scale() -> None:
    assert clipped(tone(1.0)) == 0
    assert clipped(np.clip(tone(1.0) * 20, -1, 1)) > 0.5
    assert clipped(tone(0)) == 0
