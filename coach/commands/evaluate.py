"""`eval`: the benchmarks, which are a package of their own and are imported when this command is called."""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from coach.commands.console import messages, print_json, say, screen
from coach.commands.edge import FAILED
from coach.commands.opening import Json, Llm, opened, settings_for
from coach.errors import CoachError, UsageError

if TYPE_CHECKING:
    from types import ModuleType

EXTRA = ("sklearn", "psutil")


class Which(StrEnum):
    """A grader, as an option that may be repeated."""

    FAST = "fast"
    FULL = "full"


class Points(StrEnum):
    """Which key points are graded on, as an option that may be repeated."""

    AUTHORED = "authored"
    DRAWN = "drawn"


class Floor(NamedTuple):
    """The least that a metric may be."""

    bench: str
    metric: str
    value: float


def evaluate(
    ctx: typer.Context,
    benchmarks: Annotated[list[str], typer.Argument(metavar="BENCHMARK…", help="grading, labels, retrieval, latency.")],
    grader: Annotated[list[Which] | None, typer.Option(help="May be given more than once; fast unless it is.")] = None,
    points: Annotated[
        list[Points] | None, typer.Option(help="The questions' own key points, or those drawn from their answers; may be repeated.")
    ] = None,
    answers: Annotated[str | None, typer.Option(metavar="NAME", help="One file of eval/data/answers in place of the test split.")] = None,
    article: Annotated[Path | None, typer.Option(help="An article to search in and to time, too.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Only so many cases.")] = None,
    out: Annotated[Path, typer.Option(help="Where the cases and results are written.")] = Path("eval-out"),
    least: Annotated[
        list[str] | None, typer.Option("--min", metavar="BENCH.METRIC=X", help="Exit with 1 when a metric is below X; may be repeated.")
    ] = None,
    llm: Llm = None,
    json: Json = False,
) -> None:
    """Run benchmarks and report metrics with their intervals."""
    floors = [_floor(text) for text in least or ()]
    bench = _benchmarks()
    with opened(settings_for(ctx, llm=llm)) as coach:
        graders = tuple(dict.fromkeys(which.value for which in grader or (Which.FAST,)))
        kinds = tuple(dict.fromkeys(kind.value for kind in points or (Points.AUTHORED,)))
        results = bench.run(
            coach,
            benchmarks,
            graders=graders,
            points=kinds,
            answers=answers,
            article=article,
            limit=limit,
            out=out,
            console=messages(),
        )
    figures = bench.as_json(results)
    missed = _missed(figures, floors)
    bench.print_results(results, messages() if json or missed else screen())
    if missed:
        for line in missed:
            say(line)
        raise typer.Exit(FAILED)
    if json:
        print_json(figures)


def _benchmarks() -> ModuleType:
    try:
        from eval import run
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in EXTRA:
            raise CoachError("The benchmarks are not part of this installation. Install the coach again from its wheel.") from error
        raise CoachError(f"The benchmarks need {error.name}: pip install 'interview-coach[eval]'") from error
    return run


def _floor(text: str) -> Floor:
    match = re.fullmatch(r"([\w-]+)\.([^=]+)=(-?\d+(?:\.\d+)?)", text.strip())
    if match is None:
        raise UsageError(f"--min {text!r} cannot be read. Write it as BENCH.METRIC=X, such as grading-fast.qwk=0.7.")
    return Floor(match[1], match[2].strip(), float(match[3]))


def _missed(figures: dict[str, dict[str, dict[str, Any]]], floors: Sequence[Floor]) -> list[str]:
    """A sentence for each floor that was missed. Raises UsageError for a metric that was not measured."""
    lines = []
    for floor in floors:
        measured = figures.get(floor.bench, {}).get(floor.metric)
        if measured is None:
            known = ", ".join(f"{bench}.{metric}" for bench, metrics in figures.items() for metric in metrics)
            raise UsageError(f"{floor.bench}.{floor.metric} was not measured. There are: {known}.")
        value = measured["value"]
        if value is None or value < floor.value:
            lines.append(f"{floor.bench}.{floor.metric} is {value}, below {floor.value:g}.")
    return lines
