"""Outcomes of earlier runs, kept case by case, so that a run that was interrupted goes on and one that is repeated has nothing to do."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from threading import Lock

from pydantic import ValidationError

from coach.domain import Frozen
from eval.bench import Benchmark, Case, Outcome


class KeptRow(Frozen):
    """A line of the file."""

    key: str
    outcome: Outcome


def key_of(bench: Benchmark, case: Case) -> str:
    """What an outcome is found again by: the SHA-256 of the benchmark's name, its version and the case's content."""
    return hashlib.sha256(json.dumps([bench.name, bench.version, case.content], sort_keys=True).encode()).hexdigest()


class Kept:
    """The outcomes in a JSON Lines file, each written as soon as it is added. Safe to share between threads.

    A last line that was torn off is overwritten by the next outcome; a line that cannot be read counts as not there, so its case is tried
    again.
    """

    def __init__(self, path: Path) -> None:
        """Read what earlier runs left."""
        self._path, self._lock = path, Lock()
        self._known: dict[str, Outcome] = {}
        self._torn_at: int | None = None  # where the torn line begins, in bytes
        if path.exists():
            self._read()

    def get(self, key: str) -> Outcome | None:
        """The outcome under this key, if there is one."""
        return self._known.get(key)

    def add(self, key: str, outcome: Outcome) -> None:
        """Keep an outcome. Raises OSError."""
        line = json.dumps(KeptRow(key=key, outcome=outcome).model_dump()) + "\n"
        with self._lock:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("ab") as file:
                if self._torn_at is not None:
                    file.truncate(self._torn_at)
                    self._torn_at = None
                file.write(line.encode())
            self._known[key] = outcome

    def _read(self) -> None:
        end = 0
        for line in self._path.read_bytes().splitlines(keepends=True):
            if not line.endswith(b"\n"):
                self._torn_at = end
                break
            end += len(line)
            try:
                row = KeptRow.model_validate(json.loads(line))
            except (ValueError, ValidationError):
                continue
            self._known[row.key] = row.outcome
