"""Shares of cases, with intervals: how many of those that could did."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from eval.metrics import Metric, by_question

Flag = tuple[str, bool]  # what the case is about, and whether it holds there


def share_of(flags: Iterable[Flag]) -> Metric:
    """The share of the flags that are up, resampled by what they are about; not a number where there are none."""
    found = list(flags)
    if not found:
        return Metric(float("nan"), None, None, 0)
    up = np.array([flag for _, flag in found], dtype=float)
    return by_question(lambda i: float(up[i].mean()), [about for about, _ in found])
