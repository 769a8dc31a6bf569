"""A session: the state machine with a store under it and graders beside it.

Every event is appended before anything is built on it, an answer above all: after a crash, a refresh or on another replica
`Session.open` stands where it was, and `resume` does what was still due.
"""

from __future__ import annotations

import logging
import secrets
import threading
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Self, TypeVar

from coach.answer_grade import grade_answer, passages
from coach.domain import Question, VerdictKind
from coach.errors import BankError, ModelError, StoreError, UsageError, WeightsError
from coach.events import (
    Answered,
    Asked,
    Corrected,
    Disputed,
    DisputeWithdrawn,
    Ended,
    EndReason,
    Event,
    Graded,
    Hinted,
    ModelAnswerShown,
    NotHeard,
    Passed,
    QuestionRef,
    Role,
    Setup,
    Started,
)
from coach.followup import FollowUpAsk, compose_clarification, compose_follow_up
from coach.hints import ASK_YOURSELF, compose_hint, next_hint
from coach.interview import AskFollowUp, AskQuestion, AskToClarify, GradeAnswer, InterviewState, Step, Thread, Turn, decide, fold, step
from coach.report import Report, report_of
from coach.spoken import Spoken, Transcript
from coach.store import Store
from coach.tools import Tools
from coach.updates import AnswerStored, Finished, HintGiven, ModelAnswer, Update, WritingFollowUp

MAX_ANSWER = 20_000  # characters: an hour of talk; more is a pasted document
MAX_WHY = 1_000  # characters of the reason for a dispute

log = logging.getLogger(__name__)

EventT = TypeVar("EventT", bound=Event)


