"""Text of people and documents made safe inside Markdown: it shows as it was written, and builds nothing."""

from __future__ import annotations

import re
import unicodedata

_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_INLINE = re.compile(r"[\\`*_\[\]#|~!$^{}@&<>]")
_AUTOLINK = re.compile(r":(?=//)|(?<=www)\.", re.IGNORECASE)
_LINE_START = re.compile(r"^([-+=])|^(\d+)([.)])")
_INDENT = re.compile(r"^[ \t]+")
# Marks that turn the direction of what follows: text could be made to read as another.
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def markdown_text(text: str) -> str:
    """The text on one line, escaped for CommonMark and GitHub's dialect: no markup, HTML, link, image or formula comes of it."""
    return " ".join(_line(line).strip() for line in text.splitlines() if line.strip())


def markdown_quote(text: str) -> str:
    """The text as a block quote that keeps its lines, escaped likewise."""
    lines = [_line(line) for line in text.strip().splitlines()]
    return "\\\n".join(f"> {line}" if line else "> &nbsp;" for line in lines)


def _line(line: str) -> str:
    kept = "".join(c for c in line if (c == "\t" or unicodedata.category(c) != "Cc") and c not in _BIDI).rstrip()
    indent = _INDENT.match(kept)
    width = len(indent[0].expandtabs(4)) if indent else 0
    body = kept[indent.end() :] if indent else kept
    body = _INLINE.sub(lambda found: _ENTITIES.get(found[0], "\\" + found[0]), body)
    body = _AUTOLINK.sub(lambda found: "\\" + found[0], body)
    body = _LINE_START.sub(lambda found: f"\\{found[1]}" if found[1] else f"{found[2]}\\{found[3]}", body)
    return "&nbsp;" * width + body
