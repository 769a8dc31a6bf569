"""Grades of one thread put together: what a follow-up added, and what a hint gave away."""

from __future__ import annotations

from coach.clarify import sureness
from coach.domain import Grade, Question, Verdict, VerdictKind
from coach.grading.calibration import calibration
from coach.grading.feedback import compose
from coach.grading.score import band_of, probabilities_of, range_of, score_of


def merge(first: Grade, later: Grade, question: Question) -> Grade:
    """The grade of a question and its follow-ups so far.

    `later` judged a follow-up's answer on the points that `first` left open. What was said later counts, unless it was
    silent: a slip that the candidate mends is mended, and a point once covered stays covered.
    """
    if later.ungraded:
        return first
    if first.ungraded or not first.points:
        return later if later.points else first
    said = {verdict.id: verdict for verdict in later.points}
    return _joined(first, later, tuple(_together(verdict, said.get(verdict.id)) for verdict in first.points), question)


def settle(first: Grade, later: Grade, question: Question, point_id: str) -> Grade:
    """The grade of a question after one clarifying question about a point.

    `later` judged that point anew, on the answers together with the reply. Nothing else changes, and the guess gives way only to
    something that was said and that the grader is surer of: silence, "I don't know" and what cannot be graded leave it as it was.
    """
    guess = next((verdict for verdict in first.points if verdict.id == point_id), None)
    settled = next((verdict for verdict in later.points if verdict.id == point_id), None)
    if guess is None or settled is None or settled.verdict is VerdictKind.MISSING or sureness(settled) <= sureness(guess):
        return first
    return _joined(first, later, tuple(settled if verdict.id == point_id else verdict for verdict in first.points), question)


def _joined(first: Grade, later: Grade, verdicts: tuple[Verdict, ...], question: Question) -> Grade:
    """The first grade with these verdicts, which the later one had a part in."""
    quotes = {verdict.quote for verdict in verdicts if verdict.verdict is VerdictKind.CONTRADICTED}
    claims = tuple(dict.fromkeys(claim for claim in (*first.wrong_claims, *later.wrong_claims) if claim.quote in quotes))
    both = first.model_copy(update={"grader": first.grader if first.grader == later.grader else "fast"})
    return _rescored(both, verdicts, question).model_copy(
        update={"wrong_claims": claims, "feedback": compose(question, verdicts, claims), "ms": first.ms + later.ms}
    )


def cap_hinted(grade: Grade, question: Question, hinted: frozenset[str]) -> Grade:
    """The grade with each point that a hint gave away counted as partial at most."""
    if not any(verdict.id in hinted and verdict.verdict is VerdictKind.COVERED for verdict in grade.points):
        return grade
    verdicts = tuple(
        _half(verdict) if verdict.id in hinted and verdict.verdict is VerdictKind.COVERED else verdict for verdict in grade.points
    )
    return _rescored(grade, verdicts, question).model_copy(update={"feedback": compose(question, verdicts, grade.wrong_claims)})


def _together(first: Verdict, later: Verdict | None) -> Verdict:
    if later is None or later.verdict is VerdictKind.MISSING:
        return first
    if first.verdict is VerdictKind.COVERED:
        return first
    return later


def _half(verdict: Verdict) -> Verdict:
    """The verdict with all that speaks for covered speaking for partial."""
    shares = probabilities_of(verdict)
    half = shares.get(VerdictKind.COVERED, 0.0) + shares.get(VerdictKind.PARTIAL, 0.0)
    capped = {**shares, VerdictKind.COVERED: 0.0, VerdictKind.PARTIAL: half}
    return verdict.model_copy(update={"verdict": VerdictKind.PARTIAL, "probabilities": capped})


def _rescored(grade: Grade, verdicts: tuple[Verdict, ...], question: Question) -> Grade:
    scale = calibration().scale(grade.grader, question)
    score = score_of(verdicts, scale)
    low, high = range_of(verdicts, scale)
    return grade.model_copy(
        update={
            "points": verdicts,
            "score": score,
            "low": min(low, score),
            "high": max(high, score),
            "band": band_of(score),
            "reason": None,
        }
    )
