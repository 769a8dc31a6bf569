"""The memory that many threads share."""

from __future__ import annotations

import os
import platform
import subprocess
import sys

import pytest

GLIBC = sys.platform == "linux" and platform.libc_ver()[0] == "glibc"
# Prints the arenas of 24 threads that ask for memory at the same time, with arenas of their own and with shared ones.
SCRIPT = """
import sys, threading
from coach.ui.arenas import share_arenas
if sys.argv[1] == "shared":
    share_arenas()
import ctypes
libc = ctypes.CDLL(None)
libc.malloc.restype, libc.malloc.argtypes = ctypes.c_void_p, [ctypes.c_size_t]
together = threading.Barrier(24)
def hold():
    together.wait()
    libc.malloc(100)
    together.wait()
threads = [threading.Thread(target=hold) for _ in range(24)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
libc.malloc_info(0, ctypes.c_void_p.in_dll(libc, "stdout"))
libc.fflush(None)
"""


@pytest.mark.skipif(not GLIBC, reason="only glibc has arenas")
def test_threads_share_a_few_arenas() -> None:
    arenas = {
        how: subprocess.run(
            [sys.executable, "-c", SCRIPT, how], capture_output=True, text=True, check=True, env={**os.environ, "MALLOC_ARENA_MAX": ""}
        ).stdout.count("<heap nr=")
        for how in ("own", "shared")
    }
    assert arenas["shared"] <= 2 < arenas["own"]
