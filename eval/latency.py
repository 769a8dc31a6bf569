"""How long things take, how much the model reads and how much memory is held on this machine: medians over our answers, never a test."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from statistics import median

import numpy as np

from coach.domain import Frozen, Grade, Question
from coach.grading.grader import FullGrader, Grader
from coach.grading.judge import ProbingJudge
from coach.models.reader import LayerReader
from coach.wiring import Coach
from eval.bench import Benchmark, Case, Options, Outcome
from eval.cases import LabelledAnswer, labelled_answers
from eval.memory import memory_mb
from eval.metrics import Metric
from eval.reading import question_of

ANSWERS = 20
FIRST_VERDICTS = 5
HELPS = 5
WORDS = (80, 125)  # about a hundred
POINTS = 5


class Measured(Frozen):
    """The `values` of what was measured: each time that it was, in milliseconds, MB or tokens. Nothing where there was none to measure."""

    values: tuple[float, ...] = ()


class Latency(Benchmark):
    """What a user waits for, a case each, in an order that matters: memory is measured once everything before it is loaded."""

    name, version, keeps = "latency", "", False

    def __init__(self, coach: Coach, *, full: bool, article: Path | None = None) -> None:
        """With `full` the full grader too, with an article how long it takes to bring one in."""
        self._coach = coach
        self._tokens: list[float] = []  # that the local model read for each full grade; what it remembered does not count
        self._measures: dict[str, Callable[[], Iterable[float]]] = {"fast_ms": lambda: self._grades(coach.fast)}
        if full:
            self._measures |= {"full_first_verdict_ms": self._first_verdicts, "full_ms": self._full_grades}
            self._measures["full_tokens"] = lambda: self._tokens
        self._measures |= {"memory_mb": lambda: [memory_mb()], "memory_with_writer_mb": self._memory_with_writer, "help_ms": _help_ms}
        if article is not None:
            self._measures["ingest_ms"] = lambda: self._ingest_ms(article)

    def cases(self) -> Sequence[Case]:
        """One for each thing."""
        return [Case(id=name, group=name, content={}) for name in self._measures]

    def run(self, case: Case) -> Outcome:
        """Measure it."""
        values = Measured(values=tuple(round(value, 3) for value in self._measures[case.id]()))
        return Outcome(id=case.id, values=values.model_dump(mode="json"))

    def measure(self, cases: Sequence[Case], outcomes: Sequence[Outcome]) -> dict[str, Metric]:
        """Medians with the least and the most, and the 90th percentile of grades; not a number for what failed."""
        metrics = {}
        for case, outcome in zip(cases, outcomes, strict=True):
            values = Measured.model_validate(outcome.values).values
            if outcome.error is not None:
                metrics[case.id] = Metric(float("nan"), None, None, 0)
            elif values:
                low, high = (min(values), max(values)) if len(values) > 1 else (None, None)
                metrics[case.id] = Metric(median(values), low, high, len(values), ranged=True)
            if len(values) == ANSWERS:
                metrics[f"{case.id}_p90"] = Metric(float(np.percentile(values, 90)), None, None, len(values))
        return metrics

    def _grades(self, grader: Grader) -> Iterator[float]:
        for number, (case, question) in enumerate(_cases(self._coach)):
            self._coach.fast.prepare(question)  # as the page does while the candidate reads the question
            started = time.perf_counter()
            hits = self._coach.retriever.passages_for(question, case.answer)
            grade = grader.grade(question, _unseen(case.answer, number), hits)
            assert isinstance(grade, Grade)
            yield _ms_since(started)

    def _full_grades(self) -> Iterator[float]:
        """The times, and beside them the tokens that the local model read, where one is read."""
        grader = self._coach.grader("full")[0]
        reader = self._reader_of(grader)
        before = reader.tokens_read if reader else 0
        for ms in self._grades(grader):
            if reader:
                self._tokens.append(reader.tokens_read - before)
                before = reader.tokens_read
            yield ms

    def _reader_of(self, grader: Grader) -> LayerReader | None:
        if not isinstance(grader, FullGrader) or not isinstance(grader.judge, ProbingJudge):
            return None
        reader = self._coach.open_reader()
        return reader if isinstance(reader, LayerReader) else None

    def _first_verdicts(self) -> list[float]:
        grader, times = self._coach.grader("full")[0], []
        for case, question in _cases(self._coach)[:FIRST_VERDICTS]:
            hits = self._coach.retriever.passages_for(question, case.answer)
            started = time.perf_counter()
            next(iter(grader.stream(question, _unseen(case.answer, 0), hits)))
            times.append(_ms_since(started))
        return times

    def _memory_with_writer(self) -> list[float]:
        """The model that writes starts when it first has to. Nothing where there is none."""
        if self._coach.chat is None:
            return []
        list(self._coach.chat.stream("You ask one short question.", "Ask about dropout.", max_tokens=20))
        return [memory_mb()]

    def _ingest_ms(self, article: Path) -> list[float]:
        from coach.bank.ingest import ingest

        coach, bank = self._coach, f"latency-{time.time_ns()}"
        started = time.perf_counter()
        ingest([article], bank=bank, store=coach.store, index=coach.index, settings=coach.settings)
        taken = _ms_since(started)
        for row in coach.store.documents(bank):
            coach.index.remove_document(bank, row.name)
            coach.store.remove_document(bank, row.name)
        return [taken]


def benchmarks(coach: Coach, options: Options) -> list[Benchmark]:
    """The one benchmark of this module; the full grader is measured when it is among the graders."""
    return [Latency(coach, full="full" in options.graders, article=options.article)]


def _cases(coach: Coach) -> list[tuple[LabelledAnswer, Question]]:
    """Answers of about a hundred words, each with its question cut to five points, so that every one costs the same."""
    found = []
    for case in [*labelled_answers("test"), *labelled_answers("train")]:
        question = question_of(coach, case)
        if WORDS[0] <= len(case.answer.split()) <= WORDS[1] and case.kind in ("full", "half", "spoken", "one_reversed"):
            found.append((case, question.model_copy(update={"key_points": question.key_points[:POINTS]})))
    return found[:ANSWERS]


def _unseen(answer: str, number: int) -> str:
    """The answer with a sentence that no cache has: repeated runs must not get quicker."""
    return f"{answer} That is my answer number {number} at {time.time_ns()}."


def _ms_since(started: float) -> float:
    return (time.perf_counter() - started) * 1000


def _help_ms() -> list[float]:
    times = []
    for _ in range(HELPS):
        started = time.perf_counter()
        subprocess.run([sys.executable, "-m", "coach.cli", "--help"], check=True, capture_output=True)
        times.append(_ms_since(started))
    return times
