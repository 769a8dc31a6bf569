"""Who speaks the recordings: synthetic voices of several makers, each where it is installed, and whoever left recordings in a folder."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import tempfile
import zlib
from collections import Counter
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np

from coach.errors import CoachError, UsageError
from coach.voice.extra import require
from coach.voice.sound import RATE, Samples, read_sound, resample
from coach.voice.vad import FRAME, SileroDetector
from eval.voice.noise import Noise, babble, mixed, pink
from eval.voice.script import file_of
from eval.voice.text import sayable

Engine = Literal["hibari", "flite", "espeak", "folder"]
LEAD, TAIL = 0.4, 0.6  # seconds of silence around what is said
LOUDEST = 0.5  # of full scale
BED = (
    "The others in the room were talking about the weather and about where to have lunch.",
    "She said that the train had been late again, and nobody knew why.",
    "We could move the meeting to Thursday, if that suits you better.",
    "There is a new place around the corner that makes very good soup.",
)  # what the babble says
SEED = 1  # of the breath in hibari's voice
QUIET = 0.01  # of full scale: below it a recording's edges are cut off
SPEECH = 0.5  # probability above which a frame of what a person recorded is speech …
AROUND = 3  # … and frames around these that may be its breath and its last consonant


class Speaker(NamedTuple):
    """A voice, and what makes it. `natural` is off for one that people would hardly understand either; its figures stand apart.

    One that was recorded has its files in a `folder`, named as `eval.voice.script` lists them.
    """

    name: str
    engine: Engine
    natural: bool = True
    folder: Path | None = None


OWN = Speaker("hibari", "hibari")  # the coach's own voice, which is always here
SPEAKERS = (
    OWN,
    Speaker("slt", "flite"),
    Speaker("rms", "flite"),
    Speaker("awb", "flite"),
    Speaker("kal16", "flite", natural=False),
    Speaker("espeak", "espeak", natural=False),
)
COMMANDS = {"flite": "flite", "espeak": "espeak-ng"}


def speakers(names: Sequence[str] = ()) -> list[Speaker]:
    """The speakers of these names, or in these folders; without names the natural ones that are installed.

    Raises UsageError for a name that is none, or that two have, or whose program is missing, and without the extra `voice`.
    """
    require()
    known = {speaker.name: speaker for speaker in SPEAKERS}
    folders = {name: Path(name).resolve() for name in names if name not in known and Path(name).is_dir()}
    known |= {name: Speaker(folder.name, "folder", folder=folder) for name, folder in folders.items()}
    if unknown := [name for name in names if name not in known]:
        raise UsageError(f"There is no voice {unknown[0]!r}. There are: {', '.join(known)}; and any folder of recordings.")
    if not names:
        return [speaker for speaker in SPEAKERS if speaker.natural and _is_here(speaker)]
    chosen = [known[name] for name in names]
    if twice := [name for name, count in Counter(speaker.name for speaker in chosen).items() if count > 1]:
        raise UsageError(f"Two of the voices are called {twice[0]}. Rename a folder: figures are told apart by these names.")
    if absent := [speaker for speaker in chosen if not _is_here(speaker)]:
        command = COMMANDS[absent[0].engine]
        raise UsageError(f"The voice {absent[0].name} needs {command}: sudo apt-get install {command}")
    return chosen


def spoken(speaker: Speaker, text: str, noise: Noise | None = None) -> Samples:
    """A text as this speaker says it: 16 kHz mono, silence around it, noise under all of it where asked for; the same each time.

    Raises CoachError when the speaker cannot.
    """
    speech = said(speaker, text)
    sound = np.concatenate([silence(LEAD), speech, silence(TAIL)])
    if noise is None:
        return sound
    rng = np.random.default_rng(zlib.crc32(f"{speaker.name}/{text}/{noise}".encode()))
    bed = pink(len(sound), rng) if noise == "pink" else babble(len(sound), _bed(speaker), rng)
    return mixed(sound, bed)


def said(speaker: Speaker, text: str) -> Samples:
    """The same without silence around it. Raises CoachError."""
    match speaker.engine:
        case "hibari":
            samples = _by_hibari(sayable(text))
        case "folder":
            samples = _speech_in(read_sound(_recording(speaker, text)))
        case _:
            samples = _by_command(speaker, sayable(text))
    loud = np.flatnonzero(np.abs(samples) > QUIET * np.abs(samples).max(initial=0.0))
    if not len(loud):
        raise CoachError(f"The voice {speaker.name} made no sound of {text!r}.")
    cut = samples[loud[0] : loud[-1] + 1]
    return np.asarray(cut * (LOUDEST / np.abs(cut).max()), dtype=np.float32)


def fingerprint(speaker: Speaker, text: str) -> str:
    """What a recording that somebody made depends on beside its text; nothing for a synthesiser's, which is the same each time.

    Raises CoachError when there is none.
    """
    return "" if speaker.folder is None else hashlib.sha256(_recording(speaker, text).read_bytes()).hexdigest()[:16]


def spoken_by(speaker: Speaker, *texts: str) -> dict[str, str]:
    """The part of a case's content that says who speaks, and tells recordings of these texts from others. Raises CoachError."""
    prints = [fingerprint(speaker, text) for text in texts]
    return {"voice": speaker.name} | ({"recorded": "-".join(prints)} if any(prints) else {})


