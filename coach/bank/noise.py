"""What surrounds the content of a scraped page: advertisements, testimonials, prices, navigation. Told by features, block by block."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import NamedTuple

from coach.bank.sentences import words


class Noise(NamedTuple):
    """Why a block is no content, and how sure that is: from 2 on its own, 1 is a hint that needs company."""

    reason: str
    strength: int


@cache
def _features() -> tuple[tuple[str, int, re.Pattern[str]], ...]:
    data = tomllib.loads((Path(__file__).parent / "noise.toml").read_text(encoding="utf-8"))
    flags = re.IGNORECASE | re.MULTILINE
    return tuple((feature["reason"], feature["strength"], re.compile("".join(feature["pattern"]), flags)) for feature in data["feature"])


_LOOKED_AT = 3000  # characters of a block
_SHORT = 30  # words; a longer block is content unless several features meet in it


def noise_of(text: str) -> Noise | None:
    """What makes a block look like noise, its strength summed (two hints are as good as one sign); None when nothing does."""
    text = text[:_LOOKED_AT]
    length = len(words(text))
    total, reason, strongest = 0, "", 0
    for name, strength, pattern in _features():
        if pattern.search(text):
            weight = 1 if strength == 2 and length > _SHORT else strength
            total += weight
            if weight > strongest:
                reason, strongest = name, weight
    return Noise(reason, total) if total else None


def is_noise(text: str) -> bool:
    """Whether a block is noise on its own: one clear sign in a short block, or several that meet in a long one."""
    noise = noise_of(text)
    return noise is not None and noise.strength >= 2
