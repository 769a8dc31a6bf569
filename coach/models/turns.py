"""A queue in which each waits for its turn, first come first served."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

from coach.errors import ModelError


class Turns:
    """One at a time. A turn belongs to whoever holds the context, not to a thread: a generator may move between threads."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._line: deque[object] = deque()

    @property
    def waiting(self) -> int:
        """How many wait for the one whose turn it is."""
        return max(0, len(self._line) - 1)

    @contextmanager
    def take(self, stop: threading.Event | None = None) -> Iterator[None]:
        """Wait until everybody before us is done. ModelError when `stop` is set while we wait."""
        ticket = object()
        with self._changed:
            self._line.append(ticket)
        try:
            while self._place(ticket):
                if stop and stop.is_set():
                    raise ModelError("Stopped while waiting for the model.")
                with self._changed:
                    if self._line[0] is not ticket:
                        self._changed.wait(0.25)
            yield
        finally:
            with self._changed:
                self._line.remove(ticket)
                self._changed.notify_all()

    def _place(self, ticket: object) -> int:
        """How many are before us."""
        with self._changed:
            return self._line.index(ticket)
