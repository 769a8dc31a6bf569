"""Running a benchmark: what is kept, what is tried again, what an interruption leaves, and what a repetition tells."""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from coach.errors import CoachError, ModelError, UsageError
from eval.bench import About, Benchmark, Case, Options, Outcome, Report, Result
from eval.kept import Kept, key_of
from eval.metrics import Metric, by_question
from eval.run import by_name, finish, print_results, result_of
from eval.thresholds import floor_of
from eval.trying import kept_file

Try = Callable[[Case], float]
ABOUT = About(command="coach eval", started="2026-01-01T00:00:00+00:00", seconds=1, commit=None, machine="", corpus="", subjects={})


class Doubling(Benchmark):
    """Doubles numbers; `tries` are the cases that were tried, in order."""

    name, version = "doubling", "1"

    def __init__(self, numbers: Sequence[float] = (1, 2, 3), value: Try = lambda case: 2.0 * float(str(case.content["number"]))) -> None:
        self.numbers, self.value = numbers, value
        self.tries: list[str] = []
        self.prepared = 0
        self.label = "first"

    def prepare(self) -> None:
        self.prepared += 1

    def cases(self) -> Sequence[Case]:
        return [Case(id=f"case-{number:g}", group=f"q{number:g}", content={"number": number}) for number in self.numbers]

    def run(self, case: Case) -> Outcome:
        self.tries.append(case.id)
        return Outcome(id=case.id, values={"double": self.value(case)}, reason="Doubled.")

    def labelled(self, case: Case, outcome: Outcome) -> Outcome:
        return outcome.model_copy(update={"reason": f"{outcome.reason} The label is {self.label}."})

    def measure(self, cases: Sequence[Case], outcomes: Sequence[Outcome]) -> dict[str, Metric]:
        values = np.array([float(str(outcome.values.get("double", 0))) for outcome in outcomes])
        return {"mean": by_question(lambda i: float(values[i].mean()), [case.group for case in cases])}


def run(bench: Benchmark, out: Path, ready: Callable[[], None] = lambda: None, **options: object) -> Result:
    return result_of(bench.name, bench, Options.model_validate({"out": out, **options}), ready=ready)


def fails_at(number: float, error: BaseException) -> Try:
    def value(case: Case) -> float:
        if case.content["number"] == number:
            raise error
        return 1.0

    return value


def test_what_is_kept_is_not_tried_again_and_opens_nothing(tmp_path: Path) -> None:
    first = run(Doubling(), tmp_path)
    again, opened = Doubling(), []
    assert run(again, tmp_path, ready=lambda: opened.append("models")) == first
    assert (again.tries, again.prepared, opened) == ([], 0, [])
    assert first.metrics["mean"].value == 4


@pytest.mark.parametrize("change", [{"version": "2"}, {"name": "other"}, {"numbers": (1.5, 2.5, 3.5)}])
def test_another_version_benchmark_or_content_is_tried(tmp_path: Path, change: dict[str, object]) -> None:
    run(Doubling(), tmp_path)
    other = Doubling()
    for name, value in change.items():
        setattr(other, name, value)
    run(other, tmp_path)
    assert len(other.tries) == 3


def test_a_case_is_found_by_its_content_whatever_it_is_called(tmp_path: Path) -> None:
    class Renamed(Doubling):
        def cases(self) -> Sequence[Case]:
            return [case.model_copy(update={"id": f"new-{case.id}"}) for case in super().cases()]

    run(Doubling(), tmp_path)
    renamed = Renamed()
    rows = run(renamed, tmp_path).rows
    assert renamed.tries == []
    assert [row.outcome.id for row in rows] == [row.case.id for row in rows] == ["new-case-1", "new-case-2", "new-case-3"]


def test_labels_may_change_without_trying_again(tmp_path: Path) -> None:
    run(Doubling(), tmp_path)
    again = Doubling()
    again.label = "second"
    assert run(again, tmp_path).rows[0].outcome.reason == "Doubled. The label is second."
    assert "label" not in kept_file(tmp_path, "doubling").read_text(encoding="utf-8")
    assert again.tries == []


