"""Whether the same input gives the same grade: again in a warm process, in a fresh one, and with the key points in another order.

Every grade is made anew: what the encoders remember of texts that came before is let go of first, and no outcome or state is kept. Any
grader can be asked that the benchmarks know as a subject (see eval.subjects); the fresh process is `coach grade` with its settings.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import zlib
from collections.abc import Iterable, Mapping, Sequence
from threading import Lock

import numpy as np
from pydantic import SecretStr, ValidationError

from coach.domain import Frozen, Grade, Question
from coach.errors import CoachError
from coach.settings import Settings
from coach.wiring import Coach
from eval.bench import Benchmark, Case, Options, Outcome
from eval.cases import labelled_answers
from eval.metrics import Metric, by_question, how_many
from eval.reading import question_of
from eval.report.wording import shortened
from eval.sampling import spread
from eval.shares import share_of
from eval.subjects import Subject
from eval.versions import source_version

ANSWERS = 24
LONGEST = 500  # characters of what a process said when it failed
FORMS = ("warm", "shuffled", "fresh")


class KeptPoint(Frozen):
    """A verdict, its quote and its probabilities."""

    id: str
    verdict: str
    quote: str | None
    probabilities: dict[str, float]


class KeptGrade(Frozen):
    """All of a grade that should come out the same again, the points by their ids."""

    score: int | None
    points: tuple[KeptPoint, ...]

    @classmethod
    def of(cls, grade: Grade) -> KeptGrade:
        """What is kept of this grade."""
        points = (
            KeptPoint(id=v.id, verdict=v.verdict.value, quote=v.quote, probabilities={kind.value: p for kind, p in v.probabilities.items()})
            for v in grade.points
        )
        return cls(score=grade.score, points=tuple(sorted(points, key=lambda point: point.id)))


class Compared(Frozen):
    """A grade beside the first one: what is the same, and the largest change of a verdict's probability, P(yes) being that of `covered`."""

    score: bool
    verdicts: bool
    quotes: bool
    largest_change: float

    @classmethod
    def of(cls, first: KeptGrade, again: KeptGrade) -> Compared:
        """The comparison of two grades of one answer."""
        before, after = ({point.id: point for point in each.points} for each in (first, again))
        pairs = [(before[id], after[id]) for id in before.keys() & after.keys()]
        same = before.keys() == after.keys()
        return cls(
            score=first.score == again.score,
            verdicts=same and all(one.verdict == other.verdict for one, other in pairs),
            quotes=same and all(one.quote == other.quote for one, other in pairs),
            largest_change=max((_change(one.probabilities, other.probabilities) for one, other in pairs), default=0.0 if same else 1.0),
        )


