"""The two graders behind one protocol: `fast` reads with encoders and words, `full` also lets a language model judge.

An answer flows: gate (is there anything to read?) → evidence → join (probabilities) → verdicts → score and feedback.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from coach.domain import Grade, GraderName, Hit, Question, Source, Verdict, VerdictKind, Versions, WrongClaim
from coach.grading import gate
from coach.grading.calibration import Calibration, calibration, evidence_of
from coach.grading.evidence import AnswerEvidence, Encoders, PointEvidence, gather, read_rubric
from coach.grading.feedback import compose
from coach.grading.judge import Judge, Shares
from coach.grading.relevance import off_topic, unrelated
from coach.grading.score import band_of, range_of, score_of


class Grader(Protocol):
    """Anything that grades an answer to a question."""

    @property
    def name(self) -> GraderName:
        """Which grader spoke; shown with every grade."""

    def judges(self, question: Question) -> bool:
        """Whether it judges answers to this question itself; if not, it leaves them to the fast grader."""

    def stream(
        self,
        question: Question,
        answer: str,
        hits: Sequence[Hit],
        *,
        only: frozenset[str] | None = None,
        stop: threading.Event | None = None,
    ) -> Iterator[Verdict | Grade]:
        """Verdicts as they come, the Grade last. `only` holds the ids of the points to judge; `stop` ends early with ModelError.

        Raises ModelError when a chat model is needed and fails.
        """

    def grade(self, question: Question, answer: str, hits: Sequence[Hit], *, only: frozenset[str] | None = None) -> Grade:
        """The Grade alone."""


class FastGrader:
    """Encoders and words: a fraction of a second on two cores, no chat model."""

    name: GraderName = "fast"

    def __init__(self, encoders: Encoders, fitted: Calibration | None = None) -> None:
        """Use loaded encoders and, unless another is given, the calibration that ships."""
        self.encoders, self.fitted = encoders, fitted or calibration()

    def prepare(self, question: Question | None = None) -> None:
        """Read a question's rubric ahead of its answer, so that the first grade is as quick as the next."""
        if question is not None:
            read_rubric(question, self.encoders)

    def judges(self, question: Question) -> bool:
        """See the protocol."""
        return True

    def stream(
        self,
        question: Question,
        answer: str,
        hits: Sequence[Hit],
        *,
        only: frozenset[str] | None = None,
        stop: threading.Event | None = None,
    ) -> Iterator[Verdict | Grade]:
        """See the protocol. `stop` has no time to matter here."""

        def unread(_: Question, __: str, points: Sequence[PointEvidence]) -> Iterator[tuple[PointEvidence, None]]:
            return ((found, None) for found in points)

        yield from self.judge(self.name, self.versions(), question, answer, hits, only, unread)

    def judge(
        self,
        name: GraderName,
        versions: Versions,
        question: Question,
        answer: str,
        hits: Sequence[Hit],
        only: frozenset[str] | None,
        read: Callable[[Question, str, Sequence[PointEvidence]], Iterator[tuple[PointEvidence, Shares | None]]],
    ) -> Iterator[Verdict | Grade]:
        """The way of every grade: the gates, the evidence, a verdict for each point once `read` has had its look, the score."""
        started = time.perf_counter()
        asked = asked_points(question, only)
        stopped = gate.check(question, answer)
        if stopped.kind:
            yield gated(name, asked, stopped, versions, started)
            return
        evidence = gather(asked, stopped.text, self.encoders)
        said = max((self.shares(asked, found)[VerdictKind.COVERED] for found in evidence.points), default=0.0)
        if (other := unrelated(evidence) or off_topic(evidence, hits, question, said)) is not None:
            yield zero(name, asked, other, versions, started)
            return
        verdicts = []
        for found, judged in read(asked, stopped.text, evidence.points):
            verdict = self.verdict(asked, answer, found, hits, judged)
            verdicts.append(verdict)
            yield verdict
        claims = wrong_claims(asked, answer, evidence, verdicts)
        yield graded(name, asked, tuple(verdicts), claims, self.fitted, versions, started)

    def grade(self, question: Question, answer: str, hits: Sequence[Hit], *, only: frozenset[str] | None = None) -> Grade:
        """See the protocol."""
        return last_grade(self.stream(question, answer, hits, only=only))

    def verdict(self, question: Question, answer: str, found: PointEvidence, hits: Sequence[Hit], judged: Shares | None = None) -> Verdict:
        """The verdict on one point, from the encoders' evidence and, if there is one, the language model's judgement."""
        probabilities = self.shares(question, found)
        if judged is not None:
            join = self.fitted.join("full", misconceptions=bool(question.misconceptions))
            probabilities = join.probabilities(evidence_of("fast", probabilities) | evidence_of("judge", judged))
        kind = max(probabilities, key=lambda kind: probabilities[kind])
        unit = {VerdictKind.MISSING: None, VerdictKind.CONTRADICTED: found.worst or found.best}.get(kind, found.best)
        return Verdict(
            id=found.point.id,
            text=found.point.text,
            essential=found.point.essential,
            verdict=kind,
            quote=verbatim(unit.text, answer) if unit else None,
            confidence=round(probabilities[kind], 3),
            probabilities={kind: round(share, 3) for kind, share in probabilities.items()},
            source=source_of(found, question, hits, self.encoders),
            met=round(found.features["align"], 3),
        )

    def shares(self, question: Question, found: PointEvidence) -> dict[VerdictKind, float]:
        """The probability of each verdict on a point by the encoders' evidence alone."""
        join = self.fitted.join("fast", misconceptions=bool(question.misconceptions))
        return join.probabilities(found.features)

    def versions(self) -> Versions:
        """What produces these grades."""
        return Versions(model=None, prompt=None, calibration=self.fitted.version, embedder=self.encoders.embedder.version)


