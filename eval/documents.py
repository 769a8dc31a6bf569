"""The documents that the benchmark `ingest` reads, and what each of them holds: eval/data/documents and its `expected.toml`."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Literal

from pydantic import ValidationError

from coach.domain import Frozen
from coach.errors import DocumentError
from eval.cases import DATA

FOLDER = DATA / "documents"


class ExpectedQuestion(Frozen):
    """A question of a document; its answer must hold each of these texts. A `story` is asked for experience."""

    text: str
    holds: tuple[str, ...]
    story: bool = False


class ExpectedDocument(Frozen):
    """What a document holds, and how its file is written before it is read; a text of `noise` must not come in."""

    file: str
    about: str
    questions: tuple[ExpectedQuestion, ...] = ()
    noise: tuple[str, ...] = ()
    warning: str | None = None
    error: str | None = None
    saved_as: str = "utf-8"
    line_ends: Literal["plain", "windows"] = "plain"
    bytes: str | None = None


def expected_documents(folder: Path = FOLDER) -> tuple[ExpectedDocument, ...]:
    """What `expected.toml` says of the documents beside it. Raises DocumentError when it cannot be read."""
    path = folder / "expected.toml"
    try:
        rows = tomllib.loads(path.read_text(encoding="utf-8")).get("document", [])
        return tuple(ExpectedDocument.model_validate(row) for row in rows)
    except (OSError, tomllib.TOMLDecodeError, ValidationError) as error:
        raise DocumentError(f"{path} cannot be read ({error}).") from error


def file_bytes(document: ExpectedDocument, folder: Path = FOLDER) -> bytes:
    """A document's file as it is to be read. Raises DocumentError when there is no such file."""
    if document.bytes is not None:
        return bytes.fromhex(document.bytes)
    path = folder / document.file
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise DocumentError(f"{path} cannot be read ({error.strerror or error}).") from error
    return (text.replace("\n", "\r\n") if document.line_ends == "windows" else text).encode(document.saved_as)
