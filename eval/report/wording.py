"""How figures and amounts are written for people: one place for the page and the Markdown."""

from __future__ import annotations

import math
from collections.abc import Iterable

from eval.metrics import Metric


def number(value: float | None) -> str:
    """`0.912`, `1,280`, `441`; a dash where there is no number."""
    if value is None or not math.isfinite(value):
        return "–"
    if abs(value) >= 1000 or (abs(value) >= 10 and value == round(value)):
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 100 else f"{value:.3f}"


def between(metrics: Iterable[Metric]) -> str:
    """What `interval` gives of these figures, as a heading."""
    ranged = {metric.ranged for metric in metrics if metric.low is not None}
    if ranged == {True}:
        return "least to most"
    return "95 % interval" if True not in ranged else "95 % interval, or least to most"


def interval(metric: Metric) -> str:
    """`0.881 to 0.934`; nothing where there is none."""
    known = metric.low is not None and metric.high is not None
    return f"{number(metric.low)} to {number(metric.high)}" if known else ""


def percent(share: float, digits: int = 0) -> str:
    """A share of 1 as `38 %`."""
    return f"{100 * share:.{digits}f} %"


def milliseconds(value: float) -> str:
    """`4.2 ms`, `180 ms`, `1.3 s`."""
    if value >= 1000:
        return f"{value / 1000:,.1f} s"
    return f"{value:.0f} ms" if value >= 10 else f"{value:.1f} ms"


def duration(seconds: float) -> str:
    """`40 s`, `3 min`, `1.5 h`."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 90 * 60 else f"{seconds / 3600:.1f} h"


def count(amount: int, noun: str) -> str:
    """`1 case`, `2 cases`."""
    return f"{amount:,} {noun if amount == 1 else noun + 's'}"


def time(started: str) -> str:
    """A time in UTC, ISO 8601, to the minute: `2026-01-31 12:00 UTC`."""
    return f"{started[:16].replace('T', ' ')} UTC"


def shortened(text: str, most: int) -> str:
    """The text on one line, only what can be printed, cut after this many characters."""
    line = " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"