class FullGrader:
    """The fast grader's evidence, and a language model's judgement of each point beside it."""

    name: GraderName = "full"

    def __init__(self, fast: FastGrader, judge: Judge) -> None:
        """Use a fast grader and a judge that are ready."""
        self.fast, self.judge = fast, judge

    def judges(self, question: Question) -> bool:
        """See the protocol."""
        return self.judge.judges(question)

    def stream(
        self,
        question: Question,
        answer: str,
        hits: Sequence[Hit],
        *,
        only: frozenset[str] | None = None,
        stop: threading.Event | None = None,
    ) -> Iterator[Verdict | Grade]:
        """See the protocol. Where the judge is no help the grade is the fast grader's, and says so."""
        if not self.judges(question):
            yield from self.fast.stream(question, answer, hits, only=only, stop=stop)
            return

        def read(asked: Question, said: str, points: Sequence[PointEvidence]) -> Iterator[tuple[PointEvidence, Shares]]:
            return self.judge.judge(asked, said, points, stop)

        versions = self.fast.versions().model_copy(update={"model": self.judge.name, "prompt": self.judge.prompt})
        yield from self.fast.judge(self.name, versions, question, answer, hits, only, read)

    def grade(self, question: Question, answer: str, hits: Sequence[Hit], *, only: frozenset[str] | None = None) -> Grade:
        """See the protocol."""
        return last_grade(self.stream(question, answer, hits, only=only))


def last_grade(stream: Iterator[Verdict | Grade]) -> Grade:
    """The Grade that ends a stream."""
    for item in stream:
        if isinstance(item, Grade):
            return item
    raise AssertionError("a grader's stream ends in a Grade")


def asked_points(question: Question, only: frozenset[str] | None) -> Question:
    """The question with those of its points that are to be judged."""
    if only is None:
        return question
    return question.model_copy(update={"key_points": tuple(point for point in question.key_points if point.id in only)})


def verbatim(quote: str, answer: str) -> str | None:
    """The quote if it stands in the answer, white space aside; else None: what is not verbatim is not shown."""
    return quote if " ".join(quote.split()) in " ".join(answer.split()) else None


def source_of(found: PointEvidence, question: Question, hits: Sequence[Hit], encoders: Encoders) -> Source | None:
    """The passage behind a point: of the question's own passages the one that is nearest to it."""
    own = [hit.passage for hit in hits if hit.passage.question_id == question.id and hit.passage.text != hit.passage.question]
    if not own:
        return Source(document=question.source, passage=question.answer) if question.answer else None
    vectors = encoders.embedder.embed([passage.text for passage in own])
    point = encoders.embedder.embed([found.point.text])[0]
    best = own[int((vectors @ point).argmax())]
    return Source(document=best.document, passage=best.text)


def wrong_claims(question: Question, answer: str, evidence: AnswerEvidence, verdicts: Sequence[Verdict]) -> tuple[WrongClaim, ...]:
    """What was said that is false: the words that contradicted a point, and what is true instead."""
    claims: dict[str, WrongClaim] = {}
    for found, verdict in zip(evidence.points, verdicts, strict=True):
        if verdict.verdict is not VerdictKind.CONTRADICTED or verdict.quote is None:
            continue
        stated = question.misconceptions[found.misconception].correction if found.misconception is not None else verdict.text
        claims.setdefault(verdict.quote, WrongClaim(quote=verdict.quote, correction=stated))
    return tuple(claims.values())


def graded(
    name: GraderName,
    question: Question,
    verdicts: tuple[Verdict, ...],
    claims: tuple[WrongClaim, ...],
    fitted: Calibration,
    versions: Versions,
    started: float,
) -> Grade:
    """The grade that these verdicts make."""
    scale = fitted.scale(name, question)
    score = score_of(verdicts, scale)
    low, high = range_of(verdicts, scale)
    return Grade(
        bank=question.bank,
        question_id=question.id,
        score=score,
        low=min(low, score),
        high=max(high, score),
        band=band_of(score),
        grader=name,
        points=verdicts,
        wrong_claims=claims,
        feedback=compose(question, verdicts, claims),
        versions=versions,
        ms=elapsed(started),
    )


def gated(name: GraderName, question: Question, stopped: gate.Gate, versions: Versions, started: float) -> Grade:
    """The grade of an answer that a gate stopped: 0 with the reason, or ungraded."""
    reason = stopped.reason or ""
    if stopped.kind in gate.UNGRADED:
        return Grade(
            bank=question.bank, question_id=question.id, score=None, low=None, high=None, band=None, ungraded=reason,
            grader=name, feedback=reason, versions=versions, ms=elapsed(started),
        )  # fmt: skip
    return zero(name, question, reason, versions, started)


def zero(name: GraderName, question: Question, reason: str, versions: Versions, started: float) -> Grade:
    """A score of 0, with the reason; every point is missing."""
    missing = tuple(
        Verdict(
            id=point.id, text=point.text, essential=point.essential, verdict=VerdictKind.MISSING, quote=None, confidence=1.0, source=None
        )
        for point in question.key_points
    )
    return Grade(
        bank=question.bank, question_id=question.id, score=0, low=0, high=0, band=band_of(0), reason=reason,
        grader=name, points=missing, feedback=reason, versions=versions, ms=elapsed(started),
    )  # fmt: skip


def elapsed(started: float) -> int:
    """Milliseconds since a reading of the performance counter."""
    return round((time.perf_counter() - started) * 1000)
