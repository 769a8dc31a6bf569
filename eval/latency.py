"""How long things take and how much memory they hold on this machine: medians over our own answers, never a test."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from statistics import median

from coach.domain import Grade, Question
from coach.grading.grader import Grader
from coach.wiring import Coach
from eval.cases import LabelledAnswer, labelled_answers
from eval.metrics import Metric
from eval.reading import question_of

ANSWERS = 20
WORDS = (80, 125)  # about a hundred
POINTS = 5


def run(coach: Coach, *, full: bool, article: Path | None = None) -> dict[str, Metric]:
    """Medians in milliseconds of a fast and a full grade of answers of about 100 words to 5 points, and what else a user waits for."""
    cases = _cases(coach)
    metrics = {"fast_ms": _grades(coach, coach.fast, cases)}
    if full:
        grader, _ = coach.grader("full")
        first = [_first_verdict_ms(coach, grader, case, question) for case, question in cases[:5]]
        metrics["full_first_verdict_ms"] = Metric(median(first), min(first), max(first), len(first))
        metrics["full_ms"] = _grades(coach, grader, cases)
    metrics["memory_mb"] = Metric(_memory_mb(), None, None, 1)
    if coach.chat is not None:  # the model that writes starts when it first has to
        list(coach.chat.stream("You ask one short question.", "Ask about dropout.", max_tokens=20))
        metrics["memory_with_writer_mb"] = Metric(_memory_mb(), None, None, 1)
    metrics["help_ms"] = _help()
    if article is not None:
        metrics["ingest_ms"] = _ingest(coach, article)
    return metrics


def _cases(coach: Coach) -> list[tuple[LabelledAnswer, Question]]:
    """Answers of about a hundred words, each with its question cut to five points, so that every one costs the same."""
    found = []
    for case in [*labelled_answers("test"), *labelled_answers("train")]:
        question = question_of(coach, case)
        if WORDS[0] <= len(case.answer.split()) <= WORDS[1] and case.kind in ("full", "half", "spoken", "one_reversed"):
            found.append((case, question.model_copy(update={"key_points": question.key_points[:POINTS]})))
    return found[:ANSWERS]


def _grades(coach: Coach, grader: Grader, cases: list[tuple[LabelledAnswer, Question]]) -> Metric:
    times: list[float] = []
    for case, question in cases:
        coach.fast.prepare(question)  # as the page does while the candidate reads the question
        started = time.perf_counter()
        grade = grader.grade(question, _unseen(case.answer, len(times)), coach.retriever.passages_for(question, case.answer))
        assert isinstance(grade, Grade)
        times.append((time.perf_counter() - started) * 1000)
    return Metric(median(times), min(times), max(times), len(times))


def _unseen(answer: str, number: int) -> str:
    """The answer with a sentence that no cache has: repeated runs must not get quicker."""
    return f"{answer} That is my answer number {number} at {time.time_ns()}."


def _first_verdict_ms(coach: Coach, grader: Grader, case: LabelledAnswer, question: Question) -> float:
    hits = coach.retriever.passages_for(question, case.answer)
    started = time.perf_counter()
    next(iter(grader.stream(question, _unseen(case.answer, 0), hits)))
    return (time.perf_counter() - started) * 1000


def _memory_mb() -> float:
    """Resident memory of this process and its children, in MB."""
    import psutil

    here = psutil.Process()
    return float(sum(process.memory_info().rss for process in [here, *here.children(recursive=True)]) / 1e6)


def _help() -> Metric:
    times = []
    for _ in range(5):
        started = time.perf_counter()
        subprocess.run([sys.executable, "-m", "coach.cli", "--help"], check=True, capture_output=True)
        times.append((time.perf_counter() - started) * 1000)
    return Metric(median(times), min(times), max(times), len(times))


def _ingest(coach: Coach, article: Path) -> Metric:
    from coach.bank.ingest import ingest

    bank = f"latency-{time.time_ns()}"
    started = time.perf_counter()
    ingest([article], bank=bank, store=coach.store, index=coach.index, settings=coach.settings)
    taken = (time.perf_counter() - started) * 1000
    for row in coach.store.documents(bank):
        coach.index.remove_document(bank, row.name)
        coach.store.remove_document(bank, row.name)
    return Metric(taken, None, None, 1)