def silence(seconds: float) -> Samples:
    """Nothing but the faint hiss of a microphone, the same each time."""
    rng = np.random.default_rng(round(seconds * RATE))
    return np.asarray(rng.standard_normal(round(seconds * RATE)) * 1e-4, dtype=np.float32)


@lru_cache(maxsize=len(SPEAKERS))
def _bed(speaker: Speaker) -> tuple[Samples, ...]:
    talkers = OWN if speaker.engine == "folder" else speaker
    return tuple(said(talkers, text) for text in BED)


def _speech_in(samples: Samples) -> Samples:
    """A recording from its first word to its last: what the room sounds like before and after is not the speaker's."""
    detector = SileroDetector()
    frames = [samples[at : at + FRAME] for at in range(0, len(samples) - FRAME + 1, FRAME)]
    heard = [number for number, frame in enumerate(frames) if detector.probability(frame) > SPEECH]
    if not heard:
        return samples[:0]
    return samples[max(0, heard[0] - AROUND) * FRAME : (heard[-1] + 1 + AROUND) * FRAME]


def _recording(speaker: Speaker, text: str) -> Path:
    """The file in which this text was recorded."""
    assert speaker.folder is not None
    path = speaker.folder / file_of(text)
    if not path.is_file():
        raise CoachError(
            f"{path} is not there. `python -m eval.voice.script {speaker.folder}` lists what is to be read, and into which file."
        )
    return path


def _is_here(speaker: Speaker) -> bool:
    return speaker.engine in ("hibari", "folder") or shutil.which(COMMANDS[speaker.engine]) is not None


def _by_command(speaker: Speaker, text: str) -> Samples:
    with tempfile.TemporaryDirectory() as folder:
        words, sound = Path(folder) / "text", Path(folder) / "sound.wav"
        words.write_text(text, encoding="utf-8")
        voice = ["-voice", speaker.name, "-f", str(words), "-o", str(sound)]
        own = voice if speaker.engine == "flite" else ["-v", "en-gb", "-s", "150", "-f", str(words), "-w", str(sound)]
        try:
            subprocess.run([COMMANDS[speaker.engine], *own], check=True, capture_output=True, timeout=120)
        except (OSError, subprocess.SubprocessError) as error:
            raise CoachError(f"The voice {speaker.name} could not say {text!r} ({error}).") from error
        return read_sound(sound)


def _by_hibari(text: str) -> Samples:
    return _hibari()(text)


@lru_cache(maxsize=1)
def _hibari() -> Callable[[str], Samples]:
    from hibari import SAMPLE_RATE, Hibari

    model = Hibari()

    def say(text: str) -> Samples:
        return resample(np.asarray(model(text, seed=SEED), dtype=np.float32), SAMPLE_RATE, RATE)

    return say
