"""How much memory is held."""

from __future__ import annotations

import psutil


def memory_mb(pid: int | None = None) -> float:
    """Resident memory of a process and its children, in MB; of this one unless another is named."""
    here = psutil.Process(pid)
    return float(sum(process.memory_info().rss for process in [here, *here.children(recursive=True)])) / 1e6
