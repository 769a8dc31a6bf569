"""The calibration that ships fits the code that it ships with."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from interviews import question

from coach.domain import KeyPoint, Misconception, Question, Span, VerdictKind
from coach.grading.calibration import CLASSES, Join, calibration, evidence_of
from coach.grading.evidence import Encoders, gather
from coach.grading.judge import SURE
from coach.models.catalogue import load_catalogue
from coach.models.tokens import TokenVectors
from coach.models.verdict_encoder import Reading

NAMES = ("fast", "fast-plain", "full", "full-plain")
FITTED = calibration()


class Letters:
    """Reads a text by its letters: a stand-in for all three encoders, since only the names of what is measured matter here."""

    version = "letters"
    dimensions = 26

    def embed(self, texts: list[str]) -> np.ndarray:
        counts = np.array([[1e-3 + text.casefold().count(chr(97 + i)) for i in range(26)] for text in texts], dtype=np.float32).reshape(
            -1, 26
        )
        return counts / np.linalg.norm(counts, axis=1, keepdims=True)

    def embed_query(self, query: str) -> np.ndarray:
        return self.embed([query])[0]

    def encode(self, texts: Sequence[str]) -> list[TokenVectors]:
        return [self._tokens(text) for text in texts]

    def _tokens(self, text: str) -> TokenVectors:
        words, at, offsets = text.split(), 0, []
        for word in words:
            at = text.index(word, at)
            offsets.append((at, at + len(word)))
            at += len(word)
        return TokenVectors(self.embed(words or ["a"])[: len(words)], offsets)

    def read(self, question: str, points: Sequence[str], answer: str) -> list[Reading]:
        texts = [question + point + answer for point in points]
        return [Reading(*np.split(np.resize(self.embed([text]), 16).astype(np.float32), [4])) for text in texts]


def features(*, misconceptions: bool) -> dict[str, float]:
    question = Question(
        id="q",
        bank="b",
        text="What does dropout do?",
        answer="Units are dropped.",
        key_points=(KeyPoint.of("Units are dropped at random in training."), KeyPoint.of("All units are used at inference.")),
        misconceptions=(Misconception(claim="Units are removed for good.", correction="Only for one step."),) if misconceptions else (),
    )
    letters = Letters()
    evidence = gather(question, "In training it drops units at random, so that they stand alone.", Encoders(letters, letters, letters))  # type: ignore[arg-type]
    return evidence.points[0].features


def test_there_is_a_join_for_each_grader_with_and_without_misconceptions() -> None:
    assert set(FITTED.joins) == set(NAMES)
    for grader in ("fast", "full"):
        assert FITTED.join(grader, misconceptions=True) == FITTED.joins[grader]
        assert FITTED.join(grader, misconceptions=False) == FITTED.joins[f"{grader}-plain"]


@pytest.mark.parametrize("name", NAMES)
def test_a_join_asks_for_nothing_that_the_evidence_does_not_give(name: str) -> None:
    given_ = features(misconceptions=not name.endswith("-plain"))
    if name.startswith("full"):
        fast = FITTED.joins["fast"].probabilities(features(misconceptions=True))
        given_ = evidence_of("fast", fast) | evidence_of("judge", SURE["partial"])
    join = FITTED.joins[name]
    assert set(join.features) <= set(given_), set(join.features) - set(given_)


def test_without_misconceptions_a_join_does_not_ask_about_them() -> None:
    assert not any("mis_" in feature for name in NAMES if name.endswith("-plain") for feature in FITTED.joins[name].features)


def test_only_the_full_grader_hears_a_judge_and_it_does() -> None:
    heard = {name for name in NAMES if any(feature.startswith("judge_") for feature in FITTED.joins[name].features)}
    assert heard == {"full", "full-plain"}


def test_what_a_judge_states_is_taken_for_likely_and_sums_to_one() -> None:
    for said, shares in SURE.items():
        assert max(shares, key=lambda kind: shares[kind]).value == said
        assert math.fsum(shares.values()) == pytest.approx(1)


def test_the_readers_probe_reads_states_of_the_readers_size() -> None:
    assert len(FITTED.probes["reader"].means) == load_catalogue().default("reader").dimensions


@pytest.mark.parametrize("name", NAMES)
def test_a_join_is_whole(name: str) -> None:
    join = FITTED.joins[name]
    size = len(join.features)
    assert len(set(join.features)) == len(join.means) == len(join.scales) == size
    assert all(scale > 0 for scale in join.scales)
    assert [len(row) for row in join.coefficients] == [size] * len(CLASSES)
    assert len(join.intercepts) == len(CLASSES)


@pytest.mark.parametrize("name", NAMES)
@given(data=st.data())
@settings(max_examples=40)
def test_probabilities_are_of_the_four_verdicts_and_sum_to_one(name: str, data: st.DataObject) -> None:
    join = FITTED.joins[name]
    evidence = {feature: data.draw(st.floats(-1e6, 1e6)) for feature in join.features}
    probabilities = join.probabilities(evidence)
    assert set(probabilities) == set(VerdictKind)
    assert all(0 <= value <= 1 for value in probabilities.values())
    assert math.fsum(probabilities.values()) == pytest.approx(1)


def test_an_outlier_counts_no_more_than_four_deviations() -> None:
    rows = ((1.0,), (0.0,), (0.0,), (0.0,))
    join = Join(features=("x",), means=(0.0,), scales=(1.0,), coefficients=rows, intercepts=(0.0,) * 4)
    assert join.probabilities({"x": 4.0}) == join.probabilities({"x": 1e9})
    with pytest.raises(KeyError):
        join.probabilities({})


@pytest.mark.parametrize("grader", ["fast", "full", "fast-drawn", "full-drawn"])
def test_a_better_verdict_is_worth_more_and_the_scale_only_rises(grader: str) -> None:
    scale = FITTED.scales[grader]
    assert scale.contradicted <= scale.missing < scale.partial < scale.covered
    assert all(left[0] < right[0] and left[1] <= right[1] for left, right in pairwise(scale.knots))
    assert scale.spread > 0


def test_drawn_points_have_a_scale_of_their_own() -> None:
    written = question()
    drawn = written.model_copy(
        update={"key_points": tuple(p.model_copy(update={"span": Span(start=0, end=1)}) for p in written.key_points)}
    )
    assert FITTED.scale("fast", written) == FITTED.scales["fast"]
    assert FITTED.scale("fast", drawn) == FITTED.scales["fast-drawn"]


def test_the_calibration_says_what_it_was_fitted_on_and_carries_a_version() -> None:
    assert FITTED.fitted_on
    assert FITTED.command
    assert FITTED.date
    assert len(FITTED.version) == 12
