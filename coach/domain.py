"""The nouns that cross the rooms: frozen, typed and plain."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict

Level = Literal["core", "intermediate", "advanced"]
Kind = Literal["concept", "compare", "design", "experience", "code"]
Band = Literal["not yet", "developing", "solid", "strong"]
GraderName = Literal["fast", "full"]


class Frozen(BaseModel):
    """A value: equal by content, never changed after it was made."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def normalise(text: str) -> str:
    """Fold case, width, punctuation and white space, so that two spellings of one sentence are equal."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(re.findall(r"\w+", folded))


def content_id(*parts: str, length: int = 10) -> str:
    """A short stable id: the first `length` hex digits of the SHA-256 of the normalised parts."""
    return hashlib.sha256("\x1f".join(normalise(part) for part in parts).encode()).hexdigest()[:length]


class Span(Frozen):
    """Where a piece of text came from: character offsets into the question's model answer, end exclusive."""

    start: int
    end: int


class KeyPoint(Frozen):
    """One statement that a listener could tick or not. Its id is a hash of its text, so history survives other edits."""

    id: str
    text: str
    essential: bool = False
    span: Span | None = None

    @classmethod
    def of(cls, text: str, *, essential: bool = False, span: Span | None = None) -> KeyPoint:
        """The key point with this text, its id derived."""
        return cls(id=content_id(text), text=text, essential=essential, span=span)

    @property
    def weight(self) -> float:
        """An essential point weighs double."""
        return 2.0 if self.essential else 1.0


class Misconception(Frozen):
    """A wrong claim that candidates make, and what is true instead."""

    claim: str
    correction: str


class FollowUp(Frozen):
    """A further question, and the key point that it probes, if it names one."""

    text: str
    point_id: str | None = None


class Question(Frozen):
    """A question with its model answer and rubric. `id` is unique within `bank`."""

    id: str
    bank: str
    text: str
    answer: str
    topic: str = "general"
    level: Level = "core"
    kind: Kind = "concept"
    key_points: tuple[KeyPoint, ...] = ()
    misconceptions: tuple[Misconception, ...] = ()
    follow_ups: tuple[FollowUp, ...] = ()
    related: tuple[str, ...] = ()
    source: str = ""  # the name of the document it came from

    @property
    def ref(self) -> str:
        """`bank/id`, which settles any doubt."""
        return f"{self.bank}/{self.id}"

    @property
    def essential_points(self) -> tuple[KeyPoint, ...]:
        """The essential points; all of them where the rubric marks none."""
        return tuple(point for point in self.key_points if point.essential) or self.key_points


class Passage(Frozen):
    """A piece of a document: offsets are characters of the document's text. Its id is a hash of what it holds."""

    id: str
    bank: str
    document: str
    text: str
    question_id: str | None = None
    question: str = ""


class Hit(Frozen):
    """A passage that a search found; `score` fuses the two others, each as it came (cosine, BM25)."""

    rank: int
    passage: Passage
    score: float
    dense: float
    lexical: float


class Document(Frozen):
    """A document as it was read: what to ask, what to search, and what was left out with the reason."""

    name: str
    bank: str
    sha256: str
    questions: tuple[Question, ...]
    passages: tuple[Passage, ...]
    left_out: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


class VerdictKind(StrEnum):
    """How a key point fares in an answer."""

    COVERED = "covered"
    PARTIAL = "partial"
    MISSING = "missing"
    CONTRADICTED = "contradicted"


class Source(Frozen):
    """The passage behind a verdict."""

    document: str
    passage: str


class Verdict(Frozen):
    """One key point's verdict, the likeliest. `quote` is verbatim from the answer; `confidence` is the verdict's probability.

    The score weighs each verdict by its probability; where `probabilities` is empty, this one is certain. `met` is how nearly the answer
    has the point's words, 0 to 1, which counts in the score of points that were drawn from a text.
    """

    id: str
    text: str
    essential: bool
    verdict: VerdictKind
    quote: str | None
    confidence: float
    source: Source | None
    probabilities: dict[VerdictKind, float] = {}
    met: float | None = None


class WrongClaim(Frozen):
    """Something the candidate said that is false: their words, and what is true instead."""

    quote: str
    correction: str


class Versions(Frozen):
    """What produced a grade. What had no part in it is None."""

    model: str | None
    prompt: str | None
    calibration: str | None
    embedder: str | None


class Delivery(Frozen):
    """How a spoken answer sounded; never part of the score."""

    words_per_minute: float
    fillers: int
    pauses: int


class Grade(Frozen):
    """A grade as it is shown, stored and printed. `score` is None exactly when `ungraded` holds the reason."""

    id: str | None = None
    bank: str | None = None
    question_id: str | None
    score: int | None
    low: int | None
    high: int | None
    band: Band | None
    ungraded: str | None = None
    reason: str | None = None  # why the score is 0 without a look at the points: empty, echo, off topic…
    grader: GraderName
    points: tuple[Verdict, ...] = ()
    wrong_claims: tuple[WrongClaim, ...] = ()
    feedback: str = ""
    follow_up: str | None = None
    delivery: Delivery | None = None
    versions: Versions
    ms: int = 0
