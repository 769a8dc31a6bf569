"""Text to speech: what a synthesiser is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from coach.voice.sound import Samples


class Synthesiser(Protocol):
    """Anything that says a text aloud. `rate` is its samples a second; `name` is model and version."""

    name: str
    rate: int

    def speak(self, text: str) -> Iterator[Samples]:
        """The text as sound, piece by piece as it is made, mono at `rate`. Closing the iterator stops the making.

        Nothing sayable gives no piece. Raises ModelError when a model behind an address does not answer.
        """
