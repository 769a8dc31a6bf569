"""What happens in an interview, as values that are only ever appended. Times come from outside and are aware."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field, TypeAdapter

from coach.domain import Frozen, Grade, Kind, Level, Question, VerdictKind
from coach.spoken import Spoken, Transcript

Mode = Literal["practice", "mock"]
Difficulty = Literal["adaptive", "core", "intermediate", "advanced"]
Role = Literal["question", "follow_up", "clarification"]
WrittenBy = Literal["corpus", "model", "template"]
EndReason = Literal["finished", "stopped"]
HintLevel = Literal[1, 2, 3]

MAX_LENGTH = 50  # questions in one interview


class Setup(Frozen):
    """What the candidate chose. No bank means all of them, no topic every topic; `length` counts questions, not follow-ups."""

    banks: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    level: Difficulty = "adaptive"
    length: int = Field(default=5, ge=1, le=MAX_LENGTH)
    mode: Mode = "practice"
    seed: int = 0


class QuestionRef(Frozen):
    """As much of a question as choosing the next one needs; `ref` is `bank/id`."""

    bank: str
    id: str
    topic: str
    level: Level
    kind: Kind

    @property
    def ref(self) -> str:
        """`bank/id`, which settles any doubt."""
        return f"{self.bank}/{self.id}"

    @classmethod
    def of(cls, question: Question) -> QuestionRef:
        """The reference to a question."""
        return cls(bank=question.bank, id=question.id, topic=question.topic, level=question.level, kind=question.kind)


class _Event(Frozen):
    at: AwareDatetime


class Started(_Event):
    """The interview began; the pool is what may be asked in it."""

    kind: Literal["started"] = "started"
    setup: Setup
    pool: tuple[QuestionRef, ...]


class Asked(_Event):
    """A question, a follow-up or a clarifying question was put, with a full copy of the question as it was then. Turns count from 1."""

    kind: Literal["asked"] = "asked"
    turn_id: int
    role: Role
    question: Question
    text: str
    point_id: str | None = None  # what a follow-up is after, or a clarification about
    written_by: WrittenBy = "corpus"


class Answered(_Event):
    """The candidate answered, verbatim. `spoken` is there where it was said aloud; `text` is what was made of it."""

    kind: Literal["answered"] = "answered"
    turn_id: int
    text: str
    spoken: Spoken | None = None


class NotHeard(_Event):
    """The candidate spoke, and it could not be made out: the turn stays open. `reason` is in words for the candidate."""

    kind: Literal["not_heard"] = "not_heard"
    turn_id: int
    transcript: Transcript
    reason: str


class Corrected(_Event):
    """The candidate corrected the transcript of a spoken answer, which is graded again. It may come after the end."""

    kind: Literal["corrected"] = "corrected"
    turn_id: int
    text: str


class Graded(_Event):
    """An answer was graded, or graded again after a correction, of it or of one before it.

    `grade` is of this answer alone; `thread_grade` of the question with all its answers and hints.
    A clarification's `grade` is of its point alone, judged on the earlier answers together with the reply.
    `note` says why another grader than the one expected spoke, in one sentence for the candidate.
    """

    kind: Literal["graded"] = "graded"
    turn_id: int
    grade: Grade
    thread_grade: Grade
    note: str | None = None


class Hinted(_Event):
    """A hint was given: 1 a nudge, 2 the topic of the point, 3 the point itself."""

    kind: Literal["hinted"] = "hinted"
    turn_id: int
    level: HintLevel
    text: str
    point_id: str


class ModelAnswerShown(_Event):
    """The candidate looked at the model answer while the question was open."""

    kind: Literal["model_answer_shown"] = "model_answer_shown"
    turn_id: int


class Passed(_Event):
    """The candidate passed."""

    kind: Literal["passed"] = "passed"
    turn_id: int


class Disputed(_Event):
    """The candidate disagrees with the verdict on a point in the thread's grade at this turn, and says what it should be.

    The score stays as it is. The latest word on a point holds; it may come after the end.
    """

    kind: Literal["disputed"] = "disputed"
    turn_id: int
    point_id: str
    verdict: VerdictKind
    why: str = ""


class DisputeWithdrawn(_Event):
    """The candidate took a dispute back."""

    kind: Literal["dispute_withdrawn"] = "dispute_withdrawn"
    turn_id: int
    point_id: str


class Ended(_Event):
    """The interview is over: every question was asked, or the candidate stopped."""

    kind: Literal["ended"] = "ended"
    reason: EndReason


Event = Annotated[
    Started | Asked | Answered | NotHeard | Corrected | Graded | Hinted | ModelAnswerShown | Passed | Disputed | DisputeWithdrawn | Ended,
    Field(discriminator="kind"),
]
EVENT: TypeAdapter[Event] = TypeAdapter(Event)
