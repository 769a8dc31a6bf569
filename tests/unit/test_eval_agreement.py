"""Grades against labels, on cases whose figures are known."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score, precision_recall_fscore_support

from eval.agreement import point_agreement, score_agreement
from eval.bench import GradedPoint, GradedValues
from eval.metrics import Metric, class_figures, error_when_held_back, kappa, macro_f1, qwk, rmse, spearman


def graded(score: float | None, label: float | None, kind: str = "full", points: tuple[GradedPoint, ...] = ()) -> GradedValues:
    between = (None, None) if score is None else (score - 5, score + 5)
    return GradedValues(
        question="Why?", answer="Because.", kind=kind, label=label, score=score, low=between[0], high=between[1], reason=None, points=points
    )


def point(verdict: str, label: str | None, confidence: float = 0.9) -> GradedPoint:
    return GradedPoint(text="A point.", essential=True, verdict=verdict, label=label, confidence=confidence, quote=None)


def groups(values: list[GradedValues]) -> list[str]:
    return [f"q{number}" for number in range(len(values))]


def test_scores_that_are_the_labels_agree_in_every_way() -> None:
    values = [graded(score, score) for score in (0.0, 30.0, 70.0, 100.0)]
    figures = score_agreement(values, groups(values))
    for name in ("qwk", "pearson", "spearman", "label_in_range"):
        assert figures[name].value == pytest.approx(1), name
    assert figures["rmse"].value == 0
    assert figures["ungraded"].value == 0


def test_an_answer_that_came_back_ungraded_counts_as_0_and_one_without_a_label_not_at_all() -> None:
    values = [graded(80, 80), graded(None, 50), graded(10, None)]
    figures = score_agreement(values, groups(values))
    assert figures["ungraded"] == Metric(0.5, 0.0, 1.0, 2)
    assert figures["rmse"].value == pytest.approx(np.sqrt((0 + 5**2) / 2))


def test_kinds_are_told_apart() -> None:
    values = [
        graded(70, 0, "opposite"), graded(10, 0, "confidently_wrong"), graded(50, 90, "other_words"), graded(70, 90, "other_words"),
        graded(30, 0, "echo"), graded(90, 80, "full"),
    ]  # fmt: skip
    figures = {name: metric.value for name, metric in score_agreement(values, groups(values)).items()}
    assert figures["false_pass_60"] == 0.5
    assert figures["other_route_under_60"] == 0.5
    assert figures["echo_over_25"] == 1
    assert figures["opposite_at_least_40"] == 1
    assert figures["kind.other_words.score_above_label"] == -30
    assert figures["kind.other_words.mean_error"] == 30
    assert "keywords_over_25" not in figures


def test_points_agree_by_class_and_partial_is_as_open_as_missing() -> None:
    points = (
        point("covered", "covered"), point("partial", "missing"), point("contradicted", "contradicted"), point("covered", "contradicted"),
        point("missing", None),
    )  # fmt: skip
    figures = {name: metric.value for name, metric in point_agreement([graded(50, 50, points=points)], ["q"]).items()}
    assert figures["point_accuracy"] == 0.5  # of the four verdicts, in all of which partial is another than missing
    assert figures["point_open_f1"] == 1
    assert (figures["point_covered_precision"], figures["point_covered_recall"]) == (0.5, 1)
    assert (figures["point_contradicted_precision"], figures["point_contradicted_recall"]) == (1, 0.5)
    assert figures["reliability.0.9-1.0"] == 0.5


def test_points_of_what_only_pretends_to_be_an_answer_and_of_ungraded_ones_do_not_count() -> None:
    points = (point("missing", "missing"),)
    assert point_agreement([graded(0, 0, "echo", points), graded(None, 50, points=points), graded(50, 50)], ["a", "b", "c"]) == {}


def test_every_confidence_is_in_one_bin() -> None:
    sure = [0.25, 0.3, 0.5, 0.7, 0.799, 0.8, 1.0]
    figures = point_agreement([graded(50, 50, points=tuple(point("covered", "covered", at) for at in sure))], ["q"])
    bins = {name: metric.n for name, metric in figures.items() if name.startswith("reliability.")}
    assert sum(bins.values()) == len(sure)
    assert bins == {
        "reliability.0.2-0.3": 1, "reliability.0.3-0.4": 1, "reliability.0.5-0.6": 1, "reliability.0.7-0.8": 2, "reliability.0.8-0.9": 1,
        "reliability.0.9-1.0": 1,
    }  # fmt: skip


def test_holding_back_the_least_sure_leaves_fewer_errors_when_confidence_is_worth_something() -> None:
    sure, right = np.array([0.9, 0.3, 0.8, 0.4, 0.7]), np.array([1.0, 0, 1, 0, 1])
    assert error_when_held_back(sure, right, 0.0) == pytest.approx(0.4)
    assert error_when_held_back(sure, right, 0.2) == pytest.approx(0.25)
    assert error_when_held_back(sure, right, 0.4) == 0


def test_rank_correlation_sees_only_the_order_and_kappa_only_what_is_beyond_chance() -> None:
    marks = np.array([1.0, 2, 3, 4])
    assert spearman(marks, marks**3) == pytest.approx(1)
    assert np.isnan(spearman(np.ones(4), marks))
    assert rmse(marks, marks + 2) == 2
    assert kappa(np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1]), 2) == pytest.approx(0)
    assert np.isnan(kappa(np.zeros(3, dtype=int), np.zeros(3, dtype=int), 2))


def test_figures_from_a_table_of_counts_are_those_of_scikit_learn() -> None:
    rng = np.random.default_rng(1)
    for _ in range(5):
        said, meant = rng.integers(0, 11, 40), rng.integers(0, 11, 40)
        assert qwk(said.astype(float), meant.astype(float)) == pytest.approx(
            cohen_kappa_score(said, meant, weights="quadratic", labels=range(11))
        )
        assert kappa(said, meant, 11) == pytest.approx(cohen_kappa_score(said, meant))
        said, meant = said % 3, np.minimum(meant % 3, 1)
        figures = class_figures(said, meant, ("a", "b", "never"))
        rates = precision_recall_fscore_support(meant, said, labels=[0, 1], zero_division=0)
        assert [figures[f"{name}_{figure}"] for figure in ("precision", "recall", "f1") for name in "ab"] == pytest.approx(
            np.ravel(rates[:3])
        )
        assert figures["macro_f1"] == pytest.approx(macro_f1([str(one) for one in said], [str(one) for one in meant]))
        assert np.isnan(figures["never_f1"])
