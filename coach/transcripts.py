"""A transcript for reading: its sentences with their times, the words that were mended, and when something was said. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher

from coach.domain import Frozen, normalise
from coach.spoken import Transcript, Word

LONGEST_LINE = 15.0  # seconds of talk without a full stop
BREAK = 2.0  # seconds of silence that end a line
SURE_MATCH = 3  # words on end that tell a place where the quote is not there word for word


class Line(Frozen):
    """A piece of a transcript, about a sentence, and when it begins, in seconds."""

    at: float
    text: str


def lines_of(transcript: Transcript) -> tuple[Line, ...]:
    """The transcript in lines: a sentence each, cut where it is long or a pause is."""
    lines: list[list[Word]] = []
    for word in transcript.words:
        last = lines[-1] if lines else []
        ended = bool(last) and re.search(r"[.!?][\"'”’)]*$", last[-1].text) is not None
        if not last or ended or word.start - last[-1].end >= BREAK or word.end - last[0].start > LONGEST_LINE:
            lines.append([])
        lines[-1].append(word)
    return tuple(Line(at=words[0].start, text=" ".join(word.text for word in words)) for words in lines)


def mended(transcript: Transcript) -> tuple[Word, ...]:
    """The words that were mended, each of them once."""
    found = {(word.text, word.heard): word for word in transcript.words if word.heard is not None}
    return tuple(found.values())


def clock(seconds: float) -> str:
    """`0:07`, `12:40`."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"


def moment_of(quote: str, transcript: Transcript) -> float | None:
    """When the words of a quote were said, in seconds; None where the transcript does not have them.

    A quote from a corrected answer may differ in a word or two: then the longest run of its words tells, if it is half of them.
    """
    said = [(token, word.start) for word in transcript.words for token in normalise(word.text).split()]
    tokens, wanted = [token for token, _ in said], normalise(quote).split()
    if not wanted:
        return None
    at = _position(wanted, tokens)
    return said[at][1] if at is not None else None


def _position(wanted: Sequence[str], tokens: Sequence[str]) -> int | None:
    for at in range(len(tokens) - len(wanted) + 1):
        if list(tokens[at : at + len(wanted)]) == list(wanted):
            return at
    match = SequenceMatcher(None, wanted, tokens, autojunk=False).find_longest_match()
    if match.size < max(SURE_MATCH, len(wanted) / 2):
        return None
    return max(0, match.b - match.a)
