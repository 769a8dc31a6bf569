"""Where sentences begin and end, and the words that rules about English need."""

from __future__ import annotations

import re
from collections.abc import Iterator

from coach.bank.english import word_set

_ABBREVIATIONS = word_set("abbreviations")
_CAN_END = word_set("closing_abbreviations")
_END = re.compile(r"""[.!?…]+["'”’)\]*_]*(?=\s|$)""")
_CLOSING = "\"'”’)]*_"
_LIST_LINE = re.compile(r"[ \t]*(?:[-*•+]|\d{1,3}[.)])[ \t]+")


def sentence_spans(text: str) -> Iterator[tuple[int, int]]:
    """The sentences of prose as (start, end), end exclusive, without outer white space.

    An empty line and a list item end a sentence; "e.g.", "0.5", "vs." and initials do not.
    """
    for start, end in _paragraphs(text):
        yield from _sentences(text, start, end)


def sentences(text: str) -> list[str]:
    """The sentences of prose, each as one line."""
    return [" ".join(text[start:end].split()) for start, end in sentence_spans(text)]


def _paragraphs(text: str) -> Iterator[tuple[int, int]]:
    """Stretches that no sentence crosses: paragraphs, and list items without their bullet."""
    start = position = 0
    for line in text.splitlines(keepends=True):
        bullet = _LIST_LINE.match(line)
        if not line.strip() or bullet:
            yield start, position
            start = position + (bullet.end() if bullet else len(line))
        position += len(line)
    yield start, position


def _sentences(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    begin = start
    for match in _END.finditer(text, start, end):
        if _is_end(text, begin, match, end):
            yield from _trimmed(text, begin, match.end())
            begin = match.end()
    yield from _trimmed(text, begin, end)


def _is_end(text: str, begin: int, match: re.Match[str], end: int) -> bool:
    following = text[match.end() : end].lstrip()
    mark = match[0].rstrip(_CLOSING)
    if not following:
        return True
    if following[0].islower() and (mark != "." or match[0][-1] in _CLOSING):
        return False  # "really?" she said
    if mark != ".":
        return True
    word = re.search(r"[^\s(\[\"'“‘]*$", text[begin : match.start()])
    before = word[0].casefold() if word else ""
    if before in _ABBREVIATIONS:
        return before in _CAN_END and following[0].isupper()
    if re.fullmatch(r"[A-Za-z]", before) and before != "i":
        return False  # an initial: "J. Smith"
    # "1. What is…" at the start of a line is a number, not a sentence.
    return not re.fullmatch(r"\d{1,2}", before) or bool(text[begin : match.start()].strip()[: -len(before)].strip())


def _trimmed(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    piece = text[start:end]
    left = len(piece) - len(piece.lstrip())
    right = len(piece.rstrip())
    if right > left:
        yield start + left, start + right


# Words

_BRITISH = ("isation", "ization", "izing", "ising", "ized", "ised", "ize")  # one spelling for both sides of the ocean
STOPWORDS = word_set("stopwords")


def words(text: str) -> list[str]:
    """The words of a text in lower case; hyphens and apostrophes inside a word stay."""
    return re.findall(r"[^\W_]+(?:[-'’.][^\W_]+)*", text.casefold())


def content_words(text: str) -> list[str]:
    """The words that carry the subject, roughly stemmed, so that "layers" and "layer" are one."""
    return [_stem(word) for word in words(text) if word not in STOPWORDS]


def _stem(word: str) -> str:
    word = re.sub(r"['’]s?$", "", word)
    for suffix in _BRITISH:
        if word.endswith(suffix) and len(word) > len(suffix) + 3:
            return f"{word[: -len(suffix)]}ise"
    for suffix in ("ations", "ation", "ings", "ing", "ies", "ed", "es", "s"):
        if word.endswith(suffix) and len(word) - len(suffix) >= 3 and not word.endswith("ss"):
            return word[: -len(suffix)]
    return word
