"""`eval`: the benchmarks, which are a package of their own and are imported when this command is called."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from coach.commands.console import messages, print_json, say, screen
from coach.commands.edge import FAILED
from coach.commands.opening import Json, Llm, opened, settings_for
from coach.errors import CoachError

EXTRA = ("ir_measures", "jinja2", "jiwer", "markupsafe", "matplotlib", "psutil", "scipy", "sklearn")
BENCHMARKS = "grading, robustness, reproducibility, labels, retrieval, followup, ingest, disputes, latency, voice."
GRADERS = (
    "fast, full, or a model as provider:model; may be repeated, fast unless it is. "
    "p_yes, a baseline that asks the local model Yes or No of each point, grades only the answers of --data. "
    "How many tokens an answer takes is told as tokens_in and tokens_out where a model behind an address is asked, "
    "and by latency as full_tokens where the full grader reads with the local one."
)


class Points(StrEnum):
    """Which key points are graded on, as an option that may be repeated."""

    AUTHORED = "authored"
    DRAWN = "drawn"


def evaluate(
    ctx: typer.Context,
    benchmarks: Annotated[
        list[str],
        typer.Argument(metavar="BENCHMARK…", help=BENCHMARKS),
    ],
    data: Annotated[
        list[Path] | None,
        typer.Option(metavar="PATH", help="Answers graded by people, in a file, or a folder to search in; may be repeated."),
    ] = None,
    grader: Annotated[list[str] | None, typer.Option(metavar="NAME", help=GRADERS)] = None,
    points: Annotated[
        list[Points] | None, typer.Option(help="The questions' own key points, or those drawn from their answers; may be repeated.")
    ] = None,
    answers: Annotated[str | None, typer.Option(metavar="NAME", help="One file of eval/data/answers in place of the test split.")] = None,
    article: Annotated[Path | None, typer.Option(help="An article to search in and to time, too.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Only the first so many cases of each benchmark.")] = None,
    workers: Annotated[int, typer.Option(min=1, help="How many cases are tried at once.")] = 1,
    repeat: Annotated[int, typer.Option(min=1, help="Try every case so often, afresh, and tell how many change.")] = 1,
    out: Annotated[Path, typer.Option(help="Where outcomes are kept and the report is written.")] = Path("eval-out"),
    baseline: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="The results.json of an earlier run on the same cases: exit with 1 when a figure is worse."),
    ] = None,
    least: Annotated[
        list[str] | None, typer.Option("--min", metavar="BENCH.METRIC=X", help="Exit with 1 when a metric is below X; may be repeated.")
    ] = None,
    rescore: Annotated[bool, typer.Option("--rescore", help="Take the figures from what is kept, and open no model.")] = False,
    no_cache: Annotated[bool, typer.Option("--no-cache", help="Try every case, whatever is kept, and keep nothing.")] = False,
    voice: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Who speaks in voice: hibari, slt, another, or a folder of recordings; may be repeated."),
    ] = None,
    minutes: Annotated[float | None, typer.Option(min=1, help="With voice: talk for so many minutes, to see whether memory grows.")] = None,
    llm: Llm = None,
    json: Json = False,
) -> None:
    """Run benchmarks and report metrics with their intervals. What is done is kept: the same command goes on after an interruption."""
    with _extra_needed():
        from eval.bench import Options
        from eval.report import as_json
        from eval.run import check, finish, print_results, run
        from eval.thresholds import floor_of, read_baseline

        floors = [floor_of(text) for text in least or ()]
        before = None if baseline is None else read_baseline(baseline)
        options = Options(
            out=out,
            graders=tuple(dict.fromkeys(grader or ("fast",))),
            points=tuple(dict.fromkeys(kind.value for kind in points or (Points.AUTHORED,))),
            answers=answers,
            article=article,
            data=tuple(dict.fromkeys(data or ())),
            limit=limit,
            workers=workers,
            repeat=repeat,
            keep=not no_cache,
            rescore=rescore,
            voices=tuple(dict.fromkeys(voice or ())),
            minutes=minutes,
        )
        check(benchmarks, options)
        with opened(settings_for(ctx, llm=llm)) as coach:
            report = run(coach, benchmarks, options, shlex.join(["coach", *sys.argv[1:]]))
        missed = finish(report, options, floors, before)
    print_results(report, messages() if json or missed else screen())
    if missed:
        for item in missed:
            say(item.sentence)
        raise typer.Exit(FAILED)
    if json:
        print_json(as_json({result.name: result.metrics for result in report.results}))


@contextmanager
def _extra_needed() -> Iterator[None]:
    """Turns a package that is missing into a sentence that says how to install it."""
    try:
        yield
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package == "eval":
            raise CoachError("The benchmarks are not part of this installation. Install the coach again from its wheel.") from error
        if package not in EXTRA:
            raise
        raise CoachError(f"The benchmarks need {package}: pip install 'interview-coach[eval]'") from error
