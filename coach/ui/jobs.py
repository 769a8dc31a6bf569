"""Work that outlives the page that began it: a bounded pool of threads, and any number of pages that watch.

A grade takes seconds. It runs in a thread of the pool, so the event loop stays free; a page that is reloaded in the middle, or
opened twice, watches the same job. What comes out of a job is kept in order, so a late watcher sees all of it.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

from coach.errors import CoachError, UsageError

T = TypeVar("T")
log = logging.getLogger(__name__)

POLL = 0.08  # seconds between two looks at a job: below what a person notices


class Job(Generic[T]):
    """One piece of work: `updates` so far, `error` if it failed, `finished` when there is no more to come."""

    def __init__(self, key: str, work: Callable[[Job[T]], Iterable[T]], stop: threading.Event | None = None) -> None:
        """Remember the work; nothing runs yet. Setting `stop` asks it to come to an end."""
        self.key = key
        self.stop = stop or threading.Event()
        self.updates: list[T] = []
        self.error: Exception | None = None
        self.finished = False
        self._work = work

    def run(self) -> None:
        """Do the work in the thread that calls; the pool says when it is finished. A failure is kept for those who watch."""
        try:
            for update in self._work(self):
                self.updates.append(update)
        except CoachError as error:
            self.error = error
        except Exception as error:
            log.exception("job failed")
            self.error = error

    def publish(self, update: T) -> None:
        """Add an update from inside the work, where it cannot yield one."""
        self.updates.append(update)

    async def watch(self, wanted: Callable[[], bool] = lambda: True) -> AsyncIterator[list[T]]:
        """All updates so far, again whenever there are more; the last list comes when the work is done. Ends when it is not `wanted`."""
        seen = -1
        while wanted():
            finished, count = self.finished, len(self.updates)  # in this order: nothing is added after `finished`
            if count > seen:
                seen = count
                yield self.updates[:count]
            if finished:
                return
            await asyncio.sleep(POLL)


class Jobs(Generic[T]):
    """A pool of at most `workers` threads, one job a key at a time, first come first served."""

    def __init__(self, workers: int, name: str = "job") -> None:
        """Start the threads when the first jobs come."""
        self._limit = workers
        self._name = name
        self._lock = threading.Condition()
        self._waiting: deque[Job[T]] = deque()
        self._running: dict[str, Job[T]] = {}
        self._threads = 0

    def start(self, key: str, work: Callable[[Job[T]], Iterable[T]], *, stop: threading.Event | None = None) -> Job[T]:
        """Queue the work. Raises UsageError while another job with this key is not finished."""
        with self._lock:
            if key in self._running or any(job.key == key for job in self._waiting):
                raise UsageError("The last step is still being worked on. Wait a moment, or stop it first.")
            job = Job(key, work, stop)
            self._waiting.append(job)
            if self._threads < self._limit and len(self._running) + len(self._waiting) > self._threads:
                self._threads += 1
                threading.Thread(target=self._serve, name=f"{self._name}-{self._threads}", daemon=True).start()
            self._lock.notify()
            return job

    def place(self, job: Job[T]) -> int:
        """How many jobs are served before this one; 0 when it is running or done."""
        with self._lock:
            return next((position for position, waiting in enumerate(self._waiting, start=1) if waiting is job), 0)

    def stop_all(self) -> None:
        """Ask every job to stop: the server is going down."""
        with self._lock:
            for job in [*self._waiting, *self._running.values()]:
                job.stop.set()

    def _serve(self) -> None:
        while True:
            with self._lock:
                while not self._waiting:
                    self._lock.wait()
                job = self._waiting.popleft()
                self._running[job.key] = job
            try:
                job.run()
            finally:
                with self._lock:
                    del self._running[job.key]
                job.finished = True  # only now: whoever sees it may start the next job of this key


class Line:
    """A fair queue for something that serves `width` at a time, with each one's place in it."""

    def __init__(self, width: int) -> None:
        """Nobody is in it yet."""
        self._width = width
        self._lock = threading.Lock()
        self._tickets: list[object] = []

    @contextmanager
    def ticket(self) -> Iterator[Callable[[], int]]:
        """Stand in line; the value says how many are ahead (0: it is our turn). Leaving the block leaves the line."""
        ticket = object()
        with self._lock:
            self._tickets.append(ticket)
        try:
            yield lambda: self._ahead(ticket)
        finally:
            with self._lock:
                self._tickets.remove(ticket)

    def _ahead(self, ticket: object) -> int:
        with self._lock:
            return max(0, self._tickets.index(ticket) - self._width + 1)
