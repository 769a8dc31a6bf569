"""A web page to plain text that keeps its blocks: headings, lists, tables, code. No markup survives."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from coach.bank.english import word_set

if TYPE_CHECKING:
    from bs4.element import PageElement, Tag

_SKIPPED = word_set("skipped_elements")
_SKIPPED_ROLES = word_set("skipped_roles")
_BLOCKS = word_set("block_elements")
_ITEM = re.compile(r"(?:-|\d+\.) ")
_ROW = re.compile(r"\| .* \|")
_BREAK = "\v"  # stands for <br>; in a page's own text it is white space
_CELL = "\f"  # stands before each cell of a table's row
_HEADINGS = {"h1": "# ", "h2": "## ", "h3": "### ", "h4": "#### ", "h5": "##### ", "h6": "###### ", "summary": "###### ", "dt": "###### "}


def html_to_text(markup: str) -> str:
    """The page's text: blocks apart by an empty line, headings as `#`, items as `-`, a table's rows between bars, code in fences.

    Scripts, styles, forms, navigation, footers and hidden parts are left out.
    """
    from bs4 import BeautifulSoup

    soup = BeautifulSoup(markup, "html.parser")
    return _Writer().write(soup)


class _Writer:
    """Walks the tree with a stack of its own, so that a page nested a hundred thousand deep is no danger."""

    def __init__(self) -> None:
        self.blocks: list[str] = []
        self.line: list[str] = []
        self.prefix = ""
        self.lists: list[int | None] = []

    def write(self, root: Tag) -> str:
        from bs4.element import NavigableString, PreformattedString, Tag

        stack: list[tuple[PageElement, bool]] = [(root, True)]
        while stack:
            node, entering = stack.pop()
            if isinstance(node, PreformattedString):  # comments, doctypes, CDATA
                continue
            if isinstance(node, NavigableString):
                self.line.append(str(node).replace(_CELL, " "))
            elif isinstance(node, Tag):
                if not entering:
                    self.leave(node.name)
                elif node.name == "pre":
                    self.code(node.get_text())
                elif not _is_skipped(node):
                    self.enter(node)
                    stack.append((node, False))
                    stack.extend((child, True) for child in reversed(node.contents))
        self.flush()
        return _joined(self.blocks)

    def enter(self, tag: Tag) -> None:
        name = tag.name
        if name == "br":
            self.line.append(_BREAK)
        elif name in ("td", "th"):
            self.line.append(_CELL)
        elif name in ("strong", "b"):
            self.line.append("**")
        elif name == "li":
            self.flush()
            counter = self.lists[-1] if self.lists else None
            self.prefix = "- " if counter is None else f"{counter}. "
            if self.lists and counter is not None:
                self.lists[-1] = counter + 1
        elif name in _HEADINGS:
            self.flush()
            self.prefix = _HEADINGS[name]
        elif name in _BLOCKS:
            self.flush()
            if name in ("ul", "ol"):
                self.lists.append(_first_number(tag) if name == "ol" else None)

    def leave(self, name: str) -> None:
        if name in ("strong", "b"):
            self.line.append("**")
        elif name in _BLOCKS or name in _HEADINGS or name == "li":
            self.flush()
            if name == "li" or name in _HEADINGS:
                self.prefix = ""
            elif name in ("ul", "ol") and self.lists:
                self.lists.pop()

    def code(self, text: str) -> None:
        self.flush()
        if text.strip():
            fence = "```"
            while fence in text:
                fence += "`"
            self.blocks.append(f"{fence}\n{text.strip(chr(10)).rstrip()}\n{fence}")

    def flush(self) -> None:
        """End the block: white space folds as a browser folds it, emphasis that holds nothing goes."""
        raw = "".join(self.line)
        self.line = []
        text = _row(raw) if raw.count(_CELL) > 1 else "\n".join(filter(None, (" ".join(part.split()) for part in raw.split(_BREAK))))
        text = re.sub(r"\*\*\s*\*\*", " ", text)
        text = re.sub(r"\*\*(\s*)([^*]+?)(\s*)\*\*", r"\1**\2**\3", text).strip()
        if self.prefix.startswith("#"):
            text = text.replace("**", "")
        if not re.search(r"\w", text):
            return  # keep the prefix: `<li><p>…` puts the text one block further in
        self.blocks.append(f"{self.prefix}{text}")
        self.prefix = ""


def _first_number(tag: Tag) -> int:
    start = str(tag.attrs.get("start", "1"))
    return int(start) if re.fullmatch(r"[0-9]{1,6}", start) else 1


def _row(raw: str) -> str:
    """The cells of a table's row between bars, so that no row reads as a menu."""
    before, *cells = (" ".join(cell.split()) for cell in raw.split(_CELL))
    return f"| {' | '.join([before, *cells] if before else cells)} |"


