"""How much is heard at once."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import numpy as np
import pytest

from coach.errors import ModelError
from coach.spoken import Transcript
from coach.voice.gate import Gate, GatedRecogniser
from coach.voice.sound import Samples

SOUND = np.zeros(1600, np.float32)


class Slow:
    """Hears nothing, and only when it is let."""

    name = "slow"

    def __init__(self) -> None:
        self.begun, self.go_on = threading.Semaphore(0), threading.Event()

    def recognise(self, samples: Samples, *, terms: Sequence[str] = (), quick: bool = False) -> Transcript:
        self.begun.release()
        assert self.go_on.wait(10)
        return Transcript(words=(), seconds=len(samples) / 16_000, speech=0)


def in_the_background(recogniser: GatedRecogniser, heard: list[Transcript]) -> threading.Thread:
    thread = threading.Thread(target=lambda: heard.append(recogniser.recognise(SOUND)))
    thread.start()
    return thread


def test_a_quick_look_is_dropped_where_it_would_have_to_wait() -> None:
    slow, heard = Slow(), list[Transcript]()
    recogniser = GatedRecogniser(slow, Gate(at_once=1, waiting=4))
    thread = in_the_background(recogniser, heard)
    assert slow.begun.acquire(timeout=10)
    with pytest.raises(ModelError, match="Try again"):
        recogniser.recognise(SOUND, quick=True)
    slow.go_on.set()
    thread.join(10)
    assert len(heard) == 1
    assert recogniser.recognise(SOUND, quick=True).words == ()


def test_what_counts_waits_and_when_too_many_wait_is_told_so() -> None:
    slow, heard = Slow(), list[Transcript]()
    gate = Gate(at_once=1, waiting=1)
    recogniser = GatedRecogniser(slow, gate)
    threads = [in_the_background(recogniser, heard)]
    assert slow.begun.acquire(timeout=10)
    threads.append(in_the_background(recogniser, heard))
    while gate.waiting < 1:
        threading.Event().wait(0.01)
    with pytest.raises(ModelError, match="Too many people"):
        recogniser.recognise(SOUND)
    slow.go_on.set()
    for thread in threads:
        thread.join(10)
    assert len(heard) == 2
    assert gate.waiting == 0
