"""The encoder that we trained: small, as its card says, and the same in whatever order the points stand."""

from __future__ import annotations

import hashlib
import re

import numpy as np
import pytest
from model_home import model_settings

from coach.grading.calibration import CLASSES
from coach.models import weights
from coach.models.verdict_encoder import POSITIONS, WEIGHTS, OnnxVerdictEncoder, inputs_of, lay_out

QUESTION = "What is a stack, and what is it good for?"
POINTS = [
    "The element that was put on a stack last is taken off first.",
    "A stack keeps track of function calls and their local variables.",
    "Pushing and popping take constant time.",
]
RIGHT = "Whatever was put on it last is taken off first, like the top plate of a pile."
PARAPHRASED = "You take from the top, so whatever you pushed most recently comes back before anything else."
WRONG = "The element that you put on it first is the first one to come off, as in a queue at a shop."


def test_the_weights_are_those_of_the_card_and_small_enough_to_travel_with_the_code() -> None:
    card = WEIGHTS.with_suffix(".md").read_text(encoding="utf-8")
    found = re.search(r"SHA-256[^`]*`([0-9a-f]{64})`", card)
    assert found is not None
    assert hashlib.sha256(WEIGHTS.read_bytes()).hexdigest() == found[1]
    assert WEIGHTS.stat().st_size <= 25_000_000


@pytest.fixture(scope="module")
def encoder() -> OnnxVerdictEncoder:
    return OnnxVerdictEncoder(weights.pull("answerai-colbert-small-v1", model_settings()) / "tokenizer.json")


@pytest.mark.model
def test_the_order_of_the_points_changes_nothing(encoder: OnnxVerdictEncoder) -> None:
    forwards, backwards = encoder.read(QUESTION, POINTS, RIGHT), encoder.read(QUESTION, POINTS[::-1], RIGHT)
    for one, other in zip(forwards, backwards[::-1], strict=True):
        assert np.array_equal(one.logits, other.logits)
        assert np.array_equal(one.states, other.states)


@pytest.mark.model
def test_the_number_of_threads_changes_nothing(encoder: OnnxVerdictEncoder) -> None:
    tokenizer = weights.pull("answerai-colbert-small-v1", model_settings()) / "tokenizer.json"
    other = OnnxVerdictEncoder(tokenizer, threads=2)
    for one, two in zip(encoder.read(QUESTION, POINTS, WRONG), other.read(QUESTION, POINTS, WRONG), strict=True):
        assert np.array_equal(one.logits, two.logits)


@pytest.mark.model
@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        (RIGHT, "covered"),
        (WRONG, "contradicted"),
        pytest.param(
            PARAPHRASED,
            "covered",
            marks=pytest.mark.xfail(
                reason="where the words are all others than the point's, the encoder is as unsure as its card says", strict=True
            ),
        ),
    ],
)
def test_what_is_said_and_what_is_turned_round_are_told_apart(encoder: OnnxVerdictEncoder, answer: str, verdict: str) -> None:
    said, *others = encoder.read(QUESTION, POINTS, answer)
    assert CLASSES[int(said.logits.argmax())].value == verdict
    assert [CLASSES[int(other.logits.argmax())].value for other in others] == ["missing", "missing"]


@pytest.mark.model
def test_a_long_answer_is_cut_where_the_encoders_positions_end(encoder: OnnxVerdictEncoder) -> None:
    (reading,) = encoder.read(QUESTION, POINTS[:1], " ".join([WRONG] * 60))
    assert np.isfinite(reading.logits).all()


def test_points_stand_side_by_side_and_the_answer_after_the_longest(encoder: OnnxVerdictEncoder) -> None:
    layout = lay_out(encoder.tokenizer, QUESTION, POINTS, RIGHT)
    starts = [layout.positions[start] for start, _ in layout.spans]
    assert len(set(starts)) == 1
    answer = [place for place, kind in enumerate(layout.types) if kind == 1]
    assert layout.positions[answer[0]] == max(layout.positions[end] for _, end in layout.spans) + 1
    assert max(layout.positions) < POSITIONS
    for means in (inputs_of(layout)["asked"], inputs_of(layout)["said"]):
        assert np.allclose(means.sum(axis=2), 1.0)


def test_without_points_there_is_nothing_to_read(encoder: OnnxVerdictEncoder) -> None:
    with pytest.raises(ValueError, match="point"):
        encoder.read(QUESTION, [], RIGHT)
