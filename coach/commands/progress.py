"""Bars on standard error: bytes, rate and time left of what is fetched, counts of what is prepared."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)
from rich.text import Text

from coach.commands.console import messages, say

if TYPE_CHECKING:
    from coach.bank.ingest import Progress as IngestProgress
    from coach.models.weights import Progress as Fetched
    from coach.wiring import LoadState

LOOK_EVERY = 0.2  # seconds
SAY_EVERY = 5.0  # seconds between two lines, where there is no terminal to draw a bar on
STAGES = {"wait": "Waiting for another process", "download": "Fetching", "assemble": "Putting together", "verify": "Checking"}


class _Amount(ProgressColumn):
    """Bytes, rate and time left; or, of a task with `counts`, how many of how many."""

    def __init__(self) -> None:
        super().__init__()
        self._parts = (DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())

    def render(self, task: Task) -> Text:
        """The cell."""
        if task.fields.get("counts"):
            return Text(f"{task.completed:.0f} of {task.total or 0:.0f}")
        return Text("  ").join(part.render(task) for part in self._parts)


class Bars:
    """One bar a name. Where standard error is no terminal, a line every few seconds says how far each is."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        console = messages()
        columns = (TextColumn("{task.description}", markup=False), BarColumn(), _Amount())
        self.progress = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
        self._tasks: dict[str, TaskID] = {}
        self._clock = clock
        self._began: dict[str, tuple[float, int]] = {}  # when a name was first shown, and how much was done then
        self._said: dict[str, float] = {}

    def show(self, what: str, done: int, total: int, *, counts: bool = False) -> None:
        """Move the bar of this name."""
        if self.progress.disable:
            self._line(what, done, total, counts)
            return
        if what not in self._tasks:
            self._tasks[what] = self.progress.add_task(what, total=total or None, counts=counts)
        self.progress.update(self._tasks[what], completed=done, total=total or None)

    def _line(self, what: str, done: int, total: int, counts: bool) -> None:
        now = self._clock()
        if what not in self._began:
            self._began[what] = now, done
            self._said[what] = now
            say(f"{what}…")
        elif done < total and now - self._said[what] >= SAY_EVERY:
            self._said[what] = now
            began, before = self._began[what]
            rate = (done - before) / (now - began)
            say(f"{what}: {done} of {total}" if counts else f"{what}: {_amount(done, total, rate)}")

    def drop(self, keep: set[str]) -> None:
        """Take away the bars that are not among these."""
        for what in self._tasks.keys() - keep:
            self.progress.remove_task(self._tasks.pop(what))


def _amount(done: int, total: int, rate: float) -> str:
    """Bytes, rate and time left, as a person reads them; `rate` is in bytes a second."""
    from coach.models.download import size_text

    left = f", {size_text(round(rate))}/s, {round((total - done) / rate)} s left" if rate > 0 else ""
    return f"{size_text(done)} of {size_text(total)}{left}"


@contextmanager
def loading_shown(loading: Callable[[], Sequence[LoadState]]) -> Iterator[None]:
    """Show what a Coach fetches and prepares, as long as the block runs."""
    over = threading.Event()
    thread = threading.Thread(target=_watch, args=(loading, over), name="progress", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _watch(loading: Callable[[], Sequence[LoadState]], over: threading.Event) -> None:
    bars: Bars | None = None
    try:
        while not over.wait(LOOK_EVERY):
            now: set[str] = set()
            for load in loading():
                fetching = load.state == "fetching"
                if not load.total or not (fetching or (load.state == "loading" and load.name == "library")):
                    continue
                if bars is None:
                    bars = Bars()
                    bars.progress.start()
                what = f"Fetching {load.message}" if fetching else "Preparing the library"
                bars.show(what, load.done, load.total, counts=not fetching)
                now.add(what)
            if bars is not None:
                bars.drop(now)
                if not now:  # leave the terminal alone until there is something to show again
                    bars.progress.stop()
                    bars = None
    finally:
        if bars is not None:
            bars.progress.stop()


@contextmanager
def fetching_shown() -> Iterator[Callable[[Fetched], None]]:
    """A listener for `weights.pull` and `weights.verify` that moves a bar."""
    bars = Bars()

    def listen(fetched: Fetched) -> None:
        what = f"{STAGES[fetched.stage]} {fetched.name}"
        bars.show(what, fetched.done_bytes, fetched.total_bytes)
        bars.drop({what})

    with bars.progress:
        yield listen


@contextmanager
def reading_shown() -> Iterator[Callable[[IngestProgress], None]]:
    """A listener for `ingest` that moves a bar over the documents."""
    bars = Bars()

    def listen(read: IngestProgress) -> None:
        bars.show("Reading documents", read.done, read.total, counts=True)

    with bars.progress:
        yield listen
