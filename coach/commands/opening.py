"""From a command's options to settings and a Coach, with what is loading shown on standard error."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from coach.commands.console import say

if TYPE_CHECKING:
    from coach.settings import Settings
    from coach.store import Store
    from coach.wiring import Coach

Json = Annotated[bool, typer.Option("--json", help="Print JSON on standard output, and nothing else there.")]
OneBank = Annotated[str | None, typer.Option("--bank", help="Only this bank; all of them when it is left out.")]
Llm = Annotated[str | None, typer.Option("--llm", help="The chat model: local, none, gguf:PATH or provider:model.")]


def settings_for(ctx: typer.Context, *, level: str = "warning", **options: object) -> Settings:
    """The settings in force for this command; the log goes to standard error, down to `level` or to `debug` when that is set.

    Raises UsageError.
    """
    from coach.logs import log_to_stderr
    from coach.settings import load_settings

    given: dict[str, Any] = ctx.obj or {}
    settings = load_settings(**given, **options)
    wanted = settings.log_level if "log_level" in settings.model_fields_set else level
    log_to_stderr(wanted)
    return settings


@contextmanager
def opened(settings: Settings) -> Iterator[Coach]:
    """A Coach, closed at the end, with a bar for what is fetched or prepared meanwhile."""
    from coach.commands.progress import loading_shown
    from coach.wiring import Coach

    coach = Coach(settings)
    try:
        with loading_shown(coach.loading):
            yield coach
        for load in coach.loading():
            if load.name == "library" and load.state == "ready" and load.message:
                say(load.message)
    finally:
        coach.close()


def check_bank(store: Store, bank: str | None) -> None:
    """Raises BankError, naming the banks there are, when there is none of this name."""
    from coach.errors import BankError

    names = [row.name for row in store.banks()]
    if bank is not None and bank not in names:
        raise BankError(f"There is no bank “{bank}”. There are: {', '.join(names) or 'none so far, add a document first'}.")
