"""What kind of thing a key point says, told from its words: enough to point a candidate towards it, and no more."""

from __future__ import annotations

import re
from typing import NamedTuple

from coach.domain import KeyPoint, Question


class PointKind(NamedTuple):
    """A kind: how its points are told, what it is called in a hint, and how a follow-up asks for it."""

    pattern: re.Pattern[str]
    called: str
    asks: tuple[str, ...]


def kind_of(question: Question, point: KeyPoint) -> PointKind:
    """The kind of a point; a story's and a design's points have kinds of their own."""
    kinds = {"experience": _STORY, "design": _DESIGN}.get(question.kind, ()) + (() if question.kind == "experience" else _STATEMENT)
    return next((kind for kind in kinds if kind.pattern.search(point.text)), _STORY_REST if question.kind == "experience" else REST)


def _kind(pattern: str, called: str, *asks: str) -> PointKind:
    return PointKind(re.compile(pattern, re.IGNORECASE), called, asks)


_STATEMENT = (
    _kind(
        r"\b(because|so that|since|therefore|which (makes|means|keeps|lets|causes)|the reason)\b",
        "a reason: why it is so, and not only that it is",
        "What is the reason behind what you describe?",
        "Why does it come out that way?",
    ),
    _kind(
        r"\b(than|whereas|unlike|instead of|rather than|in contrast)\b",
        "a comparison: how it differs from the other way",
        "What is different from the obvious alternative?",
        "Compared with the other way of doing it, what changes?",
    ),
    _kind(
        r"\b(such as|for example|for instance)\b|\be\.g\.",
        "something concrete: which ones, by name",
        "Which ones would you name?",
        "Can you make that concrete with an example or two?",
    ),
    _kind(
        r"\b(problem|fails?|suffers?|cannot|drawback|expensive|risk|costs?|poorly|unstable)\b",
        "a weakness: what goes wrong, or what it costs",
        "What can go wrong there?",
        "Where is the catch?",
    ),
    _kind(
        r"\bto (prevent|avoid|keep|stop|break|reduce|limit|ensure|help|protect)\b",
        "a purpose: what it is there for",
        "What is that there for?",
        "What would go wrong without that?",
    ),
    _kind(
        r"\b(if|when|unless|until|once|only)\b",
        "a condition: when it holds, or what happens then",
        "Under which conditions does that hold?",
        "When is that so, and when is it not?",
    ),
    _kind(
        r"\b(first|then|after|before|during|at (each|every)|(each|every) (time )?step|repeat\w*)\b",
        "the course of events: what happens when",
        "Can you walk me through it in the order in which things happen?",
        "What happens at which moment?",
    ),
    _kind(
        r"\d|\b(formula|computes?|computed|multipl\w+|weighted|averag\w+|sums?|ratio|probability)\b",
        "the arithmetic: what is computed, and from what",
        "What exactly is computed there, and from what?",
        "If you wrote it down as a formula, what would be in it?",
    ),
)
_DESIGN = (
    _kind(
        r"^(monitor|measure|evaluat|test|validat|track|check|compar)\w*",
        "a check: how you would know that it works",
        "How would you know that all of it works, and goes on working?",
        "What would you look at to be sure of it?",
    ),
    _kind(
        r"^[a-z]+s\b",
        "a step that you would take, with its details",
        "Which step have you not mentioned yet?",
        "What else would you do before you called it finished?",
    ),
)
_STORY = (
    _kind(
        r"\b(figure|number|quantif\w+|measured?|percent\w*|outcome|result|effect|achieved)\b",
        "the result: what came of it, with a figure",
        "What came of it, in figures?",
        "How did you know that it had worked?",
    ),
    _kind(
        r"\b(lesson|learn(ed|t)|differently|hindsight|takeaway|next time)\b",
        "the lesson: what you took away from it",
        "What did you take away from it?",
        "What would you do differently today?",
    ),
    _kind(
        r"\b(why|reason|because|chose|choice|justif\w+|motivat\w+)\b",
        "the reason for what you chose",
        "Why did you choose that way and not another?",
        "What spoke for it, and what against?",
    ),
    _kind(
        r"\b(own|personally|role|contribution)\b",
        "your own part: what you did yourself",
        "What was your own part in it?",
        "What did you do yourself?",
    ),
    _kind(
        r"\b(scene|situation|context|task|project|goal|problem|concrete)\b",
        "the situation: what you were working on, and what for",
        "What was the situation that you started from?",
        "What exactly were you working on, and what for?",
    ),
)
_STORY_REST = _kind(
    r"",
    "how you went about it, step by step",
    "How did you go about it, step by step?",
    "Which technique did you use, and how?",
)
REST = _kind(
    r"",
    "the heart of the matter: what it is, or what it does",
    "What is the one thing that your answer cannot do without and has not mentioned?",
    "If a colleague asked you for the heart of the matter, what would you add?",
    "What have you left out so far that everything else depends on?",
)
