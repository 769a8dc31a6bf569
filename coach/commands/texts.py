"""Texts that come as an option, from a file or line by line: `@FILE`, `@-` for standard input, `@@x` for `@x`; JSON Lines."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

import typer

from coach.commands.console import print_json
from coach.commands.edge import FAILED
from coach.errors import CoachError, DocumentError, UsageError

Row = dict[str, Any]


def read_option(value: str, max_mb: float) -> str:
    """The text that an option means. Raises DocumentError when its file cannot be read as text of at most `max_mb` million bytes."""
    if value.startswith("@@"):
        return value[1:]
    if not value.startswith("@"):
        return value
    from coach.bank.decode import decode

    name, limit = value[1:], int(max_mb * 1_000_000)
    try:
        with _opened(name) as file:
            data = file.read(limit + 1)
    except OSError as error:
        raise _unreadable(name, error) from error
    if len(data) > limit:
        raise DocumentError(f"{_shown(name)} has more than {max_mb:g} MB. Give a shorter text, or raise COACH_MAX_DOCUMENT_MB.")
    try:
        return decode(data)[0].strip("\r\n")
    except ValueError as error:
        raise DocumentError(f"{_shown(name)}: {error}") from error


def run_batch(name: str, work: Callable[[Row], Row]) -> None:
    """Do each line of a JSON Lines file (`-` is standard input), and print a line for each, in order.

    A bad line gives `{"id", "error"}`; at the end there is exit code 1 then. Blank lines are no inputs.
    Raises DocumentError when the file cannot be read or holds no line.
    """
    count = failed = 0
    for number, line in _lines(name):
        count += 1
        row: Row = {}
        try:
            row = _row(line, number)
            result = work(row)
        except CoachError as error:
            failed += 1
            result = {"id": row.get("id"), "error": str(error)}
        print_json(result)
    if not count:
        raise DocumentError(f"{_shown(name)} is empty. Give a file of JSON Lines, one object a line.")
    if failed:
        raise typer.Exit(FAILED)


def echoed(row: Row) -> Row:
    """The id of an input, if it has one, to begin its output with."""
    return {"id": row["id"]} if "id" in row else {}


def text_in(row: Row, name: str) -> str:
    """A text of a row. Raises UsageError when it is missing or is no text that could be stored."""
    value = row.get(name)
    if not isinstance(value, str):
        raise UsageError(f"`{name}` is missing or is not a text. Give it as a JSON string.")
    if not value.isascii() and any("\ud800" <= character <= "\udfff" for character in value):
        raise UsageError(f"`{name}` holds half a character (a lone surrogate). Write it anew as UTF-8.")
    return value


def _row(line: bytes, number: int) -> Row:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"Line {number} is not valid JSON ({_reason(error)}).") from error
    if not isinstance(row, dict):
        raise UsageError(f"Line {number} is not a JSON object.")
    return row


def _reason(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg} at column {error.colno}"
    return "it is not UTF-8" if isinstance(error, UnicodeDecodeError) else "it is nested too deeply"


def _lines(name: str) -> Iterator[tuple[int, bytes]]:
    try:
        with _opened(name.removeprefix("@")) as file:
            for number, line in enumerate(file, 1):
                plain = line.removeprefix(b"\xef\xbb\xbf").strip() if number == 1 else line.strip()
                if plain:
                    yield number, plain
    except OSError as error:
        raise _unreadable(name, error) from error


def _opened(name: str) -> BinaryIO:
    return open(sys.stdin.fileno(), "rb", closefd=False) if name == "-" else Path(name).expanduser().open("rb")


def _shown(name: str) -> str:
    return "Standard input" if name == "-" else name or "@"


def _unreadable(name: str, error: OSError) -> DocumentError:
    if isinstance(error, BrokenPipeError):
        raise error
    return DocumentError(f"{_shown(name)} cannot be read ({error.strerror or error}). Check the path and its permissions.")
