"""A question's grade as it grows: what of an answer is judged, and how its grade joins those of the answers before it."""

from __future__ import annotations

from coach.domain import Grade, VerdictKind
from coach.grading import gate
from coach.grading.merge import cap_hinted, merge, settle
from coach.interview import Thread, Turn

SAYS_NOTHING: frozenset[gate.GateKind] = frozenset({"empty", "dont_know", "gibberish", "steering", "language"})


def to_judge(thread: Thread, turn: Turn) -> tuple[str, frozenset[str] | None]:
    """The text to grade, and the points to grade it on (None: all). A clarification is read with what it makes clear, on its point."""
    if turn.role == "clarification" and turn.point_id is not None:
        return "\n\n".join(each.answer for each in thread.turns if each.answer), frozenset({turn.point_id})
    return turn.answer or "", _not_covered(thread)


def together(thread: Thread, grade: Grade) -> Grade:
    """The thread's grade with that of its last answer. What was given away before this answer counts at most partial in it."""
    if not grade.points:  # not graded, or 0 without a look at the points: it adds nothing to what is there
        return thread.grade or grade
    capped = cap_hinted(grade, thread.question, thread.given_away) if thread.given_away else grade
    if thread.grade is None:
        return capped
    turn = thread.turns[-1]
    if turn.role == "clarification" and turn.point_id is not None:
        if gate.check(thread.question, turn.answer or "").kind in SAYS_NOTHING:  # by itself, not with the answers before it
            return thread.grade
        return settle(thread.grade, capped, thread.question, turn.point_id)
    return merge(thread.grade, capped, thread.question)


def _not_covered(thread: Thread) -> frozenset[str] | None:
    """The points that an answer to a follow-up is judged on; None, all of them, for the first answer."""
    if thread.grade is None:
        return None
    covered = {verdict.id for verdict in thread.grade.points if verdict.verdict == VerdictKind.COVERED}
    return frozenset(point.id for point in thread.question.key_points if point.id not in covered)
