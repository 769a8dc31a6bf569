"""A figure that a run had to reach and did not."""

from __future__ import annotations

from typing import NamedTuple


class Missed(NamedTuple):
    """The benchmark, the metric, and in a sentence what was wanted and what came."""

    bench: str
    metric: str
    sentence: str
