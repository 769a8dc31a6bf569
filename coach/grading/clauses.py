"""An answer in the pieces that a listener weighs: clauses, sentences, and pairs of sentences, each verbatim."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from coach.domain import Frozen

SENTENCE_END = re.compile(r"(?<=[.!?;])[\"')\]]*\s+|\n+")
CLAUSE_BREAK = re.compile(
    r"(?<=[,:–—])\s+(?=\w)|\s+(?=(?:but|whereas|while|because|although|though|since|unless|so that|which|and then|instead|rather than)\b)",
    re.IGNORECASE,
)
MIN_WORDS = 5  # a shorter piece says little alone and joins its neighbour
MAX_WORDS = 36  # a transcript may come without full stops; longer pieces are cut


class Unit(Frozen):
    """A verbatim piece of an answer and where it stands (characters, end exclusive)."""

    start: int
    end: int
    text: str


def sentences(answer: str) -> list[Unit]:
    """The sentences of an answer; a transcript without full stops is cut into pieces of at most 36 words."""
    return [piece for unit in _split(answer, 0, len(answer), SENTENCE_END) for piece in _cut_long(answer, unit)]


def clauses(answer: str) -> list[Unit]:
    """The clauses of an answer, each of at least five words where its sentence has that many."""
    return [
        clause
        for sentence in sentences(answer)
        for clause in _merge_short(answer, _split(answer, sentence.start, sentence.end, CLAUSE_BREAK))
    ]


def units(answer: str) -> list[Unit]:
    """Clauses, sentences and pairs of neighbouring sentences, without repeats, in the order of the answer."""
    whole = sentences(answer)
    pairs = [_unit(answer, left.start, right.end) for left, right in pairwise(whole)]
    found = {(unit.start, unit.end): unit for unit in [*clauses(answer), *whole, *pairs]}
    return [found[key] for key in sorted(found)]


def _unit(answer: str, start: int, end: int) -> Unit:
    return Unit(start=start, end=end, text=answer[start:end])


def _split(answer: str, start: int, end: int, pattern: re.Pattern[str]) -> list[Unit]:
    pieces, at = [], start
    for match in pattern.finditer(answer, start, end):
        pieces.append((at, match.start()))
        at = match.end()
    pieces.append((at, end))
    return [stripped for left, right in pieces if (stripped := _strip(answer, left, right)) is not None]


def _strip(answer: str, start: int, end: int) -> Unit | None:
    while start < end and answer[start].isspace():
        start += 1
    while end > start and answer[end - 1].isspace():
        end -= 1
    return _unit(answer, start, end) if end > start else None


def _merge_short(answer: str, pieces: Sequence[Unit]) -> list[Unit]:
    merged: list[Unit] = []
    for piece in pieces:
        if merged and (_words(merged[-1]) < MIN_WORDS or _words(piece) < MIN_WORDS):
            merged[-1] = _unit(answer, merged[-1].start, piece.end)
        else:
            merged.append(piece)
    return merged


def _cut_long(answer: str, unit: Unit) -> list[Unit]:
    words = list(re.finditer(r"\S+", unit.text))
    if len(words) <= MAX_WORDS * 1.5:
        return [unit]
    groups = [words[i : i + MAX_WORDS] for i in range(0, len(words), MAX_WORDS)]
    return [_unit(answer, unit.start + group[0].start(), unit.start + group[-1].end()) for group in groups]


def _words(unit: Unit) -> int:
    return len(unit.text.split())
