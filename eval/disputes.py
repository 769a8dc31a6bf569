"""Whether today's graders still say what candidates disagreed with: the answers that `coach disputes --out FILE` wrote, graded anew.

A candidate may be wrong, too: a share of 1 is nothing to aim for, and what did not change is worth a look by hand.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from coach.domain import Frozen, VerdictKind
from coach.errors import DocumentError, UsageError
from eval.bench import Benchmark, Case, Outcome
from eval.cases import LabelledAnswer, rows
from eval.metrics import Metric
from eval.reading import question_of
from eval.report.wording import shortened
from eval.shares import Flag, share_of
from eval.subjects import Subject
from eval.versions import source_version

if TYPE_CHECKING:
    from coach.wiring import Coach
    from eval.bench import Options

LONGEST = 200  # characters of a candidate's reason, and of an id in a message: a file from elsewhere may hold anything


class Regraded(Frozen):
    """A disputed point: what the coach had said, what the candidate says and why, and what the grader says now (None: not graded)."""

    text: str
    before: VerdictKind
    candidate: VerdictKind
    why: str
    now: VerdictKind | None

    @property
    def kind(self) -> str:
        """What the dispute is about: `missing_to_covered`."""
        return f"{self.before.value}_to_{self.candidate.value}"


class RegradedValues(Frozen):
    """The `values` of a case: each of its disputed points."""

    points: tuple[Regraded, ...]


class DisputesBench(Benchmark):
    """The disputed answers under one grader."""

    def __init__(self, coach: Coach, subject: Subject, answers: Sequence[LabelledAnswer]) -> None:
        """Open nothing."""
        self._coach, self._subject = coach, subject
        self._answers = {answer.id: answer for answer in answers}
        self.name, self.versions = f"disputes-{subject.slug}", subject.versions.model_dump()
        self.version = f"{source_version('eval.disputes')}-{subject.version}"

    def prepare(self) -> None:
        """Open the grader. Raises ModelError, UsageError, WeightsError."""
        self._subject.open()

    def cases(self) -> Sequence[Case]:
        """A case for each disputed answer."""
        return [
            Case(id=answer.id, group=f"{answer.bank}/{answer.question_id}", content=answer.model_dump(mode="json"))
            for answer in self._answers.values()
        ]

    def run(self, case: Case) -> Outcome:
        """Grade the answer anew. Raises BankError when its question is gone or has other points now, ModelError, WeightsError."""
        answer = self._answers[case.id]
        question = question_of(self._coach, answer)
        started = time.perf_counter()
        grade = self._subject.grade(question, answer.answer)
        now = {verdict.id: verdict.verdict for verdict in grade.points}
        points = tuple(_regraded(answer, now))
        reason = " ".join(map(_sentence, points))
        if answer.note and not answer.reasons:  # written before each dispute had its own
            reason += f" The candidate: {shortened(answer.note, LONGEST)}"
        ms = (time.perf_counter() - started) * 1000
        return Outcome(id=case.id, values=RegradedValues(points=points).model_dump(mode="json"), reason=reason, ms=ms)

    def measure(self, cases: Sequence[Case], outcomes: Sequence[Outcome]) -> dict[str, Metric]:
        """The shares of disputed verdicts, of all and by kind. A case that failed counts as one in which nothing has changed."""
        found = [
            (case.group, point)
            for case, outcome in zip(cases, outcomes, strict=True)
            for point in (_points_of(outcome) or _unchanged(LabelledAnswer.model_validate(case.content)))
        ]
        kinds = sorted({point.kind for _, point in found})
        return _shares("", found) | {
            name: metric
            for kind in kinds
            for name, metric in _shares(f"{kind}.", [(group, point) for group, point in found if point.kind == kind]).items()
        }


def benchmarks(coach: Coach, options: Options) -> list[Benchmark]:
    """One benchmark for each grader. Raises UsageError without disputed answers or for an unknown name, DocumentError for a bad line."""
    answers = [answer for path in options.data if path.is_file() for answer in disputed_answers(path)]
    if not answers:
        raise UsageError("There are no disputed answers. Write them with `coach disputes --out FILE`, and give that file with --data.")
    states = None if options.fresh else options.out / "states.jsonl"
    return [DisputesBench(coach, Subject(coach, name, states), answers) for name in options.graders]


def disputed_answers(path: Path) -> list[LabelledAnswer]:
    """The disputed answers of a file; lines of other forms are no disputes. Raises DocumentError for a line that is off."""
    found = []
    for row in rows(path):
        if row.get("disputed"):
            try:
                found.append(LabelledAnswer.model_validate(row))
            except ValidationError as error:
                which = shortened(str(row.get("id")), LONGEST)
                raise DocumentError(f"{path} has a disputed answer that cannot be read ({which}). Export it again.") from error
    return found


def _regraded(answer: LabelledAnswer, now: dict[str, VerdictKind]) -> list[Regraded]:
    return [
        Regraded(
            text=point.text,
            before=answer.disputed[point.id],
            candidate=point.verdict,
            why=shortened(answer.reasons.get(point.id, ""), LONGEST),
            now=now.get(point.id),
        )
        for point in answer.points
        if point.id in answer.disputed
    ]


def _points_of(outcome: Outcome) -> tuple[Regraded, ...]:
    return () if outcome.error is not None else RegradedValues.model_validate(outcome.values).points


def _unchanged(answer: LabelledAnswer) -> list[Regraded]:
    return _regraded(answer, answer.disputed)


def _shares(prefix: str, found: Sequence[tuple[str, Regraded]]) -> dict[str, Metric]:
    agrees: list[Flag] = [(group, point.now is point.candidate) for group, point in found]
    same: list[Flag] = [(group, point.now is point.before) for group, point in found]
    return {f"{prefix}agrees_with_candidate": share_of(agrees), f"{prefix}unchanged": share_of(same)}


def _sentence(point: Regraded) -> str:
    now = point.now.value if point.now is not None else "not graded"
    why = f" ({point.why})" if point.why else ""
    return f"“{point.text}” was {point.before.value}; the candidate says {point.candidate.value}{why}; now it is {now}."
