"""Words that come round and round: what a recogniser writes when it has lost the thread. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TypeVar

TIMES = 4  # somebody who stammers says a word three times
LONGEST = 8  # words in what is repeated
PHRASE = 4  # words that hardly anybody says twice within a few seconds

Item = TypeVar("Item")


def repeats(text: str) -> bool:
    """Whether a text says a phrase twice, or a word again and again: worth hearing again, since a recogniser may have lost the thread."""
    words = _plain(text.split())
    phrases = [tuple(words[at : at + PHRASE]) for at in range(len(words) - PHRASE + 1)]
    return len(set(phrases)) < len(phrases) or _first_loop(words) is not None


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
