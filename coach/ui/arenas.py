"""What the C library keeps of the memory that many threads ask for."""

from __future__ import annotations

import ctypes
import platform
import sys

M_ARENA_MAX = -8  # of glibc's malloc.h
ARENAS = 2


def share_arenas() -> None:
    """Have all threads share a few arenas, where the C library is glibc.

    By itself it gives every thread its own, up to eight a core, and each keeps what its thread has needed at most: with models that run
    in many threads that is hundreds of megabytes. See mallopt(3).
    """
    if sys.platform == "linux" and platform.libc_ver()[0] == "glibc":
        ctypes.CDLL(None).mallopt(M_ARENA_MAX, ARENAS)
