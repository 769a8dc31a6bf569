"""How much is heard at once: a recogniser behind a gate that lets few in, and keeps no queue for what is only for show."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import BoundedSemaphore, Lock

from coach.errors import ModelError
from coach.spoken import Transcript
from coach.voice.sound import Samples
from coach.voice.stt import Recogniser


class Gate:
    """Lets `at_once` recognitions run, and `waiting` more wait for them. Shared by all recognisers of the machine."""

    def __init__(self, at_once: int, waiting: int) -> None:
        self._slots, self._lock = BoundedSemaphore(at_once), Lock()
        self.waiting, self._most = 0, waiting

    @contextmanager
    def passed(self, *, quick: bool) -> Iterator[None]:
        """Run the block when there is room. Raises ModelError when too many wait, or for a quick one when it would have to wait."""
        if not self._slots.acquire(blocking=False):
            if quick:
                raise ModelError("Another recording is being recognised just now. Try again in a moment.")
            self._wait()
        try:
            yield
        finally:
            self._slots.release()

    def _wait(self) -> None:
        with self._lock:
            if self.waiting >= self._most:
                raise ModelError("Too many people are speaking with this coach at once. Try again in a moment, or type your answer.")
            self.waiting += 1
        try:
            self._slots.acquire()
        finally:
            with self._lock:
                self.waiting -= 1


class GatedRecogniser:
    """A recogniser behind a gate."""

    def __init__(self, recogniser: Recogniser, gate: Gate) -> None:
        self._recogniser, self._gate = recogniser, gate
        self.name = recogniser.name

    def recognise(self, samples: Samples, *, terms: Sequence[str] = (), quick: bool = False) -> Transcript:
        """See the protocol. A quick one raises ModelError rather than wait, and any when too many wait already."""
        with self._gate.passed(quick=quick):
            return self._recogniser.recognise(samples, terms=terms, quick=quick)
