"""What is loading, on the terminal: a bar with bytes, rate and time left while weights are fetched on the first start."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn, TimeRemainingColumn, TransferSpeedColumn

from coach.ui.status import Load, settled

LOOK_EVERY = 0.5  # seconds


def show_loading(loading: Callable[[], Sequence[Load]], stop: threading.Event, console: Console | None = None) -> None:
    """Show what is fetched until everything has settled or `stop` is set; say each thing once that is ready, waits or failed.

    Where standard error is no terminal there is no bar, only the lines.
    """
    console = console or Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    said: dict[str, str | None] = {}
    tasks: dict[str, TaskID] = {}
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        while True:
            loads = loading()
            for load in loads:
                _bar(load, progress, tasks)
                words = _words(load)
                if words is not None and words != said.get(load.name) and (load.state != "ready" or load.name in said):
                    console.print(f"{load.name} {words}", markup=False, highlight=False)
                if words is not None or load.name not in said:
                    said[load.name] = words
            if settled(loads) or stop.wait(LOOK_EVERY):
                return


def _bar(load: Load, progress: Progress, tasks: dict[str, TaskID]) -> None:
    if load.state == "fetching" and load.total:
        if load.name not in tasks:
            tasks[load.name] = progress.add_task(f"Fetching {load.name}", total=load.total)
        progress.update(tasks[load.name], completed=load.done)
    elif load.name in tasks:
        progress.remove_task(tasks.pop(load.name))


def _words(load: Load) -> str | None:
    """What is said of a load in this state, if anything is."""
    if load.state == "waiting":
        return f"has to wait: {load.message}" if load.message else None
    return {"ready": "is ready", "failed": f"could not be loaded: {load.message}", "fetching": "is being fetched"}.get(load.state)
