"""`doctor`: what works on this machine, what does not, and how to mend it."""

from __future__ import annotations

import typer

from coach.commands.console import print_json, screen
from coach.commands.edge import FAILED
from coach.commands.opening import Json, Llm, settings_for

STYLE = {"ok": "green", "off": "dim", "warning": "yellow", "failed": "red"}


def doctor(ctx: typer.Context, llm: Llm = None, json: Json = False) -> None:
    """Say what works on this machine, what does not, and how to mend it. 1 when something that is needed does not work."""
    from rich.table import Table
    from rich.text import Text

    from coach.doctor import examine

    table, failed = Table("check", "", "what was found", "how to mend it"), False
    table.columns[0].overflow = "fold"
    for row in examine(settings_for(ctx, llm=llm)):
        failed = failed or row.status == "failed"
        if json:
            print_json(row.model_dump(mode="json"))
        table.add_row(Text(row.check), Text(row.status, style=STYLE[row.status]), Text(row.found), Text(row.mend))
    if not json:
        screen().print(table)
    if failed:
        raise typer.Exit(FAILED)
