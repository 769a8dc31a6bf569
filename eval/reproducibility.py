"""Whether the same input gives the same grade: again in a warm process, in a fresh one, and with the key points in another order."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import zlib
from collections.abc import Iterable, Sequence

import numpy as np

from coach.domain import Frozen, Grade, Question
from coach.errors import CoachError
from coach.wiring import Coach
from eval.bench import Benchmark, Case, Options, Outcome
from eval.cases import labelled_answers
from eval.metrics import Metric, by_question
from eval.reading import question_of
from eval.robustness import spread
from eval.shares import share_of
from eval.subjects import Subject

ANSWERS = 24
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
    """A grade beside the first one: what is the same, and the largest change of a probability."""

    score: bool
    verdicts: bool
    quotes: bool
    largest_change: float

    @classmethod
    def of(cls, first: KeptGrade, again: KeptGrade) -> Compared:
        """The comparison of two grades of one answer."""
        pairs = list(zip(first.points, again.points, strict=True))
        return cls(
            score=first.score == again.score,
            verdicts=all(one.id == other.id and one.verdict == other.verdict for one, other in pairs),
            quotes=all(one.quote == other.quote for one, other in pairs),
            largest_change=max(
                (abs(p - other.probabilities.get(kind, 0.0)) for one, other in pairs for kind, p in one.probabilities.items()), default=0.0
            ),
        )


class Reproducibility(Benchmark):
    """One grader on some answers of the test split, each graded four times, once by the command line in a process of its own."""

    def __init__(self, coach: Coach, subject: Subject) -> None:
        """Open nothing."""
        self.name = f"reproducibility-{subject.slug}"
        self.version, self.versions = subject.version, subject.versions.model_dump()
        self._coach, self._subject = coach, subject

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
        first = KeptGrade.of(self._subject.grade(question, answer))
        again = {
            "warm": KeptGrade.of(self._subject.grade(question, answer)),
            "shuffled": KeptGrade.of(self._subject.grade(question.model_copy(update={"key_points": tuple(points)}), answer)),
            "fresh": KeptGrade.of(self._in_a_fresh_process(question, answer)),
        }
        compared = {form: Compared.of(first, grade) for form, grade in again.items()}
        changed = [form for form, found in compared.items() if not (found.score and found.verdicts and found.quotes)]
        reason = f"Not the same: {', '.join(changed)}." if changed else "The same each time."
        return Outcome(id=case.id, values={form: found.model_dump() for form, found in compared.items()}, reason=reason)

    def measure(self, cases: Sequence[Case], outcomes: Sequence[Outcome]) -> dict[str, Metric]:
        """The share of answers with the same score, verdicts and quotes, and the largest change of a probability."""
        found = [(case.group, outcome.values) for case, outcome in zip(cases, outcomes, strict=True) if outcome.error is None]
        metrics: dict[str, Metric] = {}
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
        settings = self._coach.settings
        command = [sys.executable, "-m", "coach.cli", "grade", "--question", question.ref, "--answer", "@-", "--json"]
        environment = {**os.environ, "COACH_HOME": str(settings.home), "COACH_LLM": settings.llm}
        done = subprocess.run(
            [*command, "--grader", self._subject.name], input=answer, env=environment, capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            raise CoachError(f"A grade in a fresh process failed: {done.stderr.strip()}")
        return Grade.model_validate(json.loads(done.stdout))


def benchmarks(coach: Coach, options: Options) -> list[Benchmark]:
    """One for each grader of `fast` and `full`; the reader's states are not kept, so that every grade is made anew."""
    return [Reproducibility(coach, Subject(coach, name)) for name in options.graders]


def _largest(changes: Iterable[tuple[str, float]]) -> Metric:
    rows = list(changes)
    values = np.array([change for _, change in rows])
    return by_question(lambda i: float(values[i].max(initial=0.0)), [group for group, _ in rows])
