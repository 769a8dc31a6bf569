"""A file to text: a table of readers by suffix. What a file says is data; no path or link in it is ever opened."""

from __future__ import annotations

import hashlib
import re
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Literal, NamedTuple

from coach.bank.decode import decode
from coach.bank.html import html_to_text, tags_to_text
from coach.domain import Frozen
from coach.errors import DocumentError
from coach.settings import Settings

TextKind = Literal["markdown", "text", "html"]


class SourceText(Frozen):
    """A document's text as it was read. Offsets of everything found later refer to `text`."""

    name: str
    text: str
    kind: TextKind
    sha256: str
    warnings: tuple[str, ...] = ()


class Reader(NamedTuple):
    """How one kind of file becomes text: from its bytes to the text and what should be said about it.

    A reader raises ValueError with one sentence when the bytes are not what the suffix promises.
    """

    kind: TextKind
    read: Callable[[bytes], tuple[str, tuple[str, ...]]]


def _read_text(data: bytes) -> tuple[str, tuple[str, ...]]:
    text, warnings = decode(data)
    return clean(text), warnings


def _read_markdown(data: bytes) -> tuple[str, tuple[str, ...]]:
    text, warnings = decode(data)
    return tags_to_text(clean(text)), warnings


def _read_html(data: bytes) -> tuple[str, tuple[str, ...]]:
    text, warnings = decode(data)
    return clean(html_to_text(text)), warnings


MARKDOWN = Reader("markdown", _read_markdown)
TEXT = Reader("text", _read_text)
HTML = Reader("html", _read_html)

READERS: dict[str, Reader] = {
    ".md": MARKDOWN,
    ".markdown": MARKDOWN,
    ".txt": TEXT,
    ".text": TEXT,
    ".html": HTML,
    ".htm": HTML,
    ".xhtml": HTML,
}


def suffixes() -> str:
    """The suffixes that can be read, for a message."""
    return ", ".join(READERS)


def read_text(path: Path, settings: Settings, *, name: str = "") -> SourceText:
    """The text of a document of at most `settings.max_document_mb` million bytes.

    Raises DocumentError when there is no such file, or it is too large, empty, binary, in no known encoding or of an unknown kind.
    """
    name = name or path.name
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        kind = f"`{path.suffix}` files" if path.suffix else "Files without a suffix"
        raise DocumentError(f"{name}: {kind} cannot be read. Save it as one of {suffixes()}.")
    data = _read_bytes(path, name, settings.max_document_mb)
    if not data.strip():
        raise DocumentError(f"{name} is empty. Give a file that holds questions and their answers.")
    if reader is not HTML and _is_html(data):
        reader = HTML
    try:
        text, warnings = reader.read(data)
    except ValueError as error:
        raise DocumentError(f"{name}: {error}") from error
    if not text.strip():
        raise DocumentError(f"{name} holds no text that can be read. Give a file that holds questions and their answers.")
    return SourceText(name=name, text=text, kind=reader.kind, sha256=hashlib.sha256(data).hexdigest(), warnings=warnings)


def _read_bytes(path: Path, name: str, max_mb: float) -> bytes:
    limit = int(max_mb * 1_000_000)
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            raise DocumentError(f"{name} is a folder, not a document.")
        if not stat.S_ISREG(status.st_mode):
            raise DocumentError(f"{name} is not an ordinary file, so it cannot be read.")
        if status.st_size > limit:
            raise DocumentError(_too_large(name, status.st_size, max_mb))
        with path.open("rb") as file:
            data = file.read(limit + 1)
    except FileNotFoundError as error:
        raise DocumentError(f"There is no file {name}. Check the path.") from error
    except OSError as error:
        raise DocumentError(f"{name} cannot be read ({error.strerror or error}). Check its permissions.") from error
    if len(data) > limit:  # it grew while it was read
        raise DocumentError(_too_large(name, len(data), max_mb))
    return data


def _too_large(name: str, size: int, max_mb: float) -> str:
    return f"{name} has {size / 1e6:.1f} MB; the limit is {max_mb:g} MB. Split it, or raise COACH_MAX_DOCUMENT_MB."


def _is_html(data: bytes) -> bool:
    return bool(re.match(rb"(?:\xef\xbb\xbf)?\s*(?:<!doctype\s+html|<html[\s>])", data[:400], re.IGNORECASE))


_DROPPED = re.compile("[\u200b\u2060\ufeff\u00ad\u202a-\u202e\u2066-\u2069\x00-\x08\x0e-\x1f\x7f]")


def clean(text: str) -> str:
    """The text with plain line ends and spaces, and without control, zero-width and direction-changing characters."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x0b", "\n").replace("\x0c", "\n").replace("\u2028", "\n")
    text = text.replace("\u2029", "\n\n").replace("\x85", "\n")
    return _DROPPED.sub("", text.replace("\u00a0", " ").replace("\u202f", " "))
