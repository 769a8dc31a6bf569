"""What a report has of spoken answers: when each quote was said, what corrections changed, and how the whole interview sounded."""

from __future__ import annotations

from collections.abc import Sequence

from coach.delivery_advice import advice
from coach.domain import Frozen, Verdict, normalise
from coach.interview_state import InterviewState, Turn
from coach.spoken import SpokenDelivery
from coach.transcripts import moment_of


class Moment(Frozen):
    """When the words behind a verdict were said, in seconds from the start of the answer's recording."""

    point_id: str
    at: float


class SessionDelivery(Frozen):
    """How the spoken answers of an interview sounded, all together. Never part of a score."""

    answers: int
    words: int
    seconds: float
    words_per_minute: float
    fillers: int
    fillers_per_minute: float
    pauses: int
    hedge_share: float
    short: int  # answers that were shorter than is fit
    long: int
    suggestion: str


def moments_of(turn: Turn, verdicts: Sequence[Verdict]) -> tuple[Moment, ...]:
    """When the quotes of the verdicts were said, of those that are in this answer."""
    if turn.spoken is None or turn.answer is None:
        return ()
    answer = normalise(turn.answer)
    here = [verdict for verdict in verdicts if verdict.quote is not None and normalise(verdict.quote) in answer]
    found = [(verdict.id, moment_of(verdict.quote or "", turn.spoken.transcript)) for verdict in here]
    return tuple(Moment(point_id=id, at=at) for id, at in found if at is not None)


def session_delivery(state: InterviewState) -> SessionDelivery | None:
    """The spoken answers together; None where none was spoken."""
    each = [turn.spoken.delivery for thread in state.threads for turn in thread.turns if turn.spoken is not None]
    if not each:
        return None
    words, seconds = sum(one.words for one in each), sum(one.seconds for one in each)
    together = SpokenDelivery(
        words=words,
        seconds=seconds,
        words_per_minute=round(60 * words / seconds, 1) if seconds else 0.0,
        fillers=tuple(filler for one in each for filler in one.fillers),
        pauses=tuple(pause for one in each for pause in one.pauses),
        hedges=tuple(hedge for one in each for hedge in one.hedges),
        hedge_share=round(sum(one.hedge_share * one.words for one in each) / words, 3) if words else 0.0,
    )
    return SessionDelivery(
        answers=len(each),
        words=words,
        seconds=round(seconds, 1),
        words_per_minute=together.words_per_minute,
        fillers=len(together.fillers),
        fillers_per_minute=round(60 * len(together.fillers) / seconds, 1) if seconds else 0.0,
        pauses=len(together.pauses),
        hedge_share=together.hedge_share,
        short=sum(one.length == "short" for one in each),
        long=sum(one.length == "long" for one in each),
        suggestion=advice(together),
    )
