"""Runs benchmarks and writes what they found."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from itertools import product
from pathlib import Path
from typing import Literal

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from coach.domain import GraderName
from coach.errors import UsageError
from coach.wiring import Coach
from eval import grading, labels, latency, retrieval
from eval.metrics import Metric

Benchmark = Literal["grading", "labels", "retrieval", "latency"]
BENCHMARKS: tuple[Benchmark, ...] = ("grading", "labels", "retrieval", "latency")
Results = dict[str, dict[str, Metric]]


def run(
    coach: Coach,
    benchmarks: Sequence[str],
    *,
    graders: Sequence[GraderName] = ("fast",),
    points: Sequence[grading.Points] = ("authored",),
    answers: str | None = None,
    article: Path | None = None,
    limit: int | None = None,
    out: Path = Path("eval-out"),
    console: Console | None = None,
) -> Results:
    """Run benchmarks; writes the cases of `grading` and all metrics into `out`.

    Raises UsageError for a benchmark that there is not, and whatever the coach raises.
    """
    unknown = [name for name in benchmarks if name not in BENCHMARKS]
    if unknown:
        raise UsageError(f"There is no benchmark {unknown[0]!r}. There are: {', '.join(BENCHMARKS)}.")
    console = console or Console(stderr=True)
    out.mkdir(parents=True, exist_ok=True)
    coach.prepare_library()
    results: Results = {}
    if "grading" in benchmarks:
        for grader, kind in product(graders, points):
            name = f"grading-{grader}" if kind == "authored" else f"grading-{grader}-{kind}"
            results[name] = _graded(coach, name, grader, kind, answers, limit, out, console)
    if "labels" in benchmarks:
        results["labels"] = labels.run()
    if "retrieval" in benchmarks:
        results["retrieval"] = retrieval.run(coach, article)
    if "latency" in benchmarks:
        results["latency"] = latency.run(coach, full="full" in graders, article=article)
    (out / "results.json").write_text(json.dumps(as_json(results), indent=1) + "\n", encoding="utf-8")
    return results


def as_json(results: Results) -> dict[str, dict[str, dict[str, float | int | None]]]:
    """The results as `coach eval --json` prints them; a figure that is not a number is null."""
    return {
        bench: {
            name: {"value": None if math.isnan(m.value) else round(m.value, 4), "low": _rounded(m.low), "high": _rounded(m.high), "n": m.n}
            for name, m in metrics.items()
        }
        for bench, metrics in results.items()
    }


def print_results(results: Results, console: Console) -> None:
    """The results as tables."""
    for bench, metrics in results.items():
        table = Table("metric", "value", "95 % interval, or range", "n", title=bench, title_justify="left")
        for name, metric in metrics.items():
            between = "" if metric.low is None or metric.high is None else f"{metric.low:.3f} to {metric.high:.3f}"
            table.add_row(name, f"{metric.value:.3f}", between, str(metric.n))
        console.print(table)


def _graded(
    coach: Coach,
    name: str,
    grader: GraderName,
    points: grading.Points,
    answers: str | None,
    limit: int | None,
    out: Path,
    console: Console,
) -> dict[str, Metric]:
    with Progress(console=console, transient=True) as bar:
        task = bar.add_task(name)
        states = out / "states.jsonl" if grader == "full" else None
        metrics, rows = grading.run(
            coach,
            grader,
            states,
            points=points,
            answers=answers,
            limit=limit,
            progress=lambda done, total: bar.update(task, completed=done, total=total),
        )
    lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    (out / f"{name}.jsonl").write_text(lines, encoding="utf-8")
    return metrics


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
