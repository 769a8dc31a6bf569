"""What a run was of: the source, the machine, the corpus."""

from __future__ import annotations

import hashlib
import os
import platform
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import psutil

from coach.store import Store
from eval.bench import About, Benchmark

ROOT = Path(__file__).parent.parent
DIGITS = 12  # of a hash


class Start(NamedTuple):
    """When a run began, and by what command."""

    command: str
    at: datetime

    @classmethod
    def now(cls, command: str) -> Start:
        """A run that begins now."""
        return cls(command, datetime.now(UTC))


def about(start: Start, store: Store, benchmarks: Mapping[str, Benchmark]) -> About:
    """What a run of these benchmarks was of, once it is over."""
    return About(
        command=start.command,
        started=start.at.isoformat(timespec="seconds"),
        seconds=round((datetime.now(UTC) - start.at).total_seconds(), 1),
        commit=commit(),
        machine=machine(),
        corpus=corpus_of(store),
        subjects={name: {**bench.versions, "version": bench.version} for name, bench in benchmarks.items()},
    )


def corpus_of(store: Store) -> str:
    """A hash of every document of the library."""
    rows = sorted((row.bank, row.name, row.sha256) for row in store.documents())
    return hashlib.sha256(repr(rows).encode()).hexdigest()[:DIGITS]


def commit(root: Path = ROOT) -> str | None:
    """The commit of the checkout, with `+` when the work tree differs from it; None where there is no checkout of its own, or no git."""
    if not (root / ".git").exists():
        return None
    head = _git(root, "rev-parse", f"--short={DIGITS}", "HEAD")
    if head is None:
        return None
    return head + ("+" if _git(root, "status", "--porcelain") else "")


def machine() -> str:
    """Processor, cores, memory, system and Python, in one line."""
    memory = round(psutil.virtual_memory().total / 1e9)
    system = f"{platform.system()} {platform.release()}"
    return f"{_processor()}, {os.cpu_count()} cores, {memory} GB, {system}, Python {platform.python_version()}"


def _git(root: Path, *arguments: str) -> str | None:
    try:
        done = subprocess.run(["git", "-C", str(root), *arguments], capture_output=True, text=True, timeout=30, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()


def _processor() -> str:
    """The processor's name; on Linux the platform module knows no more than its architecture."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8", errors="replace").splitlines() if info.exists() else []
    named = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")
    return named or platform.processor() or platform.machine()