class Session:
    """An interview that is kept. One object serves one thread at a time; another one on the same id is noticed and refused."""

    def __init__(self, tools: Tools, session_id: str, state: InterviewState) -> None:
        """A session in a state that was read from the store; `start` and `open` make one."""
        self._tools, self._id, self._state = tools, session_id, state
        self._gone: frozenset[str] = frozenset()  # questions that left the bank since the start

    @classmethod
    def start(cls, tools: Tools, setup: Setup) -> Self:
        """Begin an interview and put its first question. Raises UsageError when no question fits the setup."""
        pool = _pool(tools.store, setup)
        session_id = secrets.token_hex(16)
        first = Started(at=tools.now(), setup=setup, pool=pool)
        tools.store.create_session(session_id, first)
        session = cls(tools, session_id, step(None, first))
        for _ in session.resume():
            pass
        return session

    @classmethod
    def open(cls, tools: Tools, session_id: str) -> Self:
        """The session where it stands. Raises StoreError when there is none of this id, or its record does not add up."""
        events = tools.store.events(session_id)
        try:
            return cls(tools, session_id, fold(events))
        except UsageError as error:
            raise StoreError("This session's record is damaged and cannot be continued. Start a new interview.") from error

    @property
    def id(self) -> str:
        """32 hex digits that nobody guesses."""
        return self._id

    @property
    def state(self) -> InterviewState:
        """Where the interview stands. A mock interview's grades are in it too: who shows it keeps them back until the end."""
        return self._state

    def submit(self, text: str, spoken: Spoken | None = None, *, stop: threading.Event | None = None) -> Iterator[Update]:
        """Store the answer to the open turn at once; the iterator then grades it and asks what comes next.

        `spoken` goes with an answer that was said aloud: `text` is graded, the rest is kept. `stop` ends the full grading, and the fast
        grade stands. Leaving the iterator early loses nothing: `resume` goes on. A mock interview's updates hold no grades.
        Raises UsageError when the answer is empty or too long, or none is awaited, and StoreError when it could not be stored; then
        nothing has changed.
        """
        turn = self._awaiting()
        text = _checked(text, "Write one, ask for a hint, or pass to go on to the next question.")
        self._append(Answered(at=self._tools.now(), turn_id=turn.id, text=text, spoken=spoken))
        return self._proceed(stop, AnswerStored(turn_id=turn.id))

    def not_heard(self, transcript: Transcript, reason: str) -> NotHeard:
        """Note that what was said could not be made out, and why, in words for the candidate. The turn stays open, and nothing is graded.

        Raises UsageError when no answer is awaited.
        """
        return self._append(NotHeard(at=self._tools.now(), turn_id=self._awaiting().id, transcript=transcript, reason=reason))

    def correct(self, turn_id: int, text: str, *, stop: threading.Event | None = None) -> Iterator[Update]:
        """Store the corrected transcript of a spoken answer at once; the iterator then grades it again, and what was built on its grade.

        It may be an earlier question's, and the interview may be over. Raises UsageError when there is no such answer, or nothing in it
        changes, and what `submit` raises of a text.
        """
        turn = self._state.turn_of(turn_id)
        text = _checked(text, "Write what you said, or leave the transcript as it is.")
        if turn is not None and turn.answer == text:
            raise UsageError("That is what the transcript says already. Change what was misheard, then send it.")
        self._append(Corrected(at=self._tools.now(), turn_id=turn_id, text=text))
        return self._proceed(stop, AnswerStored(turn_id=turn_id))

    def resume(self, stop: threading.Event | None = None) -> Iterator[Update]:
        """Do what is due: grade an answer that was stored and not graded, ask the next question if none is open."""
        return self._proceed(stop)

    def skip(self) -> list[Update]:
        """Pass the open turn and put the next question. Raises UsageError when none is open."""
        self._append(Passed(at=self._tools.now(), turn_id=self._awaiting().id))
        return list(self._proceed(None))

    def hint(self) -> HintGiven:
        """The next hint, plainer each time. Raises UsageError in a mock interview, and when nothing is left to hint at."""
        turn, thread = self._awaiting(), self._current()
        if self._state.setup.mode == "mock":
            raise UsageError("A mock interview gives no hints. Answer as far as you can, or pass.")
        point, level = next_hint(thread)
        answers = [turn.answer for turn in thread.turns if turn.answer]
        text = compose_hint(thread.question, point, level, answers, [turn.text for turn in thread.turns])
        self._append(Hinted(at=self._tools.now(), turn_id=turn.id, level=level, text=text, point_id=point.id))
        return HintGiven(turn_id=turn.id, level=level, text=text, point_id=point.id)

    def model_answer(self, turn_id: int | None = None) -> ModelAnswer:
        """The model answer of the question of a turn, or of the one that is on.

        While the question is open, that is noted: what it tells counts at most partial, and no follow-up is asked.
        Raises UsageError in a mock interview before its end, and for a turn that is not there.
        """
        state = self._state
        if state.setup.mode == "mock" and state.ended is None:
            raise UsageError("A mock interview shows the model answers at its end.")
        thread = state.thread if turn_id is None else state.thread_of(turn_id)
        if thread is None:
            raise UsageError("There is no such question in this interview. Reload the page to see where it stands.")
        turn = state.open_turn
        if turn is not None and thread.number == len(state.threads) and not thread.model_answer_shown:
            self._append(ModelAnswerShown(at=self._tools.now(), turn_id=turn.id))
        question = thread.question
        return ModelAnswer(question=question.text, text=question.answer, source=question.source)

    def dispute(self, number: int, point_id: str, verdict: VerdictKind, why: str = "") -> Disputed:
        """Note that the verdict on a point of question `number` should be another one. The score stays as it is.

        Raises UsageError when there is no such verdict or it is the same, and in a mock interview before its end.
        """
        why = " ".join(_well_formed(why).split())
        if len(why) > MAX_WHY:
            raise UsageError(f"The reason has {len(why):,} characters; at most {MAX_WHY:,} are kept. Shorten it and send it again.")
        turn = self._graded(number)
        return self._append(Disputed(at=self._tools.now(), turn_id=turn.id, point_id=point_id, verdict=verdict, why=why))

    def take_back(self, number: int, point_id: str) -> DisputeWithdrawn:
        """Take a dispute back. Raises UsageError when there is none about this point."""
        return self._append(DisputeWithdrawn(at=self._tools.now(), turn_id=self._graded(number).id, point_id=point_id))

    def end(self) -> list[Update]:
        """End the interview now. An answer that still waits gets the fast grade, so that the report has it. Twice does no harm."""
        if self._state.ended is None:
            try:
                while self._state.ungraded_turn is not None:
                    for _ in self._grade(self._state.ungraded_turn, None, full=False):
                        pass
            except (ModelError, WeightsError) as error:  # the report says that this answer has no grade
                log.warning("session %s: ended with an answer ungraded (%s)", self._id, error)
            self._append(Ended(at=self._tools.now(), reason="stopped"))
        return [Finished(reason=self._state.ended or "stopped")]

    def report(self) -> Report:
        """The report as of now. Raises UsageError in a mock interview before its end."""
        if self._state.setup.mode == "mock" and self._state.ended is None:
            raise UsageError("A mock interview's report comes at its end. End the interview to see it.")
        return report_of(self._id, self._state)

    def _proceed(self, stop: threading.Event | None, *before: Update) -> Iterator[Update]:
        yield from before
        while steps := decide(self._state, without=self._gone):
            yield from self._do(steps, stop)

    def _do(self, steps: Sequence[Step], stop: threading.Event | None) -> Iterator[Update]:
        first = steps[0]
        if isinstance(first, GradeAnswer) and self._state.ungraded_turn is not None:
            yield from self._grade(self._state.ungraded_turn, stop)
        elif isinstance(first, AskToClarify):
            yield self._append(self._clarification(first))
        elif isinstance(first, AskFollowUp):
            yield WritingFollowUp()
            asked = self._follow_up(first, stop)
            if asked is None:
                yield from self._do(steps[1:], stop)
            else:
                yield self._append(asked)
        elif isinstance(first, AskQuestion):
            question = self._tools.store.question(first.bank, first.id)
            if question is None:
                self._gone |= {first.ref}
                return
            yield self._append(self._asked(question, question.text))
        else:
            yield self._finish("finished")

    def _finish(self, reason: EndReason) -> Finished:
        self._append(Ended(at=self._tools.now(), reason=reason))
        return Finished(reason=reason)

    def _grade(self, turn: Turn, stop: threading.Event | None, *, full: bool = True) -> Iterator[Update]:
        """Grade an answer and store its grade. A mock interview keeps the updates to itself."""
        thread = self._thread_of(turn)
        for update in grade_answer(self._tools, thread, turn, session_id=self._id, stop=stop, full=full):
            if isinstance(update, Graded):
                self._append(update)
                log.info("session %s turn %d: graded by the %s grader in %d ms", self._id, turn.id, update.grade.grader, update.grade.ms)
            if self._state.setup.mode == "practice":
                yield update

    def _follow_up(self, due: AskFollowUp, stop: threading.Event | None) -> Asked | None:
        thread = self._current()
        if thread.grade is None:
            return None
        answers = [turn.answer for turn in thread.turns if turn.answer]
        stopped = stop is not None and stop.is_set()
        chat = None if stopped else self._tools.chat
        hits, _ = passages(self._tools, thread.question, answers[-1], session_id=self._id) if chat is not None else ((), None)
        ask = compose_follow_up(thread.question, thread.grade, answers, _asked_in(thread), chat, hits, points=due.points, stop=stop)
        if ask is None:
            return None
        return self._asked_on(thread, ask, "follow_up")

    def _clarification(self, due: AskToClarify) -> Asked:
        thread = self._current()
        point = next(point for point in thread.question.key_points if point.id == due.point_id)
        verdicts = thread.grade.points if thread.grade is not None else ()
        verdict = next((verdict for verdict in verdicts if verdict.id == point.id), None)
        ask = compose_clarification(thread.question, point, verdict, _asked_in(thread))
        return self._asked_on(thread, ask, "clarification")

    def _asked_on(self, thread: Thread, ask: FollowUpAsk, role: Role) -> Asked:
        event = self._asked(thread.question, ask.text)
        return event.model_copy(update={"role": role, "point_id": ask.point_id, "written_by": ask.written_by})

    def _asked(self, question: Question, text: str) -> Asked:
        turn_id = sum(len(thread.turns) for thread in self._state.threads) + 1
        return Asked(at=self._tools.now(), turn_id=turn_id, role="question", question=question, text=text)

    def _append(self, event: EventT) -> EventT:
        """Check that the event is possible, store it, and only then move on."""
        after = step(self._state, event)
        self._tools.store.append(self._id, event, expected=self._state.seq)
        self._state = after
        return event

    def _awaiting(self) -> Turn:
        if self._state.ended is not None:
            raise UsageError("This interview is over. Start a new one.")
        turn = self._state.open_turn
        if turn is None:
            raise UsageError("No question is open: the last answer is still being graded. Wait a moment, or reload the page.")
        return turn

    def _graded(self, number: int) -> Turn:
        """The turn that question `number` has its grade from."""
        if self._state.setup.mode == "mock" and self._state.ended is None:
            raise UsageError("A mock interview shows its verdicts at its end; you can disagree with them then.")
        thread = next((thread for thread in self._state.threads if thread.number == number), None)
        turn = thread.graded_turn if thread is not None else None
        if turn is None:
            raise UsageError("This question has no grade yet, so there is nothing to disagree with.")
        return turn

    def _thread_of(self, turn: Turn) -> Thread:
        """The question of a turn as it stood when that was answered."""
        thread = self._state.thread_of(turn.id)
        return thread.up_to(turn.id) if thread is not None else self._current()

    def _current(self) -> Thread:
        thread = self._state.thread
        if thread is None:
            raise UsageError("This interview has put no question yet. Reload the page.")
        return thread


