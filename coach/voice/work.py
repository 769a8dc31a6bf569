"""Work beside the talk: recognising, grading and speaking take their time in threads, and the talk goes on.

The talk itself has one thread. What is started here runs elsewhere, and what comes of it comes back to that thread.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Protocol, TypeVar

from coach.errors import CoachError

T = TypeVar("T")
log = logging.getLogger(__name__)


class Work(Protocol):
    """Where work is done: in threads for a talk, at once (`Inline`) where the time is that of a recording."""

    def spawn(self, task: Callable[[], None]) -> None:
        """Do the task, elsewhere."""

    def post(self, event: Callable[[], None]) -> None:
        """Have the talk's own thread do something soon; called from a task."""


class Inline:
    """Work that takes no time: done before `spawn` returns."""

    def spawn(self, task: Callable[[], None]) -> None:
        """Do the task now."""
        task()

    def post(self, event: Callable[[], None]) -> None:
        """Do it now."""
        event()


def start(work: Work, task: Callable[[], T], then: Callable[[T], None], failed: Callable[[CoachError | None], None]) -> None:
    """Do a task elsewhere, then go on with what it gave. `failed` gets the error whose message may be shown, or None for a bug."""

    def run() -> None:
        try:
            result = task()
        except CoachError as error:
            kept = error
            work.post(lambda: failed(kept))
        except Exception:
            log.exception("work beside a talk failed")
            work.post(lambda: failed(None))
        else:
            work.post(lambda: then(result))

    work.spawn(run)
