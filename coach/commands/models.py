"""`models list`, `models pull`, `models verify`: weights on this machine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from coach.commands.console import print_json, say, screen
from coach.commands.edge import FAILED
from coach.commands.opening import Json, settings_for
from coach.errors import WeightsError

if TYPE_CHECKING:
    from coach.models.weights import ModelRow

Names = Annotated[list[str] | None, typer.Argument(metavar="[NAME…]", help="Models, by their names in `coach models list`.")]

app = typer.Typer(help="Weights: list, fetch and check them.", no_args_is_help=True)


@app.command("list")
def list_models(ctx: typer.Context, json: Json = False) -> None:
    """List the models that the coach knows, and which are here."""
    from coach.models import weights

    _print(weights.status(settings_for(ctx)), json)


@app.command()
def pull(ctx: typer.Context, names: Names = None, json: Json = False) -> None:
    """Fetch models; by default those that the settings need. What is here already is left alone."""
    from coach.commands.progress import fetching_shown
    from coach.doctor import needed_models
    from coach.models import weights

    settings = settings_for(ctx)
    wanted = [_known(name) for name in names or needed_models(settings)]
    with fetching_shown() as listener:
        for name in wanted:
            weights.pull(name, settings, listener)
    _print([row for row in weights.status(settings) if row.name in wanted], json)


@app.command()
def verify(ctx: typer.Context, names: Names = None, json: Json = False) -> None:
    """Read models' files again and compare them with their checksums; by default all that are here. A file that differs is removed."""
    from coach.commands.progress import fetching_shown
    from coach.models import weights

    settings = settings_for(ctx)
    wanted = [_known(name) for name in names or ()] or [row.name for row in weights.status(settings) if row.state in ("ready", "damaged")]
    if not wanted:
        raise WeightsError("No model is here yet. Fetch those that are needed with `coach models pull`.")
    wrong = []
    with fetching_shown() as listener:
        for name in wanted:
            try:
                weights.verify(name, settings, listener)
            except WeightsError as error:
                wrong.append(name)
                say(str(error))
    _print([row for row in weights.status(settings) if row.name in wanted], json)
    if wrong:
        raise typer.Exit(FAILED)


def _known(name: str) -> str:
    from coach.models.catalogue import load_catalogue

    return load_catalogue().find(name).name


def _print(rows: Sequence[ModelRow], json: bool) -> None:
    from rich.table import Table

    from coach.models.download import size_text

    if json:
        for row in rows:
            print_json(row.model_dump(mode="json"))
        return
    table = Table("model", "kind", "here", "size", "licence", "what it is")
    table.columns[0].overflow = "fold"
    for row in rows:
        table.add_row(f"{row.name}{' *' if row.default else ''}", row.kind, row.state, size_text(row.size), row.licence, row.summary)
    screen().print(table)
    screen().print("* used unless another is set", style="dim")
