"""Sound as numbers: read from a file, brought to another rate, written as WAV.

Samples are float32 in -1..1, one channel. What is recognised has `RATE` samples a second.
"""

from __future__ import annotations

import io
import wave
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from coach.errors import DocumentError
from coach.voice.extra import require

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Samples: TypeAlias = NDArray[np.float32]
else:
    Samples: TypeAlias = "NDArray[np.float32]"  # numpy is imported where it is used

RATE = 16_000
MAX_MINUTES = 30  # a longer recording is no answer, and would take hundreds of megabytes
FULL = 0.999  # what counts as full scale
_FULL_SCALE = 32_767


def read_sound(path: Path) -> Samples:
    """A sound file of any usual format at `RATE`, its channels mixed into one.

    Raises DocumentError for what is no sound, holds none, is damaged or longer than `MAX_MINUTES`; UsageError without the extra `voice`.
    """
    require()
    import av
    import numpy as np

    resampler = av.AudioResampler(format="fltp", layout="mono", rate=RATE)
    pieces: list[Samples] = []
    count = 0
    try:
        with av.open(str(path), mode="r", metadata_errors="ignore") as container:
            if not container.streams.audio:
                raise DocumentError(f"{path.name} has no sound in it. Give a recording, such as a WAV, MP3, M4A or WebM file.")
            for frame in container.decode(audio=0):
                for piece in resampler.resample(frame):
                    pieces.append(piece.to_ndarray().reshape(-1).astype(np.float32))
                    count += len(pieces[-1])
                if count > MAX_MINUTES * 60 * RATE:
                    raise DocumentError(f"{path.name} is longer than {MAX_MINUTES} minutes. Cut it, and give the piece that matters.")
            for piece in resampler.resample(None):
                pieces.append(piece.to_ndarray().reshape(-1).astype(np.float32))
    except FileNotFoundError as error:
        raise DocumentError(f"{path} is not there. Check the path.") from error
    except (av.FFmpegError, OSError) as error:
        reason = getattr(error, "strerror", None) or error
        raise DocumentError(f"{path.name} cannot be read as sound ({reason}). Give a WAV, MP3, M4A, Ogg or WebM file.") from error
    if not pieces or not sum(map(len, pieces)):
        raise DocumentError(f"{path.name} holds no sound at all. Record it again.")
    return np.clip(np.concatenate(pieces), -1.0, 1.0)


def resample(samples: Samples, from_rate: int, to_rate: int) -> Samples:
    """The same sound at another rate, by FFmpeg's band-limited resampler. Raises UsageError without the extra `voice`."""
    if from_rate == to_rate or not len(samples):
        return samples
    require()
    import av
    import numpy as np

    frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples, dtype=np.float32)[np.newaxis], format="fltp", layout="mono")
    frame.sample_rate = from_rate
    resampler = av.AudioResampler(format="fltp", layout="mono", rate=to_rate)
    pieces = [piece.to_ndarray().reshape(-1).astype(np.float32) for given in (frame, None) for piece in resampler.resample(given)]
    made: Samples = np.clip(np.concatenate(pieces), -1.0, 1.0)
    return made


def clipped(samples: Samples) -> float:
    """The share of samples at full scale, 0 to 1: a microphone that is turned up too far."""
    import numpy as np

    return float(np.mean(np.abs(samples) >= FULL)) if len(samples) else 0.0


def to_int16(samples: Samples) -> bytes:
    """Samples as 16-bit little-endian integers, as WAV files and the page's sockets carry them."""
    import numpy as np

    return (np.clip(samples, -1.0, 1.0) * _FULL_SCALE).round().astype("<i2").tobytes()


def from_int16(data: bytes) -> Samples:
    """What `to_int16` makes, as samples again; an odd last byte is left out."""
    import numpy as np

    whole = np.frombuffer(data, dtype="<i2", count=len(data) // 2).astype(np.float32)
    return whole / np.float32(_FULL_SCALE)


def wav_bytes(samples: Samples, rate: int) -> bytes:
    """A 16-bit WAV file in memory."""
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(to_int16(samples))
    return buffer.getvalue()


def write_wav(path: Path, samples: Samples, rate: int) -> None:
    """Write a 16-bit WAV file. Raises OSError."""
    path.write_bytes(wav_bytes(samples, rate))
