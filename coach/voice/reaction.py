"""What the coach says to an answer before it goes on: a short acknowledgement, and one or two sentences that a grade stands behind.

Nothing is praised that was not judged covered, and nothing is told that a follow-up may still ask for. Where the grade is unsure, and
in a mock interview, the reaction says nothing about the answer at all.
"""

from __future__ import annotations

from collections.abc import Sequence

from coach.domain import Grade, Verdict, VerdictKind
from coach.grading.feedback import as_clause
from coach.grading.gate import REASONS

SURE = 0.6  # a verdict's probability from which it is spoken of
SHORT = 14  # words of a point that can be said back within a breath

ACKNOWLEDGEMENTS = ("Okay.", "Right.", "I see.", "All right.", "Okay, thanks.")
NEUTRAL = ("Thank you.", "Okay, noted.", "Thanks.", "All right, noted.")

WHOLE = ("That is all of it.", "You have all of it.", "I would not ask for more.")
HEART = ("You have the heart of it.", "The main thing is there.", "You are clear on what matters most.")
NAMED = ("You are right that {0}.", "Yes, {0}.", "It is good that you said that {0}.")
PART = ("One of the main points is there.", "Part of it is there.", "You have a good part of it.")
SIDE = ("You made a right point there.", "Some of that holds.", "There is something right in that.")
TOUCHED = ("You touched on it.", "You are on the way there.", "That goes in the right direction.")
TURNED = ("One thing in it I would look at again.", "One part of it I see the other way about.", "One part I would check again.")
PASSED = ("That is fine.", "No problem.", "That is all right.")
NOT_YET = ("Let us look at it a little closer.", "Let us stay with it a moment.", "I am not sure that I have heard the answer in that.")


def acknowledgement(turn: int, *, mock: bool) -> str:
    """The first words of a reply, of which nothing has to be known; another one each turn."""
    return _turned(NEUTRAL if mock else ACKNOWLEDGEMENTS, turn)


def reaction_to(grade: Grade, turn: int) -> tuple[str, ...]:
    """What to say about an answer with this grade, sentence by sentence; at most two, none where nothing sure can be said."""
    if grade.ungraded is not None:
        return ()
    if grade.reason is not None:
        return (_turned(PASSED if grade.reason == REASONS["dont_know"] else NOT_YET, turn),)
    sure = [verdict for verdict in grade.points if verdict.confidence >= SURE]
    covered = [verdict for verdict in sure if verdict.verdict is VerdictKind.COVERED]
    turned = any(verdict.verdict is VerdictKind.CONTRADICTED for verdict in sure)
    said = [_praise(grade.points, covered, turn)] if covered else []
    if not said and any(verdict.verdict is VerdictKind.PARTIAL for verdict in sure) and not turned:
        said = [_turned(TOUCHED, turn)]
    return (*said, *([_turned(TURNED, turn)] if turned else []))


def _praise(points: Sequence[Verdict], covered: Sequence[Verdict], turn: int) -> str:
    essential = [verdict for verdict in points if verdict.essential] or list(points)
    if len(covered) == len(points):
        return _turned(WHOLE, turn)
    if all(verdict in covered for verdict in essential):
        return _turned(HEART, turn)
    first = next((verdict for verdict in covered if verdict.essential), covered[0])
    if len(first.text.split()) <= SHORT and turn % 2:
        return _turned(NAMED, turn).format(as_clause(first.text))
    return _turned(PART if first.essential else SIDE, turn)


def _turned(options: Sequence[str], turn: int) -> str:
    """One of the options, never the same in two turns on end."""
    return options[turn % len(options)]
