"""What a run has to reach: floors, and an earlier run."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from coach.errors import UsageError
from eval.bench import About, Case, Outcome, Report, Result, Row
from eval.case_set import case_set
from eval.metrics import Metric
from eval.report import Missed, as_json, write
from eval.thresholds import below, direction, floor_of, read_baseline, worse

NAN = float("nan")


def figures(**metrics: tuple[float, float | None, float | None]) -> dict[str, dict[str, Metric]]:
    return {"grading": {name: Metric(*metric, 100) for name, metric in metrics.items()}}


def test_a_metric_below_its_floor_is_named_and_one_that_was_not_measured_too() -> None:
    results = {"grading": {"qwk": Metric(0.5, 0.4, 0.6, 10)}, "retrieval": {"recall@1": Metric(NAN, None, None, 0)}}
    assert below(results, [floor_of("grading.qwk=0.5")]) == []
    missed = below(results, [floor_of("grading.qwk=0.6"), floor_of("retrieval.recall@1=0.1")])
    assert [item.metric for item in missed] == ["qwk", "recall@1"]
    with pytest.raises(UsageError, match=r"grading\.qwk"):
        below(results, [floor_of("grading.kappa=0.6")])


def test_a_floor_of_a_benchmark_holds_for_each_of_its_subjects_and_one_of_a_subject_for_it_alone() -> None:
    results = {"grading-fast": {"qwk": Metric(0.5, None, None, 10)}, "grading-full": {"qwk": Metric(0.9, None, None, 10)}}
    assert [item.bench for item in below(results, [floor_of("grading.qwk=0.8")])] == ["grading-fast"]
    assert [item.bench for item in below(results, [floor_of("grading.qwk=0.95")])] == ["grading-fast", "grading-full"]
    assert below(results, [floor_of("grading-full.qwk=0.8")]) == []


@pytest.mark.parametrize("text", ["nonsense", "grading=0.5", "grading.qwk=high", ".qwk=1"])
def test_a_floor_that_cannot_be_read_is_wrong_usage(text: str) -> None:
    with pytest.raises(UsageError):
        floor_of(text)


def baseline_of(results: dict[str, dict[str, Metric]], folder: Path) -> Path:
    path = folder / "results.json"
    path.write_text(json.dumps(as_json(results)), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("before", "now", "missed"),
    [
        ({"qwk": (0.8, 0.75, 0.85)}, {"qwk": (0.76, 0.7, 0.8)}, []),
        ({"qwk": (0.8, 0.75, 0.85)}, {"qwk": (0.74, 0.7, 0.8)}, ["qwk"]),
        ({"rmse": (1.0, 0.9, 1.1)}, {"rmse": (1.05, 0.9, 1.2)}, []),
        ({"rmse": (1.0, 0.9, 1.1)}, {"rmse": (1.2, 1.0, 1.3)}, ["rmse"]),
        ({"pearson": (0.8, None, None)}, {"pearson": (0.795, None, None)}, []),
        ({"pearson": (0.8, None, None)}, {"pearson": (0.78, None, None)}, ["pearson"]),
        ({"memory_mb": (1000.0, None, None)}, {"memory_mb": (1005.0, None, None)}, []),
        ({"memory_mb": (1000.0, None, None)}, {"memory_mb": (1500.0, None, None)}, ["memory_mb"]),
        ({"pearson": (0.8, 0.7, 0.9)}, {"pearson": (NAN, None, None)}, ["pearson"]),
        # Neither more nor less of these is better.
        (
            {"qwk": (0.8, 0.7, 0.9), "answers": (90.0, None, None)},
            {"qwk": (0.8, 0.7, 0.9), "answers": (10.0, None, None)},
            [],
        ),
        # Written down with four digits, a figure is not worse than itself.
        ({"qwk": (2 / 3, 2 / 3, 0.9)}, {"qwk": (2 / 3, 0.6, 0.9)}, []),
    ],
)
def test_a_figure_is_worse_when_it_is_beyond_the_earlier_runs_interval(
    tmp_path: Path, before: dict[str, tuple[float, float, float]], now: dict[str, tuple[float, float, float]], missed: list[str]
) -> None:
    baseline = read_baseline(baseline_of(figures(**before), tmp_path))
    assert [item.metric for item in worse(figures(**now), baseline, {})] == missed


def test_a_baseline_of_something_else_is_wrong_usage(tmp_path: Path) -> None:
    baseline = read_baseline(baseline_of({"labels": {"train.score_qwk": Metric(0.9, None, None, 5)}}, tmp_path))
    with pytest.raises(UsageError, match="labels"):
        worse(figures(qwk=(0.8, None, None)), baseline, {})
    with pytest.raises(UsageError, match=r"results\.json"):
        read_baseline(tmp_path / "nowhere.json")


def case(id: str, answer: str) -> Case:
    return Case(id=id, group="q", content={"answer": answer, "question": {"answer": "of the corpus"}})


CASES = [case("one", "It is so."), case("two", "It is not so.")]


def left_by_a_run(folder: Path, cases: Sequence[Case], n: int = 2) -> Path:
    rows = tuple(Row(case=each, outcome=Outcome(id=each.id)) for each in cases)
    about = About(command="coach eval", started="2026-01-01T00:00:00+00:00", seconds=1, commit=None, machine="", corpus="", subjects={})
    result = Result(name="grading", metrics={"qwk": Metric(0.8, None, None, n)}, rows=rows)
    write(Report(about=about, results=(result,)), folder)
    return folder / "results.json"


def compared(path: Path, cases: Sequence[Case], n: int = 2) -> list[Missed]:
    own = case_set(cases)
    assert own is not None
    return worse({"grading": {"qwk": Metric(0.5, None, None, n)}}, read_baseline(path), {"grading": own})


def test_a_baseline_on_the_same_cases_is_compared_whatever_became_of_the_corpus(tmp_path: Path) -> None:
    path = left_by_a_run(tmp_path, CASES)
    assert [item.metric for item in compared(path, CASES[::-1])] == ["qwk"]
    edited = [each.model_copy(update={"content": {**each.content, "question": {"answer": "mended"}}}) for each in CASES]
    assert [item.metric for item in compared(path, edited)] == ["qwk"]


@pytest.mark.parametrize(
    ("cases", "told"),
    [
        (CASES[:1], "2 there, 1 here"),
        ([CASES[0], case("two", "Another file's second answer.")], "2 each, not the same"),
        ([CASES[0], case("three", "It is not so.")], "2 each, not the same"),
    ],
)
def test_a_baseline_on_other_cases_is_refused_and_told_how_to_mend_it(tmp_path: Path, cases: list[Case], told: str) -> None:
    with pytest.raises(UsageError, match=f"{told}.*--limit"):
        compared(left_by_a_run(tmp_path, CASES), cases)


def test_figures_that_were_taken_along_alone_are_told_apart_by_their_number_of_cases(tmp_path: Path) -> None:
    path = left_by_a_run(tmp_path, CASES)
    (tmp_path / "report.json").unlink()
    assert len(compared(path, CASES)) == 1
    with pytest.raises(UsageError, match="up to 2 there, 50 here"):
        compared(path, CASES, n=50)


def test_a_report_of_another_run_says_nothing_of_these_figures(tmp_path: Path) -> None:
    path = left_by_a_run(tmp_path, CASES)
    path.write_text(path.read_text(encoding="utf-8").replace("0.8", "0.7"), encoding="utf-8")
    assert read_baseline(path).sets == {}


def test_times_of_another_number_of_measurements_are_compared(tmp_path: Path) -> None:
    path = baseline_of({"latency": {"fast_ms": Metric(100, 90, 110, 20, ranged=True)}}, tmp_path)
    assert len(worse({"latency": {"fast_ms": Metric(500, None, None, 1)}}, read_baseline(path), {})) == 1


@pytest.mark.parametrize(
    ("metric", "sign"),
    [
        ("qwk", 1), ("point_covered_f1", 1), ("banks-paraphrases.bm25.recall@5", 1), ("test.verdict_kappa", 1), ("fast_ms", -1),
        ("fast_ms_p90", -1), ("point_calibration_error", -1), ("held_back_20.error", -1), ("kind.full.mean_error", -1),
        ("false_pass_60", -1),
        ("off_topic_over_25", -1), ("memory_with_writer_mb", -1), ("qwk_of_bag_of_words", 0), ("kind.full.score_above_label", 0),
        ("reliability.0.5-0.6", 0), ("train.answers", 0), ("stories_told_apart", 1), ("points_of_length", 1), ("points_from_answer", 1),
        ("corpus_read_back", 1), ("as_they_come.ungraded", -1), ("ungraded", -1), ("ours.answers_failed", -1),
        ("ours.keyword_bag.kept", -1), ("ours.keyword_bag_with_commas.kept", -1), ("ours.negated.kept_over_half", -1),
        ("ours.repeated.kept", 1), ("ours.repeated.moved_over_5", -1), ("UA.macro_f1_of_majority", 0), ("clarification.asked", 0),
    ],
)  # fmt: skip
def test_it_is_known_of_a_metric_whether_more_of_it_is_better(metric: str, sign: int) -> None:
    assert direction(metric) == sign
