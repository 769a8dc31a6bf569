"""`export`: banks as Markdown files in our own form, to read, edit and bring in again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from coach.commands.console import print_json, say
from coach.commands.opening import Json, OneBank, check_bank, opened, settings_for
from coach.errors import BankError, DocumentError

if TYPE_CHECKING:
    from coach.domain import Question


def export(
    ctx: typer.Context,
    folder: Annotated[Path, typer.Argument(help="Where to write; a subfolder a bank, a file a question.")],
    bank: OneBank = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace files that are there and differ.")] = False,
    json: Json = False,
) -> None:
    """Write the questions of a bank, or of all, as Markdown files. Nothing is replaced unless --overwrite is given."""
    from coach.bank.markdown import render_question

    with opened(settings_for(ctx)) as coach:
        coach.import_bundled()
        check_bank(coach.store, bank)
        texts = {_place(folder, question): render_question(question) for question in coach.store.questions(bank)}
    differing = [path for path, text in texts.items() if path.exists() and not _holds(path, text)]
    if differing and not overwrite:
        more = f" and {len(differing) - 1} more" if len(differing) > 1 else ""
        raise DocumentError(f"{differing[0]}{more} would be replaced. Give another folder, or --overwrite.")
    for path, text in texts.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
    if json:
        print_json({"folder": str(folder), "files": [str(path.relative_to(folder)) for path in texts]})
    else:
        say(f"{len(texts)} questions are in {folder}.")


def _place(folder: Path, question: Question) -> Path:
    """A question's file. Raises BankError for a bank or an id that would lead out of the folder."""
    for name in (question.bank, question.id):
        if name in ("", ".", "..") or "/" in name or "\\" in name:
            raise BankError(f"{question.ref} cannot be a file's name. Rename it before you export it.")
    return folder / question.bank / f"{question.id}.md"


def _holds(path: Path, text: str) -> bool:
    return path.is_file() and path.read_bytes() == text.encode("utf-8")