class Reproducibility(Benchmark):
    """One grader on some answers of the test split, each graded four times, once by the command line in a process of its own."""

    def __init__(self, coach: Coach, subject: Subject) -> None:
        """Open nothing."""
        self.name = f"reproducibility-{subject.slug}"
        self.version, self.versions = f"{subject.version}-{source_version(__name__)}", subject.versions.model_dump()
        self._coach, self._subject, self._alone = coach, subject, Lock()

    def prepare(self) -> None:
        """Open the grader."""
        self._subject.open()

    def cases(self) -> Sequence[Case]:
        """A case for each answer, over as many questions as there are. Raises BankError."""
        labelled = [case for case in labelled_answers("test") if case.kind not in ("dont_know", "echo", "keywords", "steering")]
        chosen = spread(labelled, [f"{case.bank}/{case.question_id}" for case in labelled], ANSWERS)
        questions = [question_of(self._coach, case) for case in chosen]
        return [
            Case(id=case.id, group=question.ref, content={"question": question.model_dump(mode="json"), "answer": case.answer})
            for case, question in zip(chosen, questions, strict=True)
        ]

    def run(self, case: Case) -> Outcome:
        """Grade four times, and compare."""
        question, answer = Question.model_validate(case.content["question"]), str(case.content["answer"])
        points = list(question.key_points)
        random.Random(zlib.crc32(case.id.encode())).shuffle(points)
        shuffled = question.model_copy(update={"key_points": tuple(points)})
        with self._alone:  # a grade of another answer would make the encoders remember what the next one is to compute
            first, warm, moved = (KeptGrade.of(self._subject.grade_anew(asked, answer)) for asked in (question, question, shuffled))
        again = {"warm": warm, "shuffled": moved, "fresh": KeptGrade.of(self._in_a_fresh_process(question, answer))}
        compared = {form: Compared.of(first, grade) for form, grade in again.items()}
        changed = [form for form, found in compared.items() if not (found.score and found.verdicts and found.quotes)]
        reason = f"Not the same: {', '.join(changed)}." if changed else "The same each time."
        return Outcome(id=case.id, values={form: found.model_dump() for form, found in compared.items()}, reason=reason)

    def measure(self, cases: Sequence[Case], outcomes: Sequence[Outcome]) -> dict[str, Metric]:
        """The share of answers with the same score, verdicts and quotes, and the largest change of a probability.

        All of it is of the answers that were graded each time, whose number comes first, with that of those that failed where any did.
        Where all of them failed there is no figure.
        """
        found = [(case.group, outcome.values) for case, outcome in zip(cases, outcomes, strict=True) if outcome.error is None]
        if not found:
            return {}
        metrics = how_many(len(found), len(cases))
        for form in FORMS:
            rows = [(group, Compared.model_validate(values[form])) for group, values in found]
            metrics |= {
                f"{form}.same_score": share_of((group, row.score) for group, row in rows),
                f"{form}.same_verdicts": share_of((group, row.verdicts) for group, row in rows),
                f"{form}.same_quotes": share_of((group, row.quotes) for group, row in rows),
                f"{form}.largest_change": _largest((group, row.largest_change) for group, row in rows),
            }
        return metrics

    def _in_a_fresh_process(self, question: Question, answer: str) -> Grade:
        """The grade that `coach grade` prints. Raises CoachError when it prints none."""
        command = [sys.executable, "-m", "coach.cli", "grade", "--question", question.ref, "--answer", "@-", "--json"]
        environment = {**os.environ, **environment_of(self._subject.settings)}
        done = subprocess.run(
            [*command, "--grader", "fast" if self._subject.name == "fast" else "full"],
            input=answer, env=environment, capture_output=True, encoding="utf-8", check=False,
        )  # fmt: skip
        if done.returncode != 0:
            last = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
            raise CoachError(f"A grade in a fresh process failed: {shortened(last, LONGEST)}")
        try:
            return Grade.model_validate(json.loads(done.stdout))
        except (json.JSONDecodeError, ValidationError) as error:
            raise CoachError("A grade in a fresh process was none: `coach grade` printed something else.") from error


def benchmarks(coach: Coach, options: Options) -> list[Benchmark]:
    """One for each grader; the reader's states are not kept, so that every grade is made anew. Raises UsageError."""
    return [Reproducibility(coach, Subject(coach, name)) for name in options.graders]


def environment_of(settings: Settings) -> dict[str, str]:
    """The variables that give another process these settings."""
    values = {name: getattr(settings, name) for name in {*settings.model_fields_set, "home"}}  # all others it has by itself
    plain = {name: value.get_secret_value() if isinstance(value, SecretStr) else value for name, value in values.items()}
    return {f"COACH_{name.upper()}": str(value) for name, value in plain.items() if value is not None}


def _change(before: Mapping[str, float], after: Mapping[str, float]) -> float:
    return max((abs(before.get(kind, 0.0) - after.get(kind, 0.0)) for kind in before.keys() | after.keys()), default=0.0)


def _largest(changes: Iterable[tuple[str, float]]) -> Metric:
    rows = list(changes)
    values = np.array([change for _, change in rows])
    return by_question(lambda i: float(values[i].max(initial=0.0)), [group for group, _ in rows])
