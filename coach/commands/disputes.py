"""`disputes`: verdicts that candidates disagree with, to read or as labelled cases for the benchmarks."""

from __future__ import annotations

import json as json_lines
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from coach.commands.console import print_json, say, screen
from coach.commands.opening import Json, opened, settings_for

if TYPE_CHECKING:
    from coach.disputes import DisputedAnswer


def disputes(
    ctx: typer.Context,
    out: Annotated[Path | None, typer.Option(help="Write the labelled cases to this file, as JSON Lines.")] = None,
    json: Json = False,
) -> None:
    """List the verdicts that candidates disagree with. As cases, with --out or --json, they hold whole answers: mind whom you give them."""
    from coach.disputes import disputed_answers
    from coach.interview import fold
    from coach.ui.wording import plural

    with opened(settings_for(ctx)) as coach:
        found = [case for id in coach.store.disputed_sessions() for case in disputed_answers(fold(coach.store.events(id)))]
    if out is not None:
        lines = [json_lines.dumps(case.model_dump(mode="json"), ensure_ascii=False) for case in found]
        out.write_bytes("".join(f"{line}\n" for line in lines).encode())
    if json:
        for case in found:
            print_json(case.model_dump(mode="json"))
        return
    if out is None:
        _show(found)
    count = sum(len(case.disputed) for case in found)
    where = f" They are in {out}." if out is not None else ""
    say(f"{plural(count, 'disputed verdict')} on {plural(len(found), 'answer')}.{where}" if count else "Nobody disagrees with a verdict.")


def _show(found: list[DisputedAnswer]) -> None:
    from rich.table import Table
    from rich.text import Text

    from coach.disputes import MEANT

    table = Table("question", "key point", "the coach", "the candidate", "why")
    for case in found:
        for point in (point for point in case.points if point.id in case.disputed):
            said, meant, why = case.disputed[point.id].value, MEANT[point.verdict], case.reasons.get(point.id, "")
            table.add_row(*(Text(cell) for cell in (f"{case.bank}/{case.question_id}", point.text, said, meant, why)))
    if found:
        screen().print(table)
