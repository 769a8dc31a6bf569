"""The word lists and patterns of english.toml, read once: what the rules of this folder know of English."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any


@cache
def _data() -> dict[str, Any]:
    return tomllib.loads((Path(__file__).parent / "english.toml").read_text(encoding="utf-8"))


def word_set(name: str) -> frozenset[str]:
    """The words of a list. Raises KeyError when there is no such list."""
    return frozenset(_data()["words"][name].split())


def past_participles() -> dict[str, str]:
    """The irregular past participles by the verb's base form."""
    return dict(_data()["past_participles"])


def pattern(name: str) -> re.Pattern[str]:
    """A pattern, blind to case. Raises KeyError when there is none of that name."""
    return re.compile("".join(_data()["patterns"][name]), re.IGNORECASE)