def _pool(store: Store, setup: Setup) -> tuple[QuestionRef, ...]:
    """What may be asked: of the banks, the topics and, unless it adapts, the level of the setup."""
    known = {row.name for row in store.banks()}
    for bank in setup.banks:
        if bank not in known:
            raise BankError(f"There is no bank “{bank}”. Choose one of: {', '.join(sorted(known)) or 'none so far, add a document first'}.")
    refs = [QuestionRef.of(question) for question in store.questions() if not setup.banks or question.bank in setup.banks]
    fits = [ref for ref in refs if not setup.topics or ref.topic in setup.topics]
    fits = [ref for ref in fits if setup.level in ("adaptive", ref.level)]
    if not fits:
        reason = (
            "No question fits this choice of banks, topics and level: choose more of them."
            if refs
            else "There are no questions yet: add a document."
        )
        raise UsageError(reason)
    return tuple(fits)


def _asked_in(thread: Thread) -> frozenset[str]:
    """The questions that were put already, as such or as a hint."""
    return frozenset(turn.text for turn in thread.turns) | frozenset(hint.text.removeprefix(ASK_YOURSELF) for hint in thread.hints)


def _well_formed(text: str) -> str:
    """The text with lone surrogates, which a browser may send and no database takes, replaced."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _checked(text: str, otherwise: str) -> str:
    """An answer's text as it is stored. Raises UsageError when there is none (`otherwise` says what to do instead) or it is too long."""
    text = _well_formed(text)
    if not _says_something(text):
        raise UsageError(f"There is no answer yet. {otherwise}")
    if len(text) > MAX_ANSWER:
        raise UsageError(
            f"This answer has {len(text):,} characters; at most {MAX_ANSWER:,} can be graded. "
            "It is not stored: shorten it and send it again."
        )
    return text


def _says_something(text: str) -> bool:
    return any(not character.isspace() and unicodedata.category(character) not in ("Cc", "Cf") for character in text)
