"""Runs benchmarks: finds them by name, tries their cases, takes the figures, and says what fell short."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from typing import Literal, NamedTuple

from rich.console import Console
from rich.table import Table
from rich.text import Text

from coach.commands.progress import Bars
from coach.errors import UsageError
from coach.wiring import Coach
from eval.about import Start, about
from eval.bench import Benchmark, Options, Report, Result, Row
from eval.report import Missed, sets_of, write
from eval.report.wording import between
from eval.shares import share_of
from eval.thresholds import Baseline, Floor, below, worse
from eval.trying import Show, changed, outcomes_of


class Entry(NamedTuple):
    """The module of a benchmark, imported when it is run, and what `--data` may give it."""

    module: str
    data: Literal["file", "folder"] | None = None


BENCHMARKS: dict[str, Entry] = {
    "grading": Entry("eval.grading", data="file"),
    "robustness": Entry("eval.robustness", data="file"),
    "reproducibility": Entry("eval.reproducibility"),
    "labels": Entry("eval.labels"),
    "retrieval": Entry("eval.retrieval", data="folder"),
    "followup": Entry("eval.followup"),
    "ingest": Entry("eval.ingest"),
    "disputes": Entry("eval.disputes", data="file"),
    "latency": Entry("eval.latency"),
    "voice": Entry("eval.voice"),
    "voice-words": Entry("eval.voice.words"),
    "voice-fillers": Entry("eval.voice.fillers"),
    "voice-answers": Entry("eval.voice.answers"),
    "voice-turns": Entry("eval.voice.turns"),
    "voice-parts": Entry("eval.voice.parts"),
}


def run(coach: Coach, names: Sequence[str], options: Options, command: str = "coach eval") -> Report:
    """Run benchmarks, and report what they found; nothing is written but what is kept.

    Raises UsageError for a request that is off, and whatever the benchmarks raise.
    """
    check(names, options)
    start = Start.now(command)
    options.out.mkdir(parents=True, exist_ok=True)
    coach.import_bundled()
    benchmarks: dict[str, Benchmark] = {}
    for name in dict.fromkeys(names):
        found: list[Benchmark] = import_module(BENCHMARKS[name].module).benchmarks(coach, options)
        benchmarks |= by_name(name, found)
    results = []
    for name, bench in benchmarks.items():
        with _bar(name) as show:
            results.append(result_of(name, bench, options, ready=coach.prepare_library, show=show))
    return Report(about=about(start, coach.store, benchmarks), results=tuple(results))


def check(names: Sequence[str], options: Options) -> None:
    """Raises UsageError for what cannot be run, or not together."""
    if unknown := [name for name in names if name not in BENCHMARKS]:
        raise UsageError(f"There is no benchmark {unknown[0]!r}. There are: {', '.join(BENCHMARKS)}.")
    if options.rescore and options.fresh:
        raise UsageError("--rescore takes what is kept, which --no-cache and --repeat leave aside. Leave out one or the other.")
    for path in options.data:
        if not path.exists():
            raise UsageError(f"--data {path}: there is no such file or folder.")
        kind = "folder" if path.is_dir() else "file"
        if not any(BENCHMARKS[name].data == kind for name in names):
            takers = [name for name, entry in BENCHMARKS.items() if entry.data == kind]
            raise UsageError(f"--data {path} is a {kind}, which only {' and '.join(takers) or 'no benchmark'} can use.")


def by_name(name: str, benchmarks: Sequence[Benchmark]) -> dict[str, Benchmark]:
    """The benchmarks that go by one name, as they are called in the results: by that name, or by their own where there are several.

    Raises UsageError when two are called the same.
    """
    if len(benchmarks) == 1:
        return {name: benchmarks[0]}
    named = {bench.name: bench for bench in benchmarks}
    if len(named) < len(benchmarks):
        raise UsageError(f"Two of {', '.join(bench.name for bench in benchmarks)} are called the same. Run them one after the other.")
    return named


def result_of(name: str, bench: Benchmark, options: Options, *, ready: Callable[[], None], show: Show = lambda done, total: None) -> Result:
    """A benchmark's result, under this name. `ready` is called before a case has to be tried."""
    cases = bench.cases()[: options.limit]
    rounds = outcomes_of(bench, cases, options, ready=ready, show=show)
    outcomes = [bench.labelled(case, outcome) for case, outcome in zip(cases, rounds[0], strict=True)]
    metrics = dict(bench.measure(cases, outcomes))
    if any(outcome.error is not None for outcome in outcomes):
        metrics["errors"] = share_of((case.group, outcome.error is not None) for case, outcome in zip(cases, outcomes, strict=True))
    if len(rounds) > 1:
        metrics["repeat.changed"] = changed(cases, rounds)
    rows = tuple(Row(case=case, outcome=outcome) for case, outcome in zip(cases, outcomes, strict=True))
    return Result(name=name, metrics=metrics, rows=rows)


def finish(report: Report, options: Options, floors: Sequence[Floor] = (), baseline: Baseline | None = None) -> list[Missed]:
    """Write the report; what fell short: cases that failed, figures below their floor, figures worse than in the baseline.

    Raises UsageError for a floor of what was not measured, or a baseline of something else or of other cases, when the report is written.
    """
    figures = {result.name: result.metrics for result in report.results}
    missed = [sentence for result in report.results for sentence in _failed(result)]
    try:
        missed += below(figures, floors)
        if baseline is not None:
            missed += worse(figures, baseline, sets_of(report.results))
    finally:
        write(report, options.out, missed)
    return missed


def print_results(report: Report, console: Console) -> None:
    """The results as tables. Names are of files, sets and splits that a user brings: nothing in them is read as markup."""
    for result in report.results:
        table = Table("metric", "value", between(result.metrics.values()), "n", title=Text(result.name), title_justify="left")
        for name, metric in result.metrics.items():
            low_to_high = "" if metric.low is None or metric.high is None else f"{metric.low:.3f} to {metric.high:.3f}"
            table.add_row(Text(name), f"{metric.value:.3f}", low_to_high, str(metric.n))
        console.print(table)


@contextmanager
def _bar(name: str) -> Iterator[Show]:
    """A bar for the cases of a benchmark, on standard error."""
    bars = Bars()

    def show(done: int, total: int) -> None:
        bars.progress.start()  # not before there is something to show: until then models may be fetched, with bars of their own
        bars.show(name, done, total, counts=True)

    try:
        yield show
    finally:
        bars.progress.stop()


def _failed(result: Result) -> list[Missed]:
    failed = [row.outcome for row in result.rows if row.outcome.error is not None]
    if not failed:
        return []
    first = f"the first of them, {failed[0].id}, so: {failed[0].error}"
    return [Missed(result.name, "errors", f"{len(failed)} of {len(result.rows)} cases of {result.name} failed, {first}")]
