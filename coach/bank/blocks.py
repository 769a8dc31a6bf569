"""A text's blocks with their place in it: headings, paragraphs, list items, code, rules."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Literal, NamedTuple

BlockKind = Literal["heading", "paragraph", "item", "code", "rule"]


class Block(NamedTuple):
    """A piece of the text between `start` and `end` (end exclusive); `level` is a heading's, 1 to 6, else 0."""

    kind: BlockKind
    start: int
    end: int
    text: str
    level: int = 0

    @property
    def line(self) -> str:
        """The text as one line, a heading without its marks."""
        body = self.text.lstrip("#").rstrip("#") if self.kind == "heading" else self.text
        return " ".join(body.split())


class _Line(NamedTuple):
    start: int
    end: int
    text: str


_HEADING = re.compile(r" {0,3}(#{1,6})[ \t]+\S")
_UNDERLINE = re.compile(r" {0,3}(=+|-+)[ \t]*$")
_RULE = re.compile(r"[ \t]*(?:(?:\*[ \t]*){3,}|(?:-[ \t]*){3,}|(?:_[ \t]*){3,}|={3,}|~{5,}|#{3,})$")
_FENCE = re.compile(r"[ \t]*(`{3,}|~{3,})")
_ITEM = re.compile(r"[ \t]*(?:(?:[-*+•▪◦●‣]|\d{1,3}[.)])[ \t]+|\d{1,3}\ufe0f?\u20e3[ \t]*)\S")
_WRAP_WIDTHS = range(48, 112)


def split_blocks(text: str) -> list[Block]:
    """The blocks in order. Lines that were wrapped by an editor stay together, lines that are paragraphs come apart."""
    lines = list(_lines(text))
    blocks: list[Block] = []
    run: list[_Line] = []
    keep_lines = not is_hard_wrapped([line.text for line in lines])
    index = 0
    while index < len(lines):
        line = lines[index]
        heading, fence = _HEADING.match(line.text), _FENCE.match(line.text)
        if fence:
            blocks += _paragraph(text, run, keep_lines)
            last = _fence_end(lines, index, fence[1])
            blocks.append(_block("code", text, lines[index : last + 1]))
            run, index = [], last
        elif run and _UNDERLINE.match(line.text) and len(run) == 1 and len(line.text.strip()) > 2:
            level = 1 if "=" in line.text else 2
            blocks.append(_block("heading", text, run, level))
            run = []
        elif heading or not line.text.strip() or _RULE.match(line.text):
            blocks += _paragraph(text, run, keep_lines)
            run = []
            if heading:
                blocks.append(_block("heading", text, [line], len(heading[1])))
            elif line.text.strip():
                blocks.append(_block("rule", text, [line]))
        else:
            if _ITEM.match(line.text) and run:
                blocks += _paragraph(text, run, keep_lines)
                run = []
            run.append(line)
        index += 1
    return blocks + _paragraph(text, run, keep_lines)


def is_hard_wrapped(lines: list[str]) -> bool:
    """Whether an editor broke the lines at one width, so that a line's end says nothing."""
    widths = [
        len(line.rstrip())
        for line, after in pairwise(lines)
        if line.strip() and after.strip() and not _ITEM.match(after) and not _HEADING.match(line) and not _HEADING.match(after)
    ]
    wrapped = sum(width in _WRAP_WIDTHS for width in widths)
    return len(widths) >= 3 and max(widths) < 130 and wrapped >= 0.6 * len(widths)


def _lines(text: str) -> Iterator[_Line]:
    position = 0
    for line in text.split("\n"):
        yield _Line(position, position + len(line), line)
        position += len(line) + 1


def _fence_end(lines: list[_Line], start: int, fence: str) -> int:
    """The index of the line that closes the fence; a fence left open ends at the next empty line."""
    for index in range(start + 1, len(lines)):
        stripped = lines[index].text.strip()
        if stripped.startswith(fence) and not stripped.strip(fence[0]):
            return index
    return next((index - 1 for index in range(start + 1, len(lines)) if not lines[index].text.strip()), len(lines) - 1)


def _paragraph(text: str, run: list[_Line], keep_lines: bool) -> list[Block]:
    if not run:
        return []
    is_item = bool(_ITEM.match(run[0].text))
    if keep_lines and not is_item:
        return [_block("paragraph", text, [line]) for line in run]
    return [_block("item" if is_item else "paragraph", text, run)]


def _block(kind: BlockKind, text: str, lines: list[_Line], level: int = 0) -> Block:
    start, end = lines[0].start, lines[-1].end
    piece = text[start:end]
    if kind != "code":
        start += len(piece) - len(piece.lstrip())
    end -= len(piece) - len(piece.rstrip())
    return Block(kind, start, end, text[start:end], level)
