"""The benchmarks' metrics, on cases whose values are known."""

from __future__ import annotations

import math

import numpy as np
import pytest

from eval.metrics import Metric, by_question, calibration_error, macro_f1, pearson, qwk

MARKS = np.array([0.0, 2, 5, 8, 10])


@pytest.mark.parametrize(
    ("predicted", "labels", "kappa"),
    [
        (MARKS, MARKS, 1.0),
        (10 - MARKS, MARKS, -1.0),
        (np.array([0.0, 10]), np.array([10.0, 0]), -1.0),
        (np.array([5.0, 5, 5, 5]), np.array([0.0, 10, 0, 10]), 0.0),
        # Observed: one of four is off by 10 (1/4); by chance: 3/4·2/4 + 1/4·2/4 = 1/2.
        (np.array([0.0, 0, 0, 10]), np.array([0.0, 0, 10, 10]), 0.5),
    ],
)
def test_qwk_of_known_cases(predicted: np.ndarray, labels: np.ndarray, kappa: float) -> None:
    assert qwk(predicted, labels) == pytest.approx(kappa)


def test_a_near_miss_costs_less_than_a_far_one() -> None:
    near, far = MARKS.copy(), MARKS.copy()
    near[0], far[0] = 1, 9
    assert qwk(far, MARKS) < qwk(near, MARKS) < 1


def test_an_interval_holds_the_value_and_is_the_same_each_time() -> None:
    values = np.array([1.0, 0, 1, 1, 0, 1, 1, 0, 1, 1, 1, 0])
    questions = [f"q{number // 2}" for number in range(12)]
    metric = by_question(lambda cases: float(values[cases].mean()), questions)
    assert metric == by_question(lambda cases: float(values[cases].mean()), questions)
    assert metric.value == pytest.approx(8 / 12)
    assert metric.n == 12
    assert metric.low is not None
    assert metric.high is not None
    assert 0 <= metric.low < metric.value < metric.high <= 1


def test_answers_to_one_question_are_drawn_together() -> None:
    values = np.array([0.0] * 50 + [1.0] * 50)
    few = by_question(lambda cases: float(values[cases].mean()), ["a"] * 50 + ["b"] * 50)
    assert (few.low, few.high) == (0.0, 1.0)  # two questions say little, however many answers they have
    many = by_question(lambda cases: float(values[cases].mean()), [str(number) for number in range(100)])
    assert many.low is not None
    assert many.low > 0.35


def test_one_question_has_no_interval() -> None:
    metric = by_question(lambda cases: float(len(cases)), ["only"] * 5)
    assert metric == Metric(5.0, None, None, 5)


def test_pearson_of_what_does_not_vary_is_not_a_number() -> None:
    assert pearson(MARKS, 2 * MARKS + 1) == pytest.approx(1)
    assert pearson(MARKS, -MARKS) == pytest.approx(-1)
    assert math.isnan(pearson(np.ones(3), MARKS[:3]))


def test_macro_f1_weighs_every_class_alike() -> None:
    labels = ["covered"] * 8 + ["missing"] * 2
    assert macro_f1(labels, labels) == 1
    assert macro_f1(["covered"] * 10, labels) == pytest.approx((2 * 8 / 18) / 2)


@pytest.mark.parametrize(
    ("confidences", "right", "error"),
    [([0.95] * 4, [1, 1, 1, 1], 0.05), ([0.95, 0.95], [1, 0], 0.45), ([1.0, 0.0], [1, 0], 0.0), ([0.65, 0.25], [1, 0], 0.3)],
)
def test_calibration_error_is_the_distance_between_confidence_and_being_right(
    confidences: list[float], right: list[int], error: float
) -> None:
    assert calibration_error(np.array(confidences), np.array(right, dtype=float)) == pytest.approx(error)
