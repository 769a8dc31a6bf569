"""The numbers behind the report's plots, on cases whose values are known."""

from __future__ import annotations

import numpy as np
import pytest

from eval.bench import GradedValues
from eval.metrics import Metric
from eval.report.figures import agreement, by_kind, held_back, reliability, within
from eval.report.graded import GradedCase, LabelledCase, LabelledPoint, labelled_cases
from eval.report.wording import duration, interval, milliseconds, number, shortened


def case(label: float | None, score: float | None, kind: str = "full") -> GradedCase:
    values = GradedValues(question="?", answer="!", kind=kind, label=label, score=score, low=None, high=None, reason=None)
    return GradedCase("a", values, "")


def labelled(*pairs: tuple[float, float | None]) -> list[LabelledCase]:
    return labelled_cases(case(label, score) for label, score in pairs)


def test_the_matrix_counts_marks_by_label_and_score() -> None:
    counts = agreement(labelled((100, 96), (100, 80), (0, 4), (30, None)))
    assert counts.sum() == 4
    assert counts[10, 10] == counts[10, 8] == counts[0, 0] == 1
    assert counts[3, 0] == 1  # ungraded counts as 0
    assert within(counts, 0) == 0.5
    assert within(counts, 2) == 0.75


def test_reliability_puts_points_of_about_one_confidence_together() -> None:
    points = [LabelledPoint(0.62, True), LabelledPoint(0.68, False), LabelledPoint(1.0, True), LabelledPoint(0.0, False)]
    low, middle, high = reliability(points)
    assert (low.confidence, low.right, low.n) == (0.0, 0.0, 1)
    assert (middle.confidence, middle.right, middle.n) == (pytest.approx(0.65), 0.5, 2)
    assert (high.confidence, high.right, high.n) == (1.0, 1.0, 1)


def test_kinds_are_averaged_best_labelled_first_and_need_no_label() -> None:
    means = by_kind([case(10, 20, "bad"), case(90, 80, "good"), case(100, None, "good"), case(None, 50, "unlabelled")])
    assert means == [("good", 40, 95, 2), ("unlabelled", 50, None, 1), ("bad", 20, 10, 1)]


def test_the_most_doubtful_are_held_back_first_and_equal_doubts_together() -> None:
    curve = held_back([0.3, 0.1, 0.3, 0.2], [1, 0, 1, 0])
    assert curve.kept.tolist() == [0.25, 0.5, 1.0]
    assert curve.error.tolist() == [0, 0, 0.5]
    assert np.array_equal(held_back([5], [2]).error, [2])


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.9123, "0.912"),
        (441.0, "441"),
        (1893.2, "1,893"),
        (183.24, "183.2"),
        (1.0, "1.000"),
        (float("nan"), "–"),
        (None, "–"),
        (-0.5, "-0.500"),
    ],
)
def test_numbers_are_written_for_people(value: float | None, text: str) -> None:
    assert number(value) == text


def test_amounts_are_written_for_people() -> None:
    assert (milliseconds(4.21), milliseconds(183.2), milliseconds(1250)) == ("4.2 ms", "183 ms", "1.2 s")
    assert (duration(42.4), duration(1873), duration(9000)) == ("42 s", "31 min", "2.5 h")
    assert interval(Metric(0.5, 0.4, 0.6, 2)) == "0.400 to 0.600"
    assert interval(Metric(0.5, None, None, 2)) == ""
    assert shortened("one\n two\x00three", 20) == "one two three"
    assert shortened("abcdefgh", 5) == "abcd…"
