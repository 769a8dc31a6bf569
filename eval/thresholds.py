"""What a run has to reach: floors that are given, and the figures of an earlier run."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from pydantic import BaseModel, RootModel, ValidationError

from coach.domain import Frozen
from coach.errors import UsageError
from eval.case_set import CaseSet
from eval.metrics import Metric, Results
from eval.report.missed import Missed

ROUNDED = 1e-4  # figures are written down with four digits
SLACK = 0.01  # what a figure without an interval may lose; of its own size where that is above 1

LOWER_IS_BETTER = (
    r"(.+[._])?(mean_)?error", r".+_calibration_error", r"rmse", r"errors", r"(.+\.)?ungraded", r"(.+\.)?answers_failed",
    r".+_over_\d+", r".+_at_least_\d+",
    r"false_pass_\d+", r"other_route_under_\d+", r".+_ms(_p\d+)?", r"memory.*_mb", r"repeat\.changed",
    r".+\.rmse", r".+\.(negated|keyword_bag(_with_commas)?|parroted|other_question|dont_know)\.kept(_over_half)?",
    r".+\.mean_change", r".+\.moved_over_\d+",
    r".+\.largest_change", r"(.+\.)?(needless|repeats_question|gives_away|complete_followed)", r"noise_let_in",
)  # fmt: skip
HIGHER_IS_BETTER = (
    r"qwk", r"qwk_without_adversarial", r"pearson", r"spearman", r"(.+[._])?(macro_)?f1", r"(.+[._])?accuracy", r"(.+[._])?kappa",
    r"(.+[._])?precision", r"(.+[._])?recall(@\d+)?", r"(.+\.)?mrr@\d+", r"(.+\.)?ndcg@\d+", r".+\.refused_at_.+", r".+\.score_qwk",
    r".+\.(pearson|spearman|qwk)", r".+\.same_\w+",
    r".+\.(disfluent|polite|padded|repeated|misspelt|reordered|lowered|in_one_breath)\.kept",
    r"(.+\.)?(gap_followed|probes_a_gap|essential_first|well_formed)", r"order_kept|answers_whole|said_as_expected|documents_whole",
    r"stories_told_apart|points_of_length|points_from_answer|corpus_read_back", r".+\.pearson_above_\w+",
)  # fmt: skip


class Floor(NamedTuple):
    """The least that a metric may be. `bench` stands for each of its subjects too: `grading` for `grading-fast`."""

    bench: str
    metric: str
    value: float


class BaselineFigure(Frozen):
    """A figure of an earlier run, as `results.json` has it."""

    value: float | None
    low: float | None
    high: float | None
    n: int


Figures = dict[str, dict[str, BaselineFigure]]


class Baseline(NamedTuple):
    """An earlier run: its figures, and the cases of each benchmark where they are known."""

    figures: Figures
    sets: Mapping[str, CaseSet] = MappingProxyType({})


class _BesideFigures(BaseModel):
    """What is read of a run's `report.json`. Reports from before the cases were named have no `sets`."""

    sets: dict[str, CaseSet] = {}
    metrics: Figures


def floor_of(text: str) -> Floor:
    """The floor that `BENCH.METRIC=X` names. Raises UsageError."""
    match = re.fullmatch(r"([\w-]+)\.([^=]+)=(-?\d+(?:\.\d+)?)", text.strip())
    if match is None:
        raise UsageError(f"--min {text!r} cannot be read. Write it as BENCH.METRIC=X, such as grading.qwk=0.7.")
    return Floor(match[1], match[2].strip(), float(match[3]))


def below(results: Results, floors: Sequence[Floor]) -> list[Missed]:
    """What is below its floor. Raises UsageError for a metric that was not measured."""
    missed = []
    for floor in floors:
        benches = [floor.bench] if floor.bench in results else [name for name in results if name.startswith(f"{floor.bench}-")]
        measured = [(bench, results[bench][floor.metric]) for bench in benches if floor.metric in results[bench]]
        if not measured:
            known = ", ".join(f"{bench}.{metric}" for bench, metrics in results.items() for metric in metrics)
            raise UsageError(f"{floor.bench}.{floor.metric} was not measured. There are: {known}.")
        for bench, metric in measured:
            if not metric.value >= floor.value:
                sentence = f"{bench}.{floor.metric} is {_shown(metric.value)}, below {floor.value:g}."
                missed.append(Missed(bench, floor.metric, sentence))
    return missed


