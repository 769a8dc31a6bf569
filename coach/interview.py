"""The interview as a state machine: the state is a fold over the events, and what is due follows from the state. No I/O."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from coach.clarify import unsure_point
from coach.domain import Frozen, Grade, KeyPoint, VerdictKind
from coach.errors import UsageError
from coach.events import (
    Answered,
    Asked,
    Corrected,
    Disputed,
    DisputeWithdrawn,
    Ended,
    Event,
    Graded,
    Hinted,
    ModelAnswerShown,
    NotHeard,
    Passed,
    QuestionRef,
    Setup,
    Started,
)
from coach.interview_state import Correction, InterviewState, Thread, Turn

__all__ = [
    "AskFollowUp",
    "AskQuestion",
    "AskToClarify",
    "Correction",
    "Finish",
    "GradeAnswer",
    "InterviewState",
    "QuestionRef",
    "Setup",
    "Step",
    "Thread",
    "Turn",
    "decide",
    "fold",
    "gaps",
    "step",
    "target_level",
    "unclear",
]

MAX_FOLLOW_UPS = 2  # a clarifying question takes the place of one
HARDER_FROM, EASIER_BELOW = 75, 45  # the mean score of the last two questions
LEVELS = ("core", "intermediate", "advanced")


class GradeAnswer(Frozen):
    """Grade the answer of this turn."""

    turn_id: int


class AskFollowUp(Frozen):
    """Ask for one of these points, the most wanted first."""

    points: tuple[str, ...]


class AskToClarify(Frozen):
    """Ask one question about this point, of which the grader is unsure."""

    point_id: str


class AskQuestion(Frozen):
    """Put this question."""

    bank: str
    id: str

    @property
    def ref(self) -> str:
        """`bank/id`, which settles any doubt."""
        return f"{self.bank}/{self.id}"


class Finish(Frozen):
    """Nothing is left to ask."""


Step = GradeAnswer | AskToClarify | AskFollowUp | AskQuestion | Finish


def fold(events: Iterable[Event]) -> InterviewState:
    """The state after these events. Raises UsageError when they do not follow from one another."""
    state: InterviewState | None = None
    for event in events:
        state = step(state, event)
    if state is None:
        raise UsageError("This interview has not begun.")
    return state


def step(state: InterviewState | None, event: Event) -> InterviewState:
    """The state after one more event. Raises UsageError when the event is not possible now."""
    if state is None:
        if not isinstance(event, Started):
            raise UsageError("This interview has not begun.")
        return InterviewState(seq=1, setup=event.setup, pool=event.pool, started_at=event.at)
    if isinstance(event, Started):
        raise UsageError("This interview has begun already.")
    after = state.model_copy(update={"seq": state.seq + 1})
    if isinstance(event, Disputed | DisputeWithdrawn):
        return _disputed(after, event)
    if isinstance(event, Corrected):
        return _corrected(after, event)
    if isinstance(event, Graded):
        return _graded(after, event)
    if state.ended is not None:
        raise UsageError("This interview is over. Start a new one.")
    if isinstance(event, Ended):
        return after.model_copy(update={"ended": event.reason, "ended_at": event.at})
    if isinstance(event, Asked):
        return _asked(after, event)
    thread = after.thread
    turn = after.turn
    if thread is None or turn is None or turn.id != event.turn_id:
        raise UsageError("That question is no longer on. Reload the page to see the current one.")
    return after.model_copy(update={"threads": (*after.threads[:-1], _within(thread, turn, event))})


def _asked(state: InterviewState, event: Asked) -> InterviewState:
    if state.open_turn is not None or state.ungraded_turn is not None:
        raise UsageError("A question is open. Answer it or pass before the next one.")
    if event.turn_id != sum(len(thread.turns) for thread in state.threads) + 1:
        raise UsageError("That question is out of turn. Reload the page to see the current one.")
    turn = Turn(
        id=event.turn_id,
        role=event.role,
        text=event.text,
        point_id=event.point_id,
        written_by=event.written_by,
        asked_at=event.at,
    )
    if event.role == "question":
        thread = Thread(number=len(state.threads) + 1, question=event.question, turns=(turn,))
        return state.model_copy(update={"threads": (*state.threads, thread)})
    current = state.thread
    if current is None or current.question.ref != event.question.ref:
        raise UsageError("A follow-up needs the question that it follows.")
    if event.role == "clarification" and any(each.role == "clarification" for each in current.turns):
        raise UsageError("One clarifying question was asked already; there is no second one for the same question.")
    return state.model_copy(update={"threads": (*state.threads[:-1], current.model_copy(update={"turns": (*current.turns, turn)}))})


def _within(thread: Thread, turn: Turn, event: Answered | NotHeard | Hinted | ModelAnswerShown | Passed) -> Thread:
    if not turn.is_open:
        raise UsageError("This question is answered already. Wait for the next one, or reload the page.")
    if isinstance(event, Answered):
        return _with_turn(thread, turn.model_copy(update={"answer": event.text, "answered_at": event.at, "spoken": event.spoken}))
    if isinstance(event, NotHeard):
        return _with_turn(thread, turn.model_copy(update={"not_heard": (*turn.not_heard, event)}))
    if isinstance(event, Passed):
        return _with_turn(thread, turn.model_copy(update={"passed": True}))
    if isinstance(event, Hinted):
        return thread.model_copy(update={"hints": (*thread.hints, event)})
    shown_at = thread.model_answer_at if thread.model_answer_at is not None else event.turn_id
    return thread.model_copy(update={"model_answer_at": shown_at})


def _graded(state: InterviewState, event: Graded) -> InterviewState:
    turn, thread = state.ungraded_turn, state.thread_of(event.turn_id)
    if turn is None or thread is None or turn.id != event.turn_id:
        raise UsageError("There is no answer to grade.")
    changed = {"grade": event.grade, "thread_grade": event.thread_grade, "note": event.note}
    return _with_thread(state, _with_turn(thread, turn.model_copy(update=changed)))


def _corrected(state: InterviewState, event: Corrected) -> InterviewState:
    """The answer in its new words, ungraded. What was built on it is open again: later answers' part in the question's grade, the grade of
    a clarification, which was read together with it, and what the candidate said against the verdicts."""
    thread, turn = state.thread_of(event.turn_id), state.turn_of(event.turn_id)
    if thread is None or turn is None or turn.answer is None or turn.spoken is None:
        raise UsageError("There is no spoken answer to correct. Reload the page to see where the interview stands.")
    before = Correction(at=event.at, before=turn.answer, grade=turn.grade, thread_grade=turn.thread_grade)
    changed = {"answer": event.text, "grade": None, "thread_grade": None, "note": None, "corrections": (*turn.corrections, before)}
    thread = _with_turn(thread, turn.model_copy(update=changed))
    turns = tuple(_without_part(each) if each.id > turn.id else each for each in thread.turns)
    disputes = tuple(each for each in thread.disputes if each.turn_id < turn.id)
    return _with_thread(state, thread.model_copy(update={"turns": turns, "disputes": disputes}))


def _without_part(turn: Turn) -> Turn:
    """A turn that has no part in its question's grade any more. A clarification has no grade either."""
    return turn.model_copy(update={"thread_grade": None} | ({"grade": None} if turn.role == "clarification" else {}))


