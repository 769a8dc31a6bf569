"""What is in the library: `ingest`, `remove`, `questions`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from coach.commands.console import print_json, say, screen
from coach.commands.edge import FAILED
from coach.commands.opening import Json, OneBank, check_bank, opened, settings_for

if TYPE_CHECKING:
    from coach.bank.ingest import IngestReport
    from coach.store import Store


def ingest(
    ctx: typer.Context,
    paths: Annotated[list[Path], typer.Argument(metavar="PATH…", help="Documents, or folders of them.")],
    bank: Annotated[str | None, typer.Option(help="The bank to put them into: by default a single folder's name, else `own`.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Read and report, and write nothing.")] = False,
    prune: Annotated[bool, typer.Option("--prune", help="Remove from the bank what the folder no longer holds.")] = False,
    json: Json = False,
) -> None:
    """Bring documents into a bank and its index. Doing it again changes nothing."""
    from coach.bank import ingest as work
    from coach.commands.progress import reading_shown
    from coach.wiring import NoIndex

    with opened(settings_for(ctx)) as coach:
        if not dry_run:
            coach.prepare_library()
        with reading_shown() as progress:
            report = work.ingest(
                paths,
                bank=bank if bank is not None else work.default_bank(paths),
                store=coach.store,
                index=NoIndex() if dry_run else coach.index,
                settings=coach.settings,
                dry_run=dry_run,
                prune=prune,
                progress=progress,
            )
    _tell(report, json, dry_run)


def remove(
    ctx: typer.Context,
    document: Annotated[str, typer.Argument(help="A document's name, as `coach questions` shows it as a source.")],
    bank: OneBank = None,
    json: Json = False,
) -> None:
    """Remove a document with its questions from a bank and the index."""
    from coach.bank.ingest import DocumentReport, IngestReport

    with opened(settings_for(ctx)) as coach:
        coach.prepare_library()
        check_bank(coach.store, bank)
        home = _bank_of(coach.store, document, bank)
        coach.index.remove_document(home, document)
        coach.store.remove_document(home, document)
        left = [row for row in coach.store.banks() if row.name == home]
        report = IngestReport(
            bank=home,
            documents=(DocumentReport(path=document, status="removed"),),
            questions=sum(row.questions for row in left),
            passages=len(coach.store.passages(home)),
        )
    _tell(report, json, dry_run=False)


def questions(ctx: typer.Context, bank: OneBank = None, json: Json = False) -> None:
    """List the questions of a bank, or of all."""
    from rich.table import Table

    with opened(settings_for(ctx)) as coach:
        coach.import_bundled()
        check_bank(coach.store, bank)
        found = coach.store.questions(bank)
    if json:
        for q in found:
            points = [point.model_dump(include={"id", "text", "essential"}) for point in q.key_points]
            about = {"id": q.id, "question": q.text, "topic": q.topic, "level": q.level, "kind": q.kind}
            print_json({**about, "key_points": points, "source": q.source})
        return
    table = Table("bank/id", "question", "topic", "level", "kind", "points")
    for q in found:
        table.add_row(*_plain(q.ref, q.text, q.topic, q.level, q.kind, str(len(q.key_points))))
    screen().print(table)


def _tell(report: IngestReport, json: bool, dry_run: bool) -> None:
    """Print a report. What failed is said on standard error; where nothing else came of it, that is all that is said."""
    from rich.table import Table

    for document in report.documents:
        for warning in document.warnings:
            say(warning if document.status == "failed" else f"{document.path}: {warning}")
    if report.documents and all(document.status == "failed" for document in report.documents):
        raise typer.Exit(FAILED)
    if json:
        print_json(report.model_dump(mode="json"))
    else:
        table = Table("document", "status", "questions", "passages", "left out", title=f"bank {report.bank}", title_justify="left")
        for document in report.documents:
            counts = (document.questions, document.passages, len(document.left_out))
            table.add_row(*_plain(document.path, document.status, *(str(count) for count in counts)))
        screen().print(table)
        written = ", nothing written" if dry_run else ""
        screen().print(f"{report.questions} questions, {report.passages} passages{written}.", highlight=False)
    if report.failed:
        raise typer.Exit(FAILED)


def _bank_of(store: Store, document: str, bank: str | None) -> str:
    """The one bank that holds a document of this name. Raises BankError."""
    from coach.errors import BankError

    homes = [row.bank for row in store.documents(bank) if row.name == document]
    if not homes:
        where = f" in the bank “{bank}”" if bank else ""
        raise BankError(f"There is no document “{document}”{where}. `coach questions --json` shows each as a source.")
    if len(homes) > 1:
        raise BankError(f"“{document}” is in more than one bank ({', '.join(homes)}). Say which with --bank.")
    return homes[0]


def _plain(*cells: str) -> list[str]:
    from rich.markup import escape

    return [escape(cell) for cell in cells]