def _joined(blocks: list[str]) -> str:
    """The blocks, apart by an empty line, but the items of a list and the rows of a table line by line."""
    pieces: list[str] = []
    for before, block in zip(["", *blocks], blocks, strict=False):
        if before:
            together = any(kind.match(before) and kind.match(block) for kind in (_ITEM, _ROW))
            pieces.append("\n" if together else "\n\n")
        pieces.append(block)
    return "".join(pieces)


def _is_skipped(tag: Tag) -> bool:
    if tag.name in _SKIPPED:
        return True
    if not tag.attrs:
        return False
    hidden = str(tag.attrs.get("aria-hidden", "")).casefold() == "true" or "hidden" in tag.attrs
    style = str(tag.attrs.get("style", "")).replace(" ", "").casefold()
    return hidden or "display:none" in style or str(tag.attrs.get("role", "")).casefold() in _SKIPPED_ROLES


# Markup inside Markdown

_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_SCRIPT = re.compile(r"<(script|style)\b[^>]*>.*?(?:</\1\s*>|\Z)", re.DOTALL | re.IGNORECASE)
_SUMMARY = re.compile(r"<summary\b[^>]*>(.*?)</summary\s*>", re.DOTALL | re.IGNORECASE)
_HEADING = re.compile(r"<h([1-6])\b[^>]*>(.*?)</h\1\s*>", re.DOTALL | re.IGNORECASE)
_TAG = re.compile(
    r"</?(?:details|summary|br|p|div|span|img|a|b|i|u|em|strong|sub|sup|kbd|center|hr|table|thead|tbody|tr|td|th|ul|ol|li|font|small"
    r"|iframe|object|embed|form|input|button|svg|path|link|meta|section|article|header|footer|nav|figure|figcaption|video|audio|source)"
    r"(?:\s[^<>]*)?/?>",
    re.IGNORECASE,
)
_FENCED = re.compile(r"(^ {0,3}(```+|~~~+)[^\n]*\n.*?(?:^ {0,3}\2[`~]*[ \t]*$|\Z)|`[^`\n]+`)", re.DOTALL | re.MULTILINE)


def tags_to_text(markdown: str) -> str:
    """Markdown without HTML tags: `<summary>` and `<h1>` to `<h6>` become headings; code is left as it is."""
    if "<" not in markdown:
        return markdown
    pieces: list[str] = []
    end = 0
    for match in _FENCED.finditer(markdown):
        pieces += [_without_tags(markdown[end : match.start()]), match[0]]
        end = match.end()
    return "".join([*pieces, _without_tags(markdown[end:])])


def _without_tags(text: str) -> str:
    text = _SCRIPT.sub("", _COMMENT.sub("", text))
    text = _SUMMARY.sub(lambda match: f"\n\n###### {_one_line(match[1])}\n\n", text)
    text = _HEADING.sub(lambda match: f"\n\n{'#' * int(match[1])} {_one_line(match[2])}\n\n", text)
    return _TAG.sub("", text)


def _one_line(text: str) -> str:
    return " ".join(_TAG.sub("", text).split())
