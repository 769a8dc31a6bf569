"""A grade ahead of its answer: the fast grade of what was said so far, which is stored nowhere. At most one is worked on at a time."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from coach.answer_grade import grade_answer
from coach.domain import Question, VerdictKind
from coach.errors import CoachError
from coach.interview_state import Thread
from coach.tools import Tools
from coach.updates import FastGraded
from coach.voice.work import Work, start

EVERY = 3.0  # seconds from one glance to the next: a grade takes a core for most of one
MORE = 6  # words that must have been said since the last one


class Ahead:
    """The grades ahead of one conversation. `tell` gets a text with its grade, or with None where it could not be graded."""

    def __init__(self, tools: Tools, session_id: str, work: Work, tell: Callable[[str, FastGraded | None], None]) -> None:
        """Nothing is graded yet."""
        self._tools, self._session_id, self._work, self._tell = tools, session_id, work, tell
        self._thread: Thread | None = None
        self._busy: str | None = None
        self._wanted: str | None = None
        self._known: tuple[str, FastGraded] | None = None
        self._glanced, self._words = float("-inf"), 0

    def turn_to(self, thread: Thread) -> None:
        """Another question or follow-up is open, the last turn of `thread`."""
        self._thread, self._known, self._words = thread, None, 0
        self.forget()

    def forget(self) -> None:
        """What was asked for last is not wanted any more."""
        self._wanted = None

    def glance(self, text: str, now: float) -> None:
        """Grade what was said so far, if there is enough new in it and nothing else to do."""
        words = len(text.split())
        if self._busy is None and now - self._glanced >= EVERY and words - self._words >= MORE:
            self._glanced, self._words = now, words
            self._start(text)

    def grade(self, text: str) -> None:
        """Grade this as soon as may be; it may have been already."""
        if self._known is not None and self._known[0] == text:
            self._tell(*self._known)
        elif self._busy is not None:
            self._wanted = text
        else:
            self._start(text)

    def _start(self, text: str) -> None:
        thread = self._thread
        if thread is not None:
            self._busy = text
            task = partial(grade_ahead, self._tools, thread, text, session_id=self._session_id)
            start(self._work, task, partial(self._done, thread, text), partial(self._failed, thread, text))

    def _done(self, thread: Thread, text: str, graded: FastGraded) -> None:
        if thread is self._thread:
            self._known = text, graded
        self._go_on(thread, text, graded)

    def _failed(self, thread: Thread, text: str, _: CoachError | None) -> None:
        self._go_on(thread, text, None)

    def _go_on(self, thread: Thread, text: str, graded: FastGraded | None) -> None:
        self._busy, wanted, self._wanted = None, self._wanted, None
        if wanted is not None and (wanted != text or thread is not self._thread):
            self._start(wanted)
        if thread is self._thread:
            self._tell(text, graded)


def grade_ahead(tools: Tools, thread: Thread, text: str, *, session_id: str) -> FastGraded:
    """The fast grade of the open turn of `thread`, had its answer been `text`. Raises ModelError, WeightsError."""
    turn = thread.turns[-1].model_copy(update={"answer": text, "answered_at": tools.now()})
    answered = thread.model_copy(update={"turns": (*thread.turns[:-1], turn)})
    for update in grade_answer(tools, answered, turn, session_id=session_id, full=False):
        if isinstance(update, FastGraded):
            return update
    raise AssertionError("the fast grade comes first")


def covered(question: Question, graded: FastGraded) -> tuple[int, ...]:
    """The places, from 1, of the question's points that the answer, with those before it, has."""
    ids = {verdict.id for verdict in graded.thread_grade.points if verdict.verdict is VerdictKind.COVERED}
    return tuple(place for place, point in enumerate(question.key_points, start=1) if point.id in ids)
