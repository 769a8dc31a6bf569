"""How much memory is held."""

from __future__ import annotations

import psutil


def memory_mb() -> float:
    """Resident memory of this process and its children, in MB."""
    here = psutil.Process()
    return float(sum(process.memory_info().rss for process in [here, *here.children(recursive=True)])) / 1e6
