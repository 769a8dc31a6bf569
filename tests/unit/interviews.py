"""What the interview's tests share: a small bank, grades by verdict, and a grader that does as it is told."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Literal

from coach.domain import Document, FollowUp, Grade, Hit, KeyPoint, Level, Passage, Question, Source, Verdict, VerdictKind, Versions
from coach.errors import IndexingError
from coach.grading.score import band_of
from coach.store import Store

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
COVERED, PARTIAL, MISSING, CONTRADICTED = VerdictKind.COVERED, VerdictKind.PARTIAL, VerdictKind.MISSING, VerdictKind.CONTRADICTED
NO_VERSIONS = Versions(model=None, prompt=None, calibration=None, embedder=None)

FIRST = KeyPoint.of("During training each unit is switched off at random with some probability.", essential=True)
SECOND = KeyPoint.of("At inference every unit takes part again.", essential=True)
THIRD = KeyPoint.of("It keeps units from relying on each other.")


def question(id: str = "dropout", *, topic: str = "regularisation", level: Level = "core", follow_ups: bool = True) -> Question:
    return Question(
        id=id,
        bank="ml",
        text=f"What does {id} do in a neural network?",
        answer=f"{id} switches units off in training. Later all of them are back. They learn to stand alone.",
        topic=topic,
        level=level,
        key_points=(FIRST, SECOND, THIRD),
        follow_ups=(
            FollowUp(text="What happens to a unit in a training step?", point_id=FIRST.id),
            FollowUp(text="What changes once the model is in use?", point_id=SECOND.id),
        )
        if follow_ups
        else (),
        related=("momentum",),
        source="notes.md",
    )


def document(*questions: Question) -> Document:
    passages = tuple(Passage(id=f"p-{q.id}", bank="ml", document="notes.md", text=q.answer, question_id=q.id) for q in questions)
    return Document(name="notes.md", bank="ml", sha256="0" * 64, questions=questions, passages=passages)


def grade(
    verdicts: Mapping[str, VerdictKind],
    *,
    of: Question | None = None,
    quote: str | None = None,
    grader: Literal["fast", "full"] = "fast",
    ungraded: str | None = None,
    reason: str | None = None,
    unsure: frozenset[str] = frozenset(),
) -> Grade:
    """A grade whose score is the weighted share of what is covered; points that are not named were not judged.

    The verdicts on the points `unsure` are guesses, and the range is wide then.
    """
    asked = of or question()
    width = 25 if unsure else 8
    points = tuple(
        Verdict(
            id=point.id,
            text=point.text,
            essential=point.essential,
            verdict=verdicts[point.id],
            quote=quote if verdicts[point.id] != MISSING else None,
            confidence=0.9,
            source=Source(document="notes.md", passage="switches units off in training"),
            probabilities={kind: 0.4 if kind is verdicts[point.id] else 0.2 for kind in VerdictKind} if point.id in unsure else {},
        )
        for point in asked.key_points
        if point.id in verdicts
    )
    worth = {COVERED: 1.0, PARTIAL: 0.5}
    weights = {point.id: point.weight for point in asked.key_points}
    score = 0 if reason else round(100 * sum(worth.get(p.verdict, 0.0) * weights[p.id] for p in points) / sum(weights.values()))
    return Grade(
        bank=asked.bank,
        question_id=asked.id,
        score=None if ungraded else score,
        low=None if ungraded else max(0, score - width),
        high=None if ungraded else min(100, score + width),
        band=None if ungraded else band_of(score),
        ungraded=ungraded,
        reason=reason,
        grader=grader,
        points=() if ungraded or reason else points,
        feedback="A word.",
        versions=NO_VERSIONS,
    )


Script = Callable[[str, frozenset[str] | None], Mapping[str, VerdictKind]]


def by_keywords(answer: str, only: frozenset[str] | None) -> Mapping[str, VerdictKind]:
    """Covered where the answer names the point by number: "first", "second", "third"; "half-first" is partial, "not-first" wrong.

    "maybe-first" is partial, too, and `guessed` tells that it is a guess.
    """
    names = {"first": FIRST, "second": SECOND, "third": THIRD}
    said = answer.casefold().split()
    verdicts = {}
    for name, point in names.items():
        if only is None or point.id in only:
            kinds = [(f"not-{name}", CONTRADICTED), (f"half-{name}", PARTIAL), (name, COVERED), (f"maybe-{name}", PARTIAL)]
            verdicts[point.id] = next((kind for word, kind in kinds if word in said), MISSING)
    return verdicts


def guessed(answer: str) -> frozenset[str]:
    """The points that the answer says "maybe-" of and nothing else."""
    said = answer.casefold().split()
    names = {"first": FIRST, "second": SECOND, "third": THIRD}
    return frozenset(
        point.id for name, point in names.items() if f"maybe-{name}" in said and not {name, f"not-{name}", f"half-{name}"} & {*said}
    )


@dataclass
class ScriptedGrader:
    """Judges by a script, and fails or waits where it is told to."""

    name: Literal["fast", "full"] = "fast"
    script: Script = by_keywords
    fails_after: int | None = None  # verdicts before the error
    error: Exception | None = None
    stops_after: int | None = None  # verdicts before somebody presses stop
    leaves: bool = False  # every question to the fast grader
    ungraded: str | None = None
    reason: str | None = None
    calls: list[tuple[str, frozenset[str] | None, int]] = field(default_factory=list)

    def judges(self, question: Question) -> bool:
        return not self.leaves

    def stream(
        self,
        question: Question,
        answer: str,
        hits: Sequence[Hit],
        *,
        only: frozenset[str] | None = None,
        stop: threading.Event | None = None,
    ) -> Iterator[Verdict | Grade]:
        self.calls.append((answer, only, len(hits)))
        result = grade(
            self.script(answer, only),
            of=question,
            quote=answer.split()[0],
            grader=self.name,
            ungraded=self.ungraded,
            reason=self.reason,
            unsure=guessed(answer),
        )
        for count, verdict in enumerate(result.points):
            if self.error is not None and count == self.fails_after:
                raise self.error
            if stop is not None and count == self.stops_after:
                stop.set()
            if stop is not None and stop.is_set():
                if self.error is not None:
                    raise self.error
                return
            yield verdict
        yield result

    def grade(self, question: Question, answer: str, hits: Sequence[Hit], *, only: frozenset[str] | None = None) -> Grade:
        *_, last = self.stream(question, answer, hits, only=only)
        assert isinstance(last, Grade)
        return last


@dataclass
class Passages:
    """Finds the question's own passage, unless the index is broken."""

    broken: bool = False

    def passages_for(self, question: Question, text: str, k: int = 4) -> list[Hit]:
        if self.broken:
            raise IndexingError("The index is damaged. Run coach ingest.")
        passage = Passage(id="p", bank=question.bank, document=question.source, text=question.answer, question_id=question.id)
        return [Hit(rank=1, passage=passage, score=1.0, dense=0.9, lexical=3.0)]


@dataclass
class Bench:
    """The tools of a session, and a clock that ticks a second a look."""

    store: Store
    fast: ScriptedGrader = field(default_factory=ScriptedGrader)
    full: ScriptedGrader | None = None
    chat: object | None = None
    retriever: Passages = field(default_factory=Passages)
    ticks: int = 0

    def now(self) -> datetime:
        self.ticks += 1
        return NOON + timedelta(seconds=self.ticks)
