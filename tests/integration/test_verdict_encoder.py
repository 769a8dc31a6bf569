"""The encoder that we trained: small, as its card says, and the same whatever else is read beside it."""

from __future__ import annotations

import hashlib
import re

import numpy as np
import pytest
from model_home import model_settings

from coach.grading.calibration import CLASSES
from coach.models import weights
from coach.models.verdict_encoder import WEIGHTS, OnnxVerdictEncoder, first_text

POINT = first_text("What does a stack do?", "The element that was put on a stack last is taken off first.")
PAIRS = [
    (POINT, "You take from the top, so whatever you pushed most recently comes back before anything else."),
    (POINT, "The first element that you put on it is the first to come off, as in a queue at a shop."),
    (POINT, "The weather has been pleasant this week, and we went to the lake on Sunday."),
]


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
def test_a_pair_reads_the_same_alone_and_beside_others(encoder: OnnxVerdictEncoder) -> None:
    beside = encoder.read(PAIRS)
    for pair, reading in zip(PAIRS, beside, strict=True):
        (alone,) = encoder.read([pair])
        assert np.array_equal(alone.logits, reading.logits)
        assert np.array_equal(alone.states, reading.states)


@pytest.mark.model
@pytest.mark.parametrize(("number", "verdict"), [(0, "covered"), (1, "contradicted"), (2, "missing")])
def test_what_is_said_what_is_turned_round_and_what_is_left_out_are_told_apart(
    encoder: OnnxVerdictEncoder, number: int, verdict: str
) -> None:
    (reading,) = encoder.read([PAIRS[number]])
    assert CLASSES[int(reading.logits.argmax())].value == verdict
