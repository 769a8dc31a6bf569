"""One answer graded: the fast grade at once, then the full one, which may fail or be stopped."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Sequence

from coach.domain import Delivery, Grade, Hit, Question, Verdict
from coach.errors import IndexingError, ModelError, WeightsError
from coach.events import Graded
from coach.interview_state import Thread, Turn
from coach.thread_grade import to_judge, together
from coach.tools import Tools
from coach.updates import FastGraded, PointJudged

STOPPED = "The full check was stopped, so the quick grade stands."
STORY = "The local model has learned from technical answers, so a story gets the quick check alone."

log = logging.getLogger(__name__)


def grade_answer(
    tools: Tools, thread: Thread, turn: Turn, *, session_id: str, stop: threading.Event | None = None, full: bool = True
) -> Iterator[FastGraded | PointJudged | Graded]:
    """Grade the answer of a turn, the last one of `thread`; the last thing that comes is what is to be stored.

    A turn that has a grade and lost its part in the question's, since an answer before it was corrected, gets that part again.
    Raises ModelError or WeightsError when not even the fast grader can be had.
    """
    if turn.grade is not None:
        yield Graded(at=tools.now(), turn_id=turn.id, grade=turn.grade, thread_grade=together(thread, turn.grade), note=turn.note)
        return
    answer, only = to_judge(thread, turn)
    hits, note = passages(tools, thread.question, answer, session_id=session_id)
    grade = _with_delivery(tools.fast.grade(thread.question, answer, hits, only=only), turn)
    grader = tools.full if full else None
    if grader is not None and not grader.judges(thread.question):
        grader, note = None, note or STORY
    yield FastGraded(turn_id=turn.id, grade=grade, thread_grade=together(thread, grade), full_follows=grader is not None)
    if grader is not None:
        finer: Grade | None = None
        try:
            for piece in grader.stream(thread.question, answer, hits, only=only, stop=stop):
                if isinstance(piece, Verdict):
                    yield PointJudged(turn_id=turn.id, verdict=piece)
                else:
                    finer = _with_delivery(piece, turn)
        except (ModelError, WeightsError) as error:
            if stop is not None and stop.is_set():
                note = STOPPED
            else:
                log.warning("session %s turn %d: the full grader failed (%s)", session_id, turn.id, type(error).__name__)
                note = f"The full check could not finish, so the quick grade stands. {error}"
        else:
            if finer is None:
                note = STOPPED
        grade = finer or grade
    yield Graded(at=tools.now(), turn_id=turn.id, grade=grade, thread_grade=together(thread, grade), note=note)


def passages(tools: Tools, question: Question, answer: str, *, session_id: str) -> tuple[Sequence[Hit], str | None]:
    """The passages that bear on an answer; where the index cannot be searched none, and a sentence for the candidate that says so."""
    try:
        return tools.retriever.passages_for(question, answer), None
    except IndexingError as error:
        log.warning("session %s: no passages (%s)", session_id, error)
        return (), f"No passages stand behind this grade, since the index could not be searched. {error}"


def _with_delivery(grade: Grade, turn: Turn) -> Grade:
    """The grade with how the answer sounded, if it was spoken. The score does not know of it."""
    if turn.spoken is None:
        return grade
    sounded = turn.spoken.delivery
    delivery = Delivery(words_per_minute=sounded.words_per_minute, fillers=len(sounded.fillers), pauses=len(sounded.pauses))
    return grade.model_copy(update={"delivery": delivery})
