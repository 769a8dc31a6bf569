"""Which answers a benchmark takes where it does not take all."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import TypeVar

Item = TypeVar("Item")


def spread(items: Sequence[Item], groups: Sequence[str], number: int) -> list[Item]:
    """So many of the items, over as many groups as there are: one of each, then a second, the same in every run."""
    turns: dict[str, int] = {}
    ranked: list[tuple[int, int, int, Item]] = []
    for place, (item, group) in enumerate(zip(items, groups, strict=True)):
        turns[group] = turns.get(group, 0) + 1
        ranked.append((turns[group], zlib.crc32(f"{group}/{turns[group]}".encode()), place, item))
    return [item for _, _, _, item in sorted(ranked, key=lambda row: row[:3])[:number]]