def read_baseline(path: Path) -> Baseline:
    """The figures of an earlier run, from its `results.json`, and its cases from the `report.json` of the same run beside it.

    Raises UsageError.
    """
    try:
        figures = RootModel[Figures].model_validate(json.loads(path.read_text(encoding="utf-8"))).root
    except (OSError, ValueError, ValidationError) as error:
        raise UsageError(f"{path} is not the results.json of an earlier run, or cannot be read. Give the file that a run left.") from error
    try:
        beside = _BesideFigures.model_validate(json.loads((path.parent / "report.json").read_text(encoding="utf-8")))
    except (OSError, ValueError, ValidationError):  # the figures may have been taken along alone: then their n has to tell
        return Baseline(figures)
    return Baseline(figures, beside.sets if beside.metrics == figures else {})


def worse(results: Results, baseline: Baseline, sets: Mapping[str, CaseSet]) -> list[Missed]:
    """What is worse than in an earlier run by more than chance: beyond that run's interval, or by more than SLACK where it has none.

    Figures of which neither more nor less is better are not compared. `sets` has the cases of this run. Raises UsageError when the two
    have nothing in common, or were not run on the same cases.
    """
    for bench in results:
        if bench in baseline.figures:
            _check_same_cases(bench, results[bench], sets.get(bench), baseline)
    both = [
        (bench, name, metrics[name], before)
        for bench, metrics in results.items()
        for name, before in baseline.figures.get(bench, {}).items()
        if name in metrics and direction(name) and before.value is not None
    ]
    if not both:
        known = ", ".join(baseline.figures) or "nothing"
        raise UsageError(f"The baseline has no figure of what was run now: it is of {known}, and this is of {', '.join(results)}.")
    return [
        Missed(bench, name, f"{bench}.{name} is {_shown(now.value)}, and was {_shown(before.value)} in the baseline.")
        for bench, name, now, before in both
        if _lost(now.value, before, direction(name))
    ]


def direction(metric: str) -> int:
    """1 where more is better, -1 where less is, 0 where neither is known to be."""
    if any(re.fullmatch(pattern, metric) for pattern in LOWER_IS_BETTER):
        return -1
    return int(any(re.fullmatch(pattern, metric) for pattern in HIGHER_IS_BETTER))


def _check_same_cases(bench: str, now: Mapping[str, Metric], cases: CaseSet | None, baseline: Baseline) -> None:
    """Raises UsageError where the earlier run was on other cases, or the number of cases behind a figure gives it away."""
    mend = "Use the same --data, --answers, --article and --limit for both."
    before = baseline.sets.get(bench)
    if cases is not None and before is not None:
        if cases != before:
            as_many = cases.cases == before.cases
            counts = f"{cases.cases:,} each, not the same" if as_many else f"{before.cases:,} there, {cases.cases:,} here"
            raise UsageError(f"The baseline's {bench} was run on other cases ({counts}), so the figures cannot be compared. {mend}")
    elif cases is not None:  # of measurements of the machine, as those of latency, any number may be compared
        most = (max((figure.n for figure in figures), default=0) for figures in (baseline.figures[bench].values(), now.values()))
        there, here = most
        if there != here:
            raise UsageError(
                f"The baseline's {bench} seems to have been run on other cases (figures of up to {there:,} there, {here:,} here), so they "
                f"cannot be compared. {mend}"
            )


def _lost(now: float, before: BaselineFigure, sign: int) -> bool:
    assert before.value is not None
    if math.isnan(now):
        return True
    bound = before.low if sign > 0 else before.high
    if bound is None:
        bound = before.value - sign * SLACK * max(1.0, abs(before.value))
    return sign * (now - bound) < -ROUNDED


def _shown(value: float | None) -> str:
    return "not a number" if value is None or math.isnan(value) else f"{value:.4g}"
