"""Recordings as a recogniser hears them. What was heard is kept, since to hear it again takes a third of the time that it was said in."""

from __future__ import annotations

import hashlib
from pathlib import Path
from threading import Lock

from coach.domain import Frozen
from coach.errors import WeightsError
from coach.models.catalogue import load_catalogue
from coach.settings import Settings
from coach.spoken import Transcript
from coach.wiring import Coach
from eval.bench import Outcome
from eval.kept import Kept
from eval.versions import source_version
from eval.voice.noise import Noise
from eval.voice.speakers import Speaker, fingerprint, spoken

HEARING = (
    "coach.voice.sound", "coach.voice.whisper", "coach.voice.remote", "coach.voice.pieces", "coach.voice.loops", "coach.voice.speech_in",
    "coach.voice.vad",
)  # fmt: skip
SPEAKING = ("eval.voice.speakers", "eval.voice.noise")


class Recording(Frozen):
    """What is heard: the speaker's name, the text, the noise under it, and the words that the recogniser listens for."""

    speaker: str
    text: str
    noise: Noise | None = None
    hints: tuple[str, ...] = ()


class Ears:
    """The coach's recogniser, opened when something has to be heard that was not kept. Safe to share between threads."""

    def __init__(self, coach: Coach, out: Path, *, keep: bool = True) -> None:
        """What is heard is kept in the folder `out`, unless `keep` is off."""
        self.version = hearing_version(coach.settings)
        self._coach, self._lock = coach, Lock()
        self._path = out / "kept" / "transcripts.jsonl" if keep else None
        self._kept: Kept | None = None

    def hear(self, speaker: Speaker, recording: Recording) -> Transcript:
        """The transcript. Raises CoachError when nobody can say it, or hear it."""
        kept = self._opened()
        what = f"{self.version}/{recording.model_dump_json()}{fingerprint(speaker, recording.text)}"
        key = hashlib.sha256(what.encode()).hexdigest()
        known = kept.get(key) if kept is not None else None
        if known is not None:
            return Transcript.model_validate(known.values)
        sound = spoken(speaker, recording.text, recording.noise)
        transcript = self._coach.voice.recogniser.recognise(sound, terms=recording.hints)
        if kept is not None:
            kept.add(key, Outcome(id=f"{recording.speaker}/{recording.text}", values=transcript.model_dump(mode="json")))
        return transcript

    def _opened(self) -> Kept | None:
        """What is kept, read when it is first asked for: by then the benchmarks before this one have added theirs."""
        with self._lock:
            if self._kept is None and self._path is not None:
                self._kept = Kept(self._path)
            return self._kept


def hearing_version(settings: Settings) -> str:
    """What a transcript depends on beside its recording: the recogniser, and the sources of hearing and of speaking."""
    return "-".join((recogniser_version(settings), source_version(*HEARING, *SPEAKING)))


def recogniser_version(settings: Settings) -> str:
    """The recogniser's version, without opening it; of one behind an address its name and the address."""
    try:
        return load_catalogue().find(settings.stt).version
    except WeightsError:
        return f"{settings.stt} {settings.voice_base_url}".strip()