def _disputed(state: InterviewState, event: Disputed | DisputeWithdrawn) -> InterviewState:
    thread, turn = state.thread_of(event.turn_id), state.turn_of(event.turn_id)
    grade = turn.thread_grade if turn is not None else None
    said = next((verdict.verdict for verdict in grade.points if verdict.id == event.point_id), None) if grade is not None else None
    if thread is None or said is None:
        raise UsageError("There is no verdict on that point to disagree with. Reload the page to see where the interview stands.")
    others = tuple(each for each in thread.disputes if each.point_id != event.point_id)
    if isinstance(event, Disputed):
        if event.verdict == said:
            raise UsageError("That is what the coach says, too. Choose what it should be instead.")
        others = (*others, event)
    elif len(others) == len(thread.disputes):
        raise UsageError("You have not disagreed about that point, so there is nothing to take back.")
    return _with_thread(state, thread.model_copy(update={"disputes": others}))


def _with_thread(state: InterviewState, thread: Thread) -> InterviewState:
    return state.model_copy(update={"threads": tuple(thread if each.number == thread.number else each for each in state.threads)})


def _with_turn(thread: Thread, turn: Turn) -> Thread:
    return thread.model_copy(update={"turns": tuple(turn if each.id == turn.id else each for each in thread.turns)})