def test_an_interrupted_run_says_how_to_go_on_and_goes_on_from_there(tmp_path: Path) -> None:
    def press_ctrl_c(done: int, total: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    first = Doubling(range(50))
    with pytest.raises(CoachError, match=r"after 2 of 50 cases of doubling.*same command goes on"):
        result_of("doubling", first, Options(out=tmp_path), ready=lambda: None, show=press_ctrl_c)
    again = Doubling(range(50))
    assert run(again, tmp_path).metrics["mean"].value == 49
    assert first.tries + again.tries == [case.id for case in again.cases()]  # each of them once


def test_an_error_in_the_program_ends_the_run_and_leaves_what_was_done(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError):
        run(Doubling(value=fails_at(3, ZeroDivisionError())), tmp_path)
    again = Doubling()
    run(again, tmp_path)
    assert again.tries == ["case-3"]


def test_a_torn_last_line_is_overwritten(tmp_path: Path) -> None:
    run(Doubling(), tmp_path)
    file = kept_file(tmp_path, "doubling")
    whole = file.read_bytes()
    file.write_bytes(whole[:-20])
    again = Doubling()
    run(again, tmp_path)
    assert again.tries == ["case-3"]
    lines = file.read_text(encoding="utf-8").splitlines()
    assert len(lines) == 3
    assert all(json.loads(line)["outcome"]["values"] for line in lines)


def test_a_line_that_cannot_be_read_costs_its_case_alone(tmp_path: Path) -> None:
    run(Doubling(), tmp_path)
    file = kept_file(tmp_path, "doubling")
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    file.write_text("".join([lines[0], "not JSON\n", '{"key": 1}\n', lines[2]]), encoding="utf-8")
    again = Doubling()
    run(again, tmp_path)
    assert again.tries == ["case-2"]


def test_an_outcome_comes_back_as_it_was_kept(tmp_path: Path) -> None:
    case, outcome = Doubling().cases()[0], Outcome(id="x", values={"text": "naïve\u2028 “…” \n"}, reason="a\nb", ms=1.5)
    key = key_of(Doubling(), case)
    Kept(tmp_path / "kept.jsonl").add(key, outcome)
    assert Kept(tmp_path / "kept.jsonl").get(key) == outcome


def test_a_case_that_fails_is_data_and_is_tried_again(tmp_path: Path) -> None:
    result = run(Doubling(value=fails_at(2, ModelError("The model is away."))), tmp_path)
    assert [row.outcome.error for row in result.rows] == [None, "The model is away.", None]
    assert result.metrics["errors"].value == pytest.approx(1 / 3)
    again = Doubling()
    assert "errors" not in run(again, tmp_path).metrics
    assert again.tries == ["case-2"]


def test_several_workers_try_cases_at_once_and_keep_their_order(tmp_path: Path) -> None:
    together = threading.Barrier(3, timeout=10)

    def value(case: Case) -> float:
        together.wait()
        return float(str(case.content["number"]))

    rows = run(Doubling((3, 1, 2), value), tmp_path, workers=3).rows
    assert [row.outcome.values["double"] for row in rows] == [3, 1, 2]


def test_what_measures_the_moment_is_tried_alone_and_never_kept(tmp_path: Path) -> None:
    running: list[str] = []

    def value(case: Case) -> float:
        running.append(case.id)
        assert running == [case.id]
        running.remove(case.id)
        return 1.0

    for _ in range(2):
        bench = Doubling(value=value)
        bench.keeps = False
        run(bench, tmp_path, workers=3)
        assert len(bench.tries) == 3
    with pytest.raises(UsageError, match="afresh"):
        run(bench, tmp_path, rescore=True)


def test_a_limit_takes_the_first_cases(tmp_path: Path) -> None:
    bench = Doubling()
    assert [row.case.id for row in run(bench, tmp_path, limit=2).rows] == ["case-1", "case-2"] == bench.tries


def test_rescoring_takes_what_is_kept_and_says_how_much_is_not(tmp_path: Path) -> None:
    run(Doubling(), tmp_path, limit=2)
    bench = Doubling()
    assert run(bench, tmp_path, limit=2, rescore=True).metrics["mean"].value == 3
    with pytest.raises(CoachError, match="1 of 3 cases of doubling are not kept"):
        run(bench, tmp_path, rescore=True)
    assert bench.tries == []


def test_repeats_are_fresh_and_tell_which_cases_changed(tmp_path: Path) -> None:
    run(Doubling(), tmp_path)
    before = kept_file(tmp_path, "doubling").read_bytes()
    draws = iter(range(100))
    bench = Doubling(value=lambda case: next(draws) if case.content["number"] == 2 else 1.0)
    result = run(bench, tmp_path, repeat=3)
    assert len(bench.tries) == 9
    assert result.metrics["repeat.changed"].value == pytest.approx(1 / 3)
    assert run(Doubling(), tmp_path, repeat=2).metrics["repeat.changed"].value == 0
    assert kept_file(tmp_path, "doubling").read_bytes() == before


def test_without_keeping_every_case_is_tried_and_nothing_is_left(tmp_path: Path) -> None:
    run(Doubling(), tmp_path)
    before, bench = kept_file(tmp_path, "doubling").read_bytes(), Doubling(value=lambda case: 0.0)
    assert run(bench, tmp_path, keep=False).metrics["mean"].value == 0
    assert kept_file(tmp_path, "doubling").read_bytes() == before


def test_one_subject_goes_by_the_benchmarks_name_and_several_by_their_own() -> None:
    one, two = Doubling(), Doubling()
    one.name, two.name = "grading-fast", "grading-full"
    assert list(by_name("grading", [one])) == ["grading"]
    assert list(by_name("grading", [one, two])) == ["grading-fast", "grading-full"]
    with pytest.raises(UsageError, match="same"):
        by_name("grading", [one, one])


def test_what_fell_short_is_said_and_the_report_is_written_even_when_a_floor_is_of_nothing(tmp_path: Path) -> None:
    result = run(Doubling(value=fails_at(2, ModelError("The model is away."))), tmp_path)
    report, options = Report(about=ABOUT, results=(result,)), Options(out=tmp_path)
    missed = finish(report, options, [floor_of("doubling.mean=5")])
    assert [item.metric for item in missed] == ["errors", "mean"]
    assert "The model is away." in missed[0].sentence
    (tmp_path / "results.json").unlink()
    with pytest.raises(UsageError, match=r"doubling\.mean"):
        finish(report, options, [floor_of("doubling.nonsense=5")])
    assert json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))["doubling"]["mean"]["n"] == 3


def test_a_name_in_brackets_is_shown_as_it_is() -> None:
    console = Console(width=120, record=True, file=io.StringIO())
    metrics = {"[red]UA[/red].rmse": Metric(0.5, None, None, 3), "[/].rmse": Metric(0.25, None, None, 3)}
    print_results(Report(about=ABOUT, results=(Result(name="grading-fast-[bold]set", metrics=metrics, rows=()),)), console)
    shown = console.export_text()
    for name in ("grading-fast-[bold]set", *metrics):
        assert name in shown
