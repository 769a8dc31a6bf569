"""Words that come round and round: what a recogniser writes when it has lost the thread. Pure."""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from typing import TypeVar

TIMES = 4  # somebody who stammers says a word three times
LONGEST = 8  # words in what is repeated
TIGHT = 2.4  # Whisper's own threshold: text that shrinks more when it is packed repeats itself

Item = TypeVar("Item")


def looped(text: str) -> bool:
    """Whether a text repeats itself as nobody does who speaks."""
    data = text.encode()
    return len(data) / len(zlib.compress(data)) > TIGHT if _first_loop(_plain(text.split())) is None else True


def without_loop(words: Sequence[Item], texts: Sequence[str]) -> list[Item]:
    """The words (their texts beside them) up to a loop and once through it; what follows cannot be trusted."""
    found = _first_loop(_plain(texts))
    return list(words) if found is None else list(words[: found[0] + found[1]])


def _plain(texts: Sequence[str]) -> list[str]:
    return [re.sub(r"\W+", "", text).casefold() for text in texts]


def _first_loop(words: Sequence[str]) -> tuple[int, int] | None:
    """Where the first loop starts, and how many words it repeats."""
    for start in range(len(words)):
        for size in range(1, LONGEST + 1):
            end = start + size * TIMES
            if end > len(words):
                break
            if all(words[at] == words[at + size] for at in range(start, end - size)):
                return start, size
    return None
