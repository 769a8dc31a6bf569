"""What makes a question of our own form worth practising on: lengths, atomic points, follow-ups, one English."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from coach.domain import Question, normalise

Bounds = tuple[int, int]

ANSWER_WORDS: Bounds = (100, 250)
POINT_WORDS: Bounds = (8, 25)
POINTS: Bounds = (4, 7)
ESSENTIAL: Bounds = (1, 3)
MISCONCEPTIONS: Bounds = (2, 4)
FEWEST_FOLLOW_UPS = 3
PASTED = 0.5  # a point that shares a longer run of words with its model answer, as a share of the point, was pasted into it

_AND = re.compile(r"\band\b", re.IGNORECASE)
_CODE = re.compile(r"`[^`]*`|\b\w+(?:[._]\w+)+\b")
_WORD = re.compile(r"[\w'’-]+")
_AMERICAN = re.compile(
    r"\b(?!(?:\w*)siz|(?:cap|p)?ri[sz]|seiz)\w+(?:iz(?:e[srd]?|ers|ing|ations?)|yz(?:e[srd]?|ing))\b"
    r"|\b(?:behavior|color|favor|flavor|neighbor|labor|rumor)\w*\b|\b(?:center|fiber)s?\b|\bdefense\b|\bgray\b"
    r"|\b(?:label|model|travel|cancel|signal|channel)(?:ed|ing)\b",
    re.IGNORECASE,
)
_BRITISH = re.compile(
    r"\b\w+(?:isations?|yse[srd]?|ysing)\b"
    r"|\b(?:normal|regular|optim|general|initial|token|quant|special|organ|standard|minim|maxim)is(?:e[srd]?|ers|ing)\b"
    r"|\b(?:behaviour|colour|favour|flavour|neighbour|labour|rumour)\w*\b|\b(?:centre|fibre)s?\b|\bdefence\b|\bgrey\b"
    r"|\b(?:label|model|travel|cancel|signal|channel)l(?:ed|ing)\b",
    re.IGNORECASE,
)


def problems_of(question: Question) -> Iterator[str]:
    """What a mentor should mend in a question before others learn from it, in words."""
    yield from _counts(question)
    yield from _points(question)
    yield from _follow_ups(question)


def spelled_otherwise(questions: Sequence[Question]) -> dict[str, list[str]]:
    """By a question's `ref`, its words in the English that fewer words of all these questions are spelled in: British or American."""
    american = {question.ref: _AMERICAN.findall(_prose(question)) for question in questions}
    british = {question.ref: _BRITISH.findall(_prose(question)) for question in questions}
    fewer = min((american, british), key=lambda found: sum(map(len, found.values())))
    return {ref: sorted({word.casefold() for word in words}) for ref, words in fewer.items() if words}


def shared_run(point: str, answer: str) -> float:
    """The longest run of words that a point has in common with the model answer, as a share of the point's words."""
    ours, theirs = _words(point), _words(answer)
    before = [0] * (len(theirs) + 1)  # the lengths of the runs that end at each word of the answer
    longest = 0
    for word in ours:
        runs = [0] * (len(theirs) + 1)
        for at, other in enumerate(theirs, 1):
            if word == other:
                runs[at] = before[at - 1] + 1
                longest = max(longest, runs[at])
        before = runs
    return longest / len(ours) if ours else 0.0


def _counts(question: Question) -> Iterator[str]:
    essential = sum(point.essential for point in question.key_points)
    for what, number, (fewest, most) in (
        ("The model answer", len(question.answer.split()), ANSWER_WORDS),
        ("The list of key points", len(question.key_points), POINTS),
        ("The list of essential key points", essential, ESSENTIAL),
        ("The list of misconceptions", len(question.misconceptions), MISCONCEPTIONS),
    ):
        if not fewest <= number <= most:
            unit = "words" if "answer" in what else "entries"
            yield f"{what} has {number} {unit}; it should have {fewest} to {most}."


def _points(question: Question) -> Iterator[str]:
    texts = [normalise(point.text) for point in question.key_points]
    fewest, most = POINT_WORDS
    for number, point in enumerate(question.key_points, 1):
        length = len(point.text.split())
        if not fewest <= length <= most:
            yield f"Key point {number} has {length} words; it should have {fewest} to {most}."
        if len(_AND.findall(point.text)) > 1:
            yield f"Key point {number} says “and” twice: make it two points, each with one fact."
        if (share := shared_run(point.text, question.answer)) > PASTED:
            yield f"Key point {number} shares {share:.0%} of its words in a row with the model answer: say it in other words."
        if texts[number - 1] in texts[: number - 1]:
            yield f"Key point {number} is there twice."


def _follow_ups(question: Question) -> Iterator[str]:
    asked = {item.point_id for item in question.follow_ups}
    if len(question.follow_ups) < FEWEST_FOLLOW_UPS:
        yield f"There are {len(question.follow_ups)} follow-ups; there should be {FEWEST_FOLLOW_UPS} or more."
    for number, item in enumerate(question.follow_ups, 1):
        if item.point_id is None:
            yield f"Follow-up {number} names no key point."
    for number, point in enumerate(question.key_points, 1):
        if point.essential and point.id not in asked:
            yield f"No follow-up asks for key point {number}, which is essential."


def _prose(question: Question) -> str:
    """All of a question's words but code, which is spelled as its library spells it."""
    claims = (text for item in question.misconceptions for text in (item.claim, item.correction))
    points = (point.text for point in question.key_points)
    return _CODE.sub(" ", "\n".join((question.text, question.answer, *points, *claims, *(item.text for item in question.follow_ups))))


def _words(text: str) -> list[str]:
    return [word.casefold() for word in _WORD.findall(text)]
