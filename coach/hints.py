"""Graded hints towards a key point: a nudge, then its topic, then the point itself."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

from coach.domain import KeyPoint, Question, VerdictKind, normalise
from coach.errors import UsageError
from coach.events import HintLevel
from coach.interview import Thread
from coach.phrasing import known_stems
from coach.point_kinds import kind_of
from coach.words import WORD, content_stems

BLANK = "____"
ASK_YOURSELF = "Ask yourself: "  # what a nudge that uses a question of the corpus begins with


def next_hint(thread: Thread) -> tuple[KeyPoint, HintLevel]:
    """The point that the next hint is for, and how plain the hint is to be.

    Before an answer that is the first essential point, afterwards the gap, what the open follow-up is after first. When a point
    has been told, the next one's turn comes. Raises UsageError when there is nothing left to hint at.
    """
    grade = thread.grade
    covered = {verdict.id for verdict in grade.points if verdict.verdict == VerdictKind.COVERED} if grade is not None else set()
    wanted = [point for point in thread.question.essential_points if point.id not in covered]
    wanted.sort(key=lambda point: point.id != thread.turns[-1].point_id)
    for point in wanted:
        given = max((hint.level for hint in thread.hints if hint.point_id == point.id), default=0)
        if given < 3:
            return point, _LEVELS[given]
    raise UsageError("There is nothing more to hint at. Look at the model answer, or pass and go on.")


_LEVELS: tuple[HintLevel, HintLevel, HintLevel] = (1, 2, 3)


def compose_hint(question: Question, point: KeyPoint, level: HintLevel, answers: Sequence[str] = (), asked: Sequence[str] = ()) -> str:
    """The hint's text. `asked` are the texts that the candidate has been asked already."""
    if level == 1:
        return _nudge(question, point, asked)
    if level == 2:
        return f"Fill the gaps: {cloze(point.text, [question.text, *answers])}"
    return f"The point is: {point.text}"


def cloze(point: str, said: Sequence[str]) -> str:
    """The point with its decisive words blanked.

    What stays is its grammar, the words that question and answer share with it, and a third of the rest, from the start,
    where a sentence has its topic. At least one word is blanked.
    """
    known = known_stems(said)
    words = [found[0] for found in _PIECE.finditer(point)]
    content = [i for i, word in enumerate(words) if content_stems(word)]
    news = [i for i in content if not known.issuperset(content_stems(words[i]))]
    # Where everything was said, and yet not put together, the last content words are what is left to blank.
    blanked = set(news[len(news) // 3 :] or content[-2:]) | {i for i, word in enumerate(words) if word.casefold() in _NEGATIONS}
    count = iter(range(len(words)))
    text = _PIECE.sub(lambda found: BLANK if next(count) in blanked else found[0], point)
    return re.sub(rf"{BLANK}(?:[\s\-/]+{BLANK})+", BLANK, text)


_PIECE = re.compile(rf"\d[\d.,]*\d|{WORD.pattern}")  # a number is one piece, whatever is in it
_NEGATIONS = frozenset({"not", "no", "never", "none", "nor", "cannot", "without", "hardly"})  # the whole point, often
_NUDGES = (
    "Think about {kind}.",
    "What the answer needs is {kind}.",
    "A listener would wait for {kind}.",
)


def _nudge(question: Question, point: KeyPoint, asked: Sequence[str]) -> str:
    gone = {normalise(text) for text in asked}
    # The last one that probes the point: the first is kept for the follow-up.
    own = [follow_up.text for follow_up in question.follow_ups if follow_up.point_id == point.id]
    if len(own) > 1 and normalise(own[-1]) not in gone:
        return ASK_YOURSELF + own[-1]
    lot = int(hashlib.sha256(f"{question.ref}/{point.id}".encode()).hexdigest(), 16)
    return _NUDGES[lot % len(_NUDGES)].format(kind=kind_of(question, point).called)
