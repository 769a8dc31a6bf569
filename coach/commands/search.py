"""`search`: the passages that bear on a text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from coach.commands.console import print_json, screen
from coach.commands.opening import Json, OneBank, check_bank, opened, settings_for
from coach.commands.texts import Row, echoed, read_option, run_batch, text_in
from coach.errors import UsageError

if TYPE_CHECKING:
    from coach.domain import Hit


def search(
    ctx: typer.Context,
    query: Annotated[str | None, typer.Argument(help="What to look for; @FILE reads a file, @- standard input.")] = None,
    k: Annotated[int, typer.Option("-k", min=1, max=1000, help="How many.")] = 5,
    bank: OneBank = None,
    batch: Annotated[str | None, typer.Option(metavar="FILE", help='JSON Lines {"query"}, - is standard input; prints JSON Lines.')] = None,
    json: Json = False,
) -> None:
    """Search the library: the best passage of each of the nearest questions."""
    if (query is None) == (batch is None):
        raise UsageError("Give a query, or --batch FILE with one a line.")
    with opened(settings_for(ctx)) as coach:
        text = None if query is None else _checked(read_option(query, coach.settings.max_document_mb))
        coach.prepare_library()
        check_bank(coach.store, bank)
        if batch is not None:

            def work(row: Row) -> Row:
                wanted = _checked(text_in(row, "query"))
                return {**echoed(row), **_document(wanted, coach.retriever.search(wanted, k, bank))}

            run_batch(batch, work)
        elif text is not None:
            hits = coach.retriever.search(text, k, bank)
            if json:
                print_json(_document(text, hits))
            else:
                _show(hits)


def _checked(query: str) -> str:
    if not query.strip():
        raise UsageError("The query is empty. Give a few words to look for.")
    return query


def _document(query: str, hits: Sequence[Hit]) -> dict[str, Any]:
    from coach.retrieve import any_close

    rows = [
        {
            "rank": hit.rank,
            "question_id": hit.passage.question_id,
            "question": hit.passage.question,
            "passage": hit.passage.text,
            "source": hit.passage.document,
            "score": hit.score,
        }
        for hit in hits
    ]
    return {"query": query, "close": any_close(hits), "hits": rows}


def _show(hits: Sequence[Hit]) -> None:
    from rich.padding import Padding
    from rich.text import Text

    from coach.retrieve import any_close

    if hits and not any_close(hits):
        screen().print("Nothing is close to that. The nearest, which may be about something else:\n")
    for hit in hits:
        head = f"{hit.rank}. {hit.passage.question}  ({hit.passage.bank}/{hit.passage.question_id}, {hit.score:.2f})"
        screen().print(Text(head, style="bold"))
        screen().print(Padding(Text(hit.passage.text), (0, 0, 1, 3)))
    if not hits:
        screen().print("Nothing was found.")
