"""Where an interview stands, as values: its turns, the questions that they belong to, and the whole."""

from __future__ import annotations

from datetime import datetime

from coach.domain import Frozen, Grade, Question
from coach.events import Disputed, EndReason, Hinted, NotHeard, QuestionRef, Role, Setup, WrittenBy
from coach.spoken import Spoken


class Correction(Frozen):
    """What an answer was before its transcript was corrected, and the grades that it had, if it had any."""

    at: datetime
    before: str
    grade: Grade | None
    thread_grade: Grade | None


class Turn(Frozen):
    """One question, follow-up or clarifying question and what became of it."""

    id: int
    role: Role
    text: str
    point_id: str | None
    written_by: WrittenBy
    asked_at: datetime
    answer: str | None = None
    answered_at: datetime | None = None
    grade: Grade | None = None  # of this answer alone; a clarification's of its point, on all that was said
    thread_grade: Grade | None = None  # of the question's answers up to this one
    note: str | None = None
    passed: bool = False
    spoken: Spoken | None = None
    not_heard: tuple[NotHeard, ...] = ()  # tries to say the answer that could not be made out
    corrections: tuple[Correction, ...] = ()  # the oldest first

    @property
    def is_open(self) -> bool:
        """Nobody has answered or passed yet."""
        return self.answer is None and not self.passed

    @property
    def is_due(self) -> bool:
        """There is an answer that is not graded, or not graded since a correction."""
        return self.answer is not None and self.thread_grade is None


class Thread(Frozen):
    """A question with its follow-ups. `disputes` holds the latest word on each point that the candidate disagrees about."""

    number: int
    question: Question
    turns: tuple[Turn, ...]
    hints: tuple[Hinted, ...] = ()
    model_answer_at: int | None = None  # the turn at which the model answer was first looked at
    disputes: tuple[Disputed, ...] = ()

    @property
    def model_answer_shown(self) -> bool:
        """The model answer was looked at while the question was open."""
        return self.model_answer_at is not None

    @property
    def grade(self) -> Grade | None:
        """The grade of all answers together, or None before the first one is graded."""
        return self.graded_turn.thread_grade if self.graded_turn is not None else None

    @property
    def graded_turn(self) -> Turn | None:
        """The turn whose grade is the thread's, or None before the first one is graded."""
        return next((turn for turn in reversed(self.turns) if turn.thread_grade is not None), None)

    @property
    def open_disputes(self) -> tuple[Disputed, ...]:
        """The disputes in which the grade, as it is now, does not say what the candidate says."""
        verdicts = {verdict.id: verdict.verdict for verdict in self.grade.points} if self.grade is not None else {}
        return tuple(each for each in self.disputes if each.point_id in verdicts and verdicts[each.point_id] != each.verdict)

    @property
    def given_away(self) -> frozenset[str]:
        """Ids of the points that the candidate was told: they count at most partial from then on."""
        if self.model_answer_shown:
            return frozenset(point.id for point in self.question.key_points)
        return frozenset(hint.point_id for hint in self.hints if hint.level == 3)

    @property
    def passed(self) -> bool:
        """The question itself was passed, and nothing of it was answered."""
        return self.turns[0].passed

    def up_to(self, turn_id: int) -> Thread:
        """The thread as it was when this turn was answered: without the turns, hints and model answer that came after it."""
        return self.model_copy(
            update={
                "turns": tuple(turn for turn in self.turns if turn.id <= turn_id),
                "hints": tuple(hint for hint in self.hints if hint.turn_id <= turn_id),
                "model_answer_at": self.model_answer_at if self.model_answer_at is not None and self.model_answer_at <= turn_id else None,
            }
        )


class InterviewState(Frozen):
    """Where an interview stands. `seq` counts the events it was folded from."""

    seq: int
    setup: Setup
    pool: tuple[QuestionRef, ...]
    started_at: datetime
    threads: tuple[Thread, ...] = ()
    ended: EndReason | None = None
    ended_at: datetime | None = None

    @property
    def thread(self) -> Thread | None:
        """The question that is on, or was last."""
        return self.threads[-1] if self.threads else None

    @property
    def turn(self) -> Turn | None:
        """The latest turn."""
        return self.threads[-1].turns[-1] if self.threads else None

    @property
    def open_turn(self) -> Turn | None:
        """The turn that waits for an answer, unless the interview is over."""
        turn = self.turn
        return turn if turn is not None and turn.is_open and self.ended is None else None

    @property
    def ungraded_turn(self) -> Turn | None:
        """The first turn whose answer is stored and not graded yet, or not since a correction.

        After the end it is one with a correction alone: what was ungraded then stays so.
        """
        for thread in self.threads:
            for turn in thread.turns:
                if turn.is_due and (self.ended is None or any(each.corrections for each in thread.turns)):
                    return turn
        return None

    @property
    def planned(self) -> int:
        """How many questions there will be: the length asked for, or all that there are."""
        return min(self.setup.length, len(self.pool))

    def thread_of(self, turn_id: int) -> Thread | None:
        """The thread that a turn belongs to."""
        return next((thread for thread in self.threads if any(turn.id == turn_id for turn in thread.turns)), None)

    def turn_of(self, turn_id: int) -> Turn | None:
        """The turn of this id."""
        return next((turn for thread in self.threads for turn in thread.turns if turn.id == turn_id), None)
