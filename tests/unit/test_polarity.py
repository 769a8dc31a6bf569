"""Cues that a statement was turned round."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coach.grading.polarity import agreed_axes, negation_parity, opposed_axes, order_agreement

TEXTS = st.lists(st.sampled_from("more fewer train test the layer not units bias higher and slow fast never".split()), max_size=12).map(
    " ".join
)


@pytest.mark.parametrize(
    ("text", "parity"),
    [
        ("Units are dropped in training.", 0),
        ("Units are not dropped at inference.", 1),
        ("They aren't dropped.", 1),
        ("They aren’t dropped.", 1),
        ("It is not true that it never converges.", 0),
        ("Use the mean rather than the sum.", 1),
        ("A note on nothing knotty.", 1),  # "note" and "knotty" are no negations, "nothing" is
        ("", 0),
    ],
)
def test_negations_are_counted_by_the_word(text: str, parity: int) -> None:
    assert negation_parity(text) == parity


@pytest.mark.parametrize(
    ("point", "said", "opposed", "agreed"),
    [
        ("A larger step gives less noise.", "A smaller step gives less noise.", 1, 1),
        ("Dropout is active in training.", "Dropout is active at inference.", 1, 1),
        ("It minimises the loss.", "It maximises the loss.", 1, 0),
        ("It minimises the loss.", "It keeps the loss down.", 0, 0),
        ("It raises variance and lowers bias.", "It lowers bias.", 0, 0),  # a point that takes both sides has none
        ("The weights are shared.", "The weights are identical everywhere.", 0, 1),
        ("", "", 0, 0),
    ],
)
def test_opposite_directions_are_told_from_equal_ones(point: str, said: str, opposed: int, agreed: int) -> None:
    assert (opposed_axes(point, said), agreed_axes(point, said)) == (opposed, agreed)


@given(TEXTS, TEXTS)
def test_opposition_and_agreement_go_both_ways(one: str, other: str) -> None:
    assert opposed_axes(one, other) == opposed_axes(other, one)
    assert agreed_axes(one, other) == agreed_axes(other, one)


@given(TEXTS)
def test_nothing_opposes_itself(text: str) -> None:
    assert opposed_axes(text, text) == 0


@pytest.mark.parametrize(
    ("point", "said", "tau"),
    [
        ("Batch norm averages over samples, layer norm over features.", "Batch norm averages samples, layer norm features.", 1.0),
        ("The generator fools the discriminator.", "The discriminator fools the generator.", -1.0),
        ("The generator fools the discriminator.", "A generator.", 0.0),
        ("", "The generator.", 0.0),
    ],
)
def test_swapped_roles_turn_the_order_round(point: str, said: str, tau: float) -> None:
    assert order_agreement(point, said) == tau


@given(TEXTS, TEXTS)
def test_order_agreement_is_between_minus_one_and_one(one: str, other: str) -> None:
    assert -1 <= order_agreement(one, other) == order_agreement(other, one) <= 1
