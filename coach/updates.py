"""What a session tells whoever watches it, as it works: a page, a terminal. Asked and Graded are the events themselves."""

from __future__ import annotations

from coach.domain import Frozen, Grade, Verdict
from coach.events import Asked, EndReason, Graded, HintLevel


class AnswerStored(Frozen):
    """The answer is safe; the grading begins."""

    turn_id: int


class FastGraded(Frozen):
    """The fast grader has spoken. `thread_grade` counts earlier answers and hints in; the full grader may follow."""

    turn_id: int
    grade: Grade
    thread_grade: Grade
    full_follows: bool


class PointJudged(Frozen):
    """The full grader has judged one point of this answer."""

    turn_id: int
    verdict: Verdict


class WritingFollowUp(Frozen):
    """A follow-up is being composed, which takes a chat model seconds."""


class Finished(Frozen):
    """The interview is over, and its report can be had."""

    reason: EndReason


Update = AnswerStored | FastGraded | PointJudged | Graded | WritingFollowUp | Asked | Finished


class HintGiven(Frozen):
    """A hint. Level 3 is the point itself, which counts at most partial from then on."""

    turn_id: int
    level: HintLevel
    text: str
    point_id: str


class ModelAnswer(Frozen):
    """A question's model answer, and the document that it came from."""

    question: str
    text: str
    source: str
