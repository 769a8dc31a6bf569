"""Speech to text: what a recogniser is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from coach.spoken import Transcript
from coach.voice.sound import Samples


class Recogniser(Protocol):
    """Anything that turns sound into words with times. `name` is model and version, and goes into every transcript."""

    name: str

    def recognise(self, samples: Samples, *, terms: Sequence[str] = (), quick: bool = False) -> Transcript:
        """What was said in `samples` (16 kHz mono), listening for `terms`, the domain words that are likely to come.

        `quick` is for a partial transcript while somebody still speaks: cheaper, perhaps less right. The transcript's times are those of
        `samples`; its `speech` and `clipped` are filled. Sound that a detector has not marked as speech gives no words.
        Raises ModelError when a model behind an address does not answer.
        """
