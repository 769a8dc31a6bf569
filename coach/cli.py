"""The command line: `coach COMMAND`. What each command does is in coach/commands; nothing heavy is imported before one runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from coach.commands import corpus, models
from coach.commands.disputes import disputes
from coach.commands.doctor import doctor
from coach.commands.edge import Edge
from coach.commands.evaluate import evaluate
from coach.commands.export import export
from coach.commands.grade import grade
from coach.commands.interview import practice, serve
from coach.commands.library import ingest, questions, remove
from coach.commands.search import search
from coach.commands.speech import speak, transcribe

app = typer.Typer(
    name="coach",
    cls=Edge,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        from coach import __version__

        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def common(
    ctx: typer.Context,
    home: Annotated[Path | None, typer.Option(help="The folder of everything written, in place of COACH_HOME.")] = None,
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and end.")] = False,
) -> None:
    """An interview coach that runs on your own machine: it asks, grades point by point with evidence, and follows up on the gap."""
    ctx.obj = {"home": home}


for command in (serve, practice, ingest, remove, questions, search, grade, export, disputes, transcribe, doctor):
    app.command()(command)
app.command("say")(speak)
app.command("eval")(evaluate)
app.add_typer(corpus.app, name="corpus")
app.add_typer(models.app, name="models")


def main() -> None:
    """Run the command line."""
    app(prog_name="coach")


if __name__ == "__main__":
    main()
