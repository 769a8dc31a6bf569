"""`serve` and `practice`: the interview on a page and in the terminal."""

from __future__ import annotations

import ipaddress
import secrets
from typing import Annotated, Literal

import typer

from coach.commands.console import say
from coach.commands.opening import Llm, settings_for


def serve(
    ctx: typer.Context,
    host: Annotated[str | None, typer.Option(help="The address to serve on; 127.0.0.1 unless it is set.")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="The port; 7860 unless it is set, 0 takes a free one.")] = None,
    llm: Llm = None,
) -> None:
    """Serve the web page until you press Ctrl-C."""
    settings = settings_for(ctx, level="info", host=host, port=port, llm=llm)
    if not _is_loopback(settings.host):
        say(f"Warning: {settings.host} is open to other machines, and the page has no password. Put a proxy with a login in front of it.")
    from coach.ui.server import serve as serve_page
    from coach.wiring import Coach

    serve_page(Coach(settings))


def practice(
    ctx: typer.Context,
    bank: Annotated[list[str] | None, typer.Option(help="A bank to ask from; may be given more than once.")] = None,
    topic: Annotated[list[str] | None, typer.Option(help="A topic to ask about; may be given more than once.")] = None,
    level: Annotated[Literal["adaptive", "core", "intermediate", "advanced"], typer.Option(help="How hard.")] = "adaptive",
    length: Annotated[int, typer.Option(min=1, max=50, help="How many questions.")] = 5,
    mode: Annotated[Literal["practice", "mock"], typer.Option(help="mock gives no hints, and grades at the end.")] = "practice",
    resume: Annotated[str | None, typer.Option(metavar="ID", help="Go on with an interview that was broken off.")] = None,
    llm: Llm = None,
) -> None:
    """Practise an interview in the terminal."""
    from coach.commands.progress import loading_shown
    from coach.events import Setup
    from coach.ui.terminal import run
    from coach.wiring import Coach

    settings = settings_for(ctx, llm=llm)
    coach = Coach(settings)
    try:
        with loading_shown(coach.loading):  # and not longer: a bar would fight with the interview's own lines
            coach.prepare_library()
        coach.warm()
        if settings.llm != "none":
            say("The chat model is loading in the background; the fast grader grades until it is ready.")
        setup = Setup(
            banks=tuple(bank or ()), topics=tuple(topic or ()), level=level, length=length, mode=mode, seed=secrets.randbelow(2**31)
        )
        run(coach, None if resume else setup, resume=resume)
    finally:
        coach.close()


def _is_loopback(host: str) -> bool:
    if host.casefold() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
