"""`corpus check`: the form and quality of a corpus."""

from __future__ import annotations

from pathlib import Path
from statistics import median
from typing import Annotated

import typer

from coach.commands.console import print_json, say, screen
from coach.commands.edge import FAILED
from coach.commands.opening import Json, opened, settings_for

app = typer.Typer(help="A corpus in our own form.", no_args_is_help=True)


@app.callback()
def corpus() -> None:
    """Keeps `check` a command of its own below `corpus`."""


@app.command()
def check(
    ctx: typer.Context,
    path: Annotated[Path | None, typer.Argument(help="A file, or a folder of banks; by default the bundled corpus.")] = None,
    json: Json = False,
) -> None:
    """Check a corpus: its form, ids, key points, follow-ups, spelling, and questions that are nearly the same. A row a question."""
    from rich.table import Table
    from rich.text import Text

    from coach.bank.check import check_corpus
    from coach.grading.own_answer import OwnAnswers
    from coach.wiring import corpus_folder

    with opened(settings_for(ctx)) as coach:
        own = OwnAnswers(coach.settings.home / "checked.jsonl", lambda: coach.fast)
        rows = check_corpus(path or corpus_folder(), coach.settings, lambda: coach.encoders.embedder, own.unfound)
    if json:
        for row in rows:
            print_json(row.model_dump(mode="json"))
    else:
        table = Table("file", "", "what to mend")
        for row in rows:
            table.add_row(Text(row.path), "ok" if row.ok else "✗", Text("\n".join(row.problems)))
        screen().print(table)
    wrong = sum(not row.ok for row in rows)
    shared = [share for row in rows for share in row.shared]
    if shared:
        say(f"The longest run of words that a key point shares with its model answer: {median(shared):.0%} of the point (median).")
    say(f"{len(rows)} questions, {wrong} with something to mend.")
    if wrong:
        raise typer.Exit(FAILED)
