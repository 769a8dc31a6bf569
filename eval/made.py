"""Answers whose labels follow from how they are made: the rubric said back, half of it, and good talk of something else.

Labelled answers seldom use the rubric's very words, and most of them are about their question. Without these rows nothing would hold a
fit to the obvious: what is said back is covered, what is left out is missing, and so is everything in an answer to another question,
however well it is put.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from coach.domain import Question, VerdictKind
from eval.cases import LabelledAnswer

FLUENT = frozenset({
    "full", "plain_full", "half", "plain_half", "spoken", "terse", "other_words", "plain_brief", "plain_aside", "one_reversed",
    "plain_one_reversed", "extra",
})  # fmt: skip
OTHERS = 4  # answers to other questions, for each question
STEP = 7  # between the questions that they are taken from, so that no topic lends all of its answers to its neighbour

UNRELATED = (
    "We usually go to the market on Saturdays, buy bread and a few tomatoes, and then sit by the river until it gets cold. My sister "
    "prefers the one near the station because it opens earlier and you can park there without paying.",
    "That is a great question, thank you for asking it. I have always been passionate about technology and I learn very quickly, so I am "
    "sure that I would do well here. In my last team people said that I was reliable and kind to work with.",
)


def answers_to_others(cases: Sequence[LabelledAnswer]) -> Mapping[str, list[str]]:
    """For each question (by `bank/id`) a few fluent answers to other questions, the same in every run."""
    fluent: dict[str, list[str]] = {}
    for case in cases:
        if case.kind in FLUENT:
            fluent.setdefault(f"{case.bank}/{case.question_id}", []).append(case.answer)
    questions = sorted(fluent)
    found: dict[str, list[str]] = {}
    for number, name in enumerate(questions):
        others = [questions[(number + 1 + turn * STEP) % len(questions)] for turn in range(OTHERS)]
        found[name] = [fluent[other][(number + turn) % len(fluent[other])] for turn, other in enumerate(others) if other != name]
    return found


class Made(NamedTuple):
    """A made answer, the verdict on every key point in their order, and what a row of it weighs against 1 of a labelled answer."""

    text: str
    verdicts: list[VerdictKind]
    weight: float


def made_answers(question: Question, others: Sequence[str]) -> list[Made]:
    """The answers that are made for a question: its points said back weigh most, being plainly right, talk of other things least."""
    points = question.key_points
    said, silent = VerdictKind.COVERED, VerdictKind.MISSING
    alternate = [[said if number % 2 == odd else silent for number in range(len(points))] for odd in (0, 1)]
    return [
        Made(" ".join(point.text for point in points), [said] * len(points), 0.6),
        Made(" ".join(point.text for point in points[::2]), alternate[0], 0.3),
        Made(" ".join(point.text for point in points[1::2]), alternate[1], 0.3),
        *(Made(text, [silent] * len(points), 0.2) for text in (*UNRELATED, *others)),
    ]
