"""Verdicts that candidates disagree with, as labelled cases: what the coach says is wrong only when somebody writes it down."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from coach.domain import Frozen, Grade, VerdictKind, content_id
from coach.events import Disputed
from coach.interview import InterviewState, Thread, Turn

# What a candidate says that a verdict should be.
MEANT: dict[VerdictKind, str] = {
    VerdictKind.COVERED: "I said it",
    VerdictKind.PARTIAL: "I said part of it",
    VerdictKind.MISSING: "I did not say it",
    VerdictKind.CONTRADICTED: "I said the opposite",
}


class DisputedPoint(Frozen):
    """A key point's verdict, the candidate's where it is disputed, and the words that the coach had found for its own."""

    id: str
    text: str
    verdict: VerdictKind
    span: str | None


class DisputedAnswer(Frozen):
    """An answer in the form of the benchmarks' labelled answers.

    `disputed` maps the ids of the disputed points to what the coach had said; those carry the candidate's verdict, all others and the
    score (0 to 10) are the coach's. `reasons` has the candidate's word on each point that came with one, `note` all of them together.
    Nobody else has labelled it, and it belongs to no split.
    """

    id: str
    bank: str
    question_id: str
    split: None = None
    kind: Literal["disputed"] = "disputed"
    answer: str
    points: tuple[DisputedPoint, ...]
    wrong_claims: tuple[str, ...]
    score: int
    note: str
    labelled_by: Literal["candidate"] = "candidate"
    disputed: dict[str, VerdictKind]
    reasons: dict[str, str] = Field(default_factory=dict)


def disputed_answers(state: InterviewState) -> list[DisputedAnswer]:
    """One case for each graded answer of an interview whose verdicts were disputed. Nothing in it tells which interview it was."""
    return [
        _case(thread, turn, turn.thread_grade, disputes)
        for thread in state.threads
        for turn in thread.turns
        if turn.thread_grade is not None and (disputes := {each.point_id: each for each in thread.disputes if each.turn_id == turn.id})
    ]


def _case(thread: Thread, turn: Turn, grade: Grade, disputes: dict[str, Disputed]) -> DisputedAnswer:
    said = [each.answer for each in thread.turns if each.answer is not None and each.id <= turn.id]
    answer = "\n\n".join(said)
    meant = {id: each.verdict for id, each in disputes.items()}
    points = [
        DisputedPoint(
            id=verdict.id,
            text=verdict.text,
            verdict=meant.get(verdict.id, verdict.verdict),
            span=verdict.quote if meant.get(verdict.id) is not VerdictKind.MISSING else None,
        )
        for verdict in grade.points
    ]
    return DisputedAnswer(
        id=f"disputed-{content_id(thread.question.ref, answer, *sorted(f'{id} {kind}' for id, kind in meant.items()))}",
        bank=thread.question.bank,
        question_id=thread.question.id,
        answer=answer,
        points=tuple(points),
        wrong_claims=tuple(claim.quote for claim in grade.wrong_claims),
        score=round((grade.score or 0) / 10),
        note=" ".join(each.why for each in disputes.values() if each.why),
        disputed={verdict.id: verdict.verdict for verdict in grade.points if verdict.id in disputes},
        reasons={id: each.why for id, each in disputes.items() if each.why},
    )