def decide(state: InterviewState, *, without: frozenset[str] = frozenset()) -> tuple[Step, ...]:
    """What is due now: the first step that can be done is to be done, then ask again. Empty while an answer is awaited.

    A corrected answer is graded again before anything else, even after the end. Where the grader is unsure of a point that matters, a
    question about it comes first. A follow-up is followed by what to do when none can be found. `without` names questions (`bank/id`)
    that are gone.
    """
    waiting = state.ungraded_turn
    if waiting is not None:
        return (GradeAnswer(turn_id=waiting.id),)
    if state.ended is not None or state.open_turn is not None:
        return ()
    onwards = _next_question(state, without)
    if state.thread is None:
        return (onwards,)
    unsure = unclear(state.thread)
    if unsure is not None:
        return (AskToClarify(point_id=unsure.id),)
    wanted = gaps(state.thread)
    return (AskFollowUp(points=wanted), onwards) if wanted else (onwards,)


def unclear(thread: Thread) -> KeyPoint | None:
    """The point that a clarifying question is due for, at most one a question and never about a point that was asked for or told."""
    grade, last = thread.grade, thread.turns[-1].grade
    if grade is None or last is None or last.reason is not None or not _asks_on(thread, grade):
        return None
    if any(turn.role == "clarification" for turn in thread.turns):
        return None
    probed = frozenset(turn.point_id for turn in thread.turns if turn.point_id is not None)
    return unsure_point(thread.question, grade, without=thread.given_away | probed)


def gaps(thread: Thread) -> tuple[str, ...]:
    """Ids of the essential points that a follow-up is due for, the most wanted first; empty when none is due."""
    grade = thread.grade
    if grade is None or not _asks_on(thread, grade):
        return ()
    verdicts = {verdict.id: verdict.verdict for verdict in grade.points}
    probed = {turn.point_id for turn in thread.turns[1:]}
    missed = [point.id for point in thread.question.essential_points if verdicts.get(point.id) != VerdictKind.COVERED]
    missed = [id for id in missed if id not in thread.given_away]
    fresh = [id for id in missed if id not in probed]
    # Once asked for, a point is asked for again only when the candidate has begun to get there.
    begun = [id for id in missed if id in probed and verdicts.get(id) == VerdictKind.PARTIAL]
    return (*fresh, *begun)


def _asks_on(thread: Thread, grade: Grade) -> bool:
    """Whether one more question may follow in a thread with this grade."""
    last = thread.turns[-1]
    if last.passed or last.grade is None or len(thread.turns) > MAX_FOLLOW_UPS or thread.model_answer_shown:
        return False
    return not (grade.ungraded or last.grade.ungraded or _missed_twice(thread))


def _missed_twice(thread: Thread) -> bool:
    """The last two answers scored 0 for a reason that has nothing to do with the points, such as off topic."""
    last = [turn.grade for turn in thread.turns[-2:] if turn.grade is not None]
    return len(last) == 2 and all(grade.score == 0 and grade.reason is not None for grade in last)


def target_level(state: InterviewState) -> int:
    """The index into LEVELS of the next question: a step harder or easier by the mean score of the last two questions."""
    level = 0
    scores: list[int] = []
    for thread in state.threads:
        grade = thread.grade
        score = 0 if thread.passed else grade.score if grade is not None else None
        if score is None:
            continue
        scores.append(score)
        mean = sum(scores[-2:]) / len(scores[-2:])
        if mean >= HARDER_FROM:
            level = min(level + 1, len(LEVELS) - 1)
        elif mean < EASIER_BELOW:
            level = max(level - 1, 0)
    return level


def _next_question(state: InterviewState, without: frozenset[str]) -> AskQuestion | Finish:
    asked = [thread.question for thread in state.threads]
    gone = {question.ref for question in asked} | without
    left = [ref for ref in state.pool if ref.ref not in gone]
    if len(asked) >= state.setup.length or not left:
        return Finish()
    level = target_level(state)
    topics = [question.topic for question in asked]

    def wish(ref: QuestionRef) -> tuple[int, int, str]:
        far = abs(LEVELS.index(ref.level) - level) if state.setup.level == "adaptive" else 0
        lot = hashlib.sha256(f"{state.setup.seed}/{ref.ref}".encode()).hexdigest()
        return far, topics.count(ref.topic), lot

    best = min(left, key=wish)
    return AskQuestion(bank=best.bank, id=best.id)
