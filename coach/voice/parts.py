"""The speech models by the settings, each made when it is first asked for, once, and shared between sessions."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from coach.errors import CoachError, UsageError
from coach.voice.extra import require
from coach.voice.gate import Gate, GatedRecogniser
from coach.voice.sound import RATE, resample
from coach.voice.speech_in import SpeechFinder
from coach.voice.vad import SileroDetector, SpeechDetector

if TYPE_CHECKING:
    from coach.models.weights import Listener
    from coach.settings import Settings
    from coach.voice.stt import Recogniser
    from coach.voice.tts import Synthesiser

AT_ONCE = max(1, min(2, os.cpu_count() or 1))  # recognitions; each has the threads that the settings allow
WAITING = 8
REMOTE = "openai:"


class VoiceParts:
    """Everything that hears and speaks. Safe to share between threads.

    Each part raises UsageError without the extra `voice` or for a name that is none, WeightsError when a model cannot be fetched,
    ModelError when a key is missing.
    """

    def __init__(
        self,
        settings: Settings,
        progress: Listener | None = None,
        cancelled: Callable[[], bool] = lambda: False,
        settled: Callable[[CoachError | None], None] = lambda error: None,
    ) -> None:
        """Make nothing yet. `progress` hears of weights that are fetched, `settled` that a recogniser is there or why it is not."""
        self._settings, self._progress, self._cancelled, self._settled = settings, progress, cancelled, settled
        self._lock, self._warming = threading.RLock(), threading.Lock()
        self._warm = False
        self._gate = Gate(AT_ONCE, WAITING)
        self._finder = SpeechFinder(SileroDetector)
        self._recognisers: dict[str, GatedRecogniser] = {}
        self._synthesiser: Synthesiser | None = None

    @property
    def recogniser(self) -> Recogniser:
        """For what counts: it listens for terms, and its words have times."""
        return self._recogniser(self._settings.stt)

    @property
    def quick(self) -> Recogniser:
        """For what is shown while they speak; the same as `recogniser` where the settings name one model for both."""
        return self._recogniser(self._settings.stt_quick)

    @property
    def synthesiser(self) -> Synthesiser | None:
        """The coach's voice; None where the browser's own is to speak (COACH_TTS=none)."""
        with self._lock:
            if self._synthesiser is None and self._settings.tts != "none":
                self._synthesiser = self._make_synthesiser()
            return self._synthesiser

    def detector(self) -> SpeechDetector:
        """A detector of one's own."""
        return SileroDetector()

    def warm(self) -> None:
        """Make everything, and use what is on this machine once: a model's first run takes longer than the others."""
        with self._warming:  # whoever comes meanwhile waits
            if not self._warm:
                self._try_all()
                self._warm = True

    def _try_all(self) -> None:
        import numpy as np

        synthesiser, recognisers = self.synthesiser, {self.recogniser, self.quick}
        if self._settings.tts == "hibari" and synthesiser is not None:
            said = resample(np.concatenate(list(synthesiser.speak("Ready when you are."))), synthesiser.rate, RATE)
            for recogniser in recognisers:
                if not recogniser.name.startswith(REMOTE):
                    recogniser.recognise(said)

    def _recogniser(self, name: str) -> Recogniser:
        with self._lock:
            if name not in self._recognisers:
                try:
                    self._recognisers[name] = GatedRecogniser(self._make_recogniser(name), self._gate)
                except CoachError as error:
                    self._settled(error)
                    raise
                self._settled(None)
            return self._recognisers[name]

    def _make_recogniser(self, name: str) -> Recogniser:
        require()
        if name.startswith(REMOTE):
            from coach.voice.remote import RemoteRecogniser

            return RemoteRecogniser(name.removeprefix(REMOTE), self._settings, self._finder)
        from coach.models import weights
        from coach.models.catalogue import load_catalogue
        from coach.voice.whisper import WhisperRecogniser

        entry = load_catalogue().find(name)
        if entry.kind != "speech-to-text":
            raise UsageError(
                f"{entry.name} is no model that hears. Use one of the kind speech-to-text in `coach models list`, or openai:NAME."
            )
        folder = weights.pull(entry.name, self._settings, self._progress, self._cancelled)
        return WhisperRecogniser(folder, self._finder, version=entry.version, threads=self._settings.threads)

    def _make_synthesiser(self) -> Synthesiser:
        if self._settings.tts.startswith(REMOTE):
            from coach.voice.remote import RemoteSynthesiser

            return RemoteSynthesiser(self._settings.tts.removeprefix(REMOTE), self._settings)
        if self._settings.tts != "hibari":
            raise UsageError(f"{self._settings.tts!r} is no voice. Set COACH_TTS to hibari, none or openai:NAME.")
        from coach.voice.hibari import HibariSynthesiser

        return HibariSynthesiser()
