"""Cues that a statement has been turned round: negations, opposite directions, swapped roles.

Encoders place a sentence and its negation next to each other, so these are looked for in the words themselves.
"""

from __future__ import annotations

import re
from itertools import combinations

from coach.words import content_stems, words

NEGATIONS = frozenset("no not never none neither nor cannot without hardly barely nothing nobody lack lacks lacking isn't aren't wasn't "
                      "don't doesn't didn't can't couldn't won't wouldn't shouldn't hasn't haven't needn't mustn't".split())  # fmt: skip

# Words that point opposite ways about the same thing. Each line is one axis: the left side against the right side.
AXES = tuple(
    (frozenset(left.split()), frozenset(right.split()))
    for left, right in (
        ("more most increase increases increased increasing rise rises grow grows growing raise raises gain gains extra additional",
         "less least fewer fewest decrease decreases decreased decreasing reduce reduces reduced reducing "
         "shrink shrinks shrinking drop drops fall falls lower lowers lose loses"),
        ("high higher highest large larger largest big bigger biggest great greater long longer strong "
        "stronger wide wider deep deeper",
         "low lower lowest small smaller smallest little tiny short shorter weak weaker narrow narrower shallow"),
        ("fast faster quick quicker speed speeds accelerate accelerates", "slow slower slows slowly"),
        ("early earlier first before beforehand initial start begins", "late later last after afterwards final end ends"),
        ("train training trained", "test testing inference prediction serving deployment evaluation"),
        ("add adds added adding include includes included keep keeps kept retain retains preserve preserves",
         "remove removes removed removing exclude excludes drop drops dropped discard discards discarded "
         "erase erases forget forgets delete deletes"),
        ("minimise minimises minimize minimizes minimising minimizing minimum smallest",
         "maximise maximises maximize maximizes maximising maximizing maximum largest"),
        ("easy easier simple simpler cheap cheaper", "hard harder difficult complex costly expensive"),
        ("overfit overfits overfitting variance", "underfit underfits underfitting bias"),
        ("same identical shared share shares constant fixed frozen unchanged",
         "different separate own various variable changing trainable unfrozen"),
        ("linear linearly", "non-linear nonlinear nonlinearly nonlinearity"),
        ("supervised labelled labels labeled", "unsupervised unlabelled unlabeled self-supervised"),
        ("all every each entire whole everything always", "some only part few single rarely never"),
        ("can able possible allows allow lets enables", "cannot unable impossible prevents prevent stops forbids"),
        ("input inputs incoming", "output outputs outgoing"),
        ("forward ahead", "backward backwards back"),
        ("positive", "negative"),
        ("new newer current fresh", "old older previous past"),
        ("better best improve improves improved helps help", "worse worst hurt hurts harm harms degrade degrades"),
        ("vanish vanishes vanishing shrinks", "explode explodes exploding"),
        ("across over batch", "within layer features"),
        ("on enabled active activated", "off disabled inactive deactivated"),
        ("random randomly stochastic", "deterministic deterministically systematic"),
        ("dense continuous", "sparse discrete"),
        ("sensitive depends depend dependent", "insensitive robust independent independently regardless"),
    )
)  # fmt: skip


def negation_parity(text: str) -> int:
    """1 when the text holds an odd number of negations, else 0."""
    found = words(text)
    return (sum(word in NEGATIONS for word in found) + len(re.findall(r"\brather than\b|\binstead of\b", text.casefold()))) % 2


def opposed_axes(point: str, said: str) -> int:
    """How many axes the two texts take opposite sides of, neither taking both."""
    one, other = set(words(point)), set(words(said))
    count = 0
    for left, right in AXES:
        sides_one, sides_other = (bool(one & left), bool(one & right)), (bool(other & left), bool(other & right))
        count += sides_one != sides_other and sum(sides_one) == 1 and sum(sides_other) == 1
    return count


def agreed_axes(point: str, said: str) -> int:
    """How many axes the two texts take the same one side of."""
    one, other = set(words(point)), set(words(said))
    return sum(
        (bool(one & left), bool(one & right)) == (bool(other & left), bool(other & right)) and bool(one & left) != bool(one & right)
        for left, right in AXES
    )


def order_agreement(point: str, said: str) -> float:
    """Kendall's tau of the content words that both texts hold, by where each first stands; 0 with fewer than two.

    Swapped roles ("batch statistics for layer norm, …") keep the words and turn their order round.
    """
    first, second = _positions(point), _positions(said)
    shared = sorted(first.keys() & second.keys())
    pairs = list(combinations(shared, 2))
    if not pairs:
        return 0.0
    return sum(1 if (first[a] - first[b]) * (second[a] - second[b]) > 0 else -1 for a, b in pairs) / len(pairs)


def _positions(text: str) -> dict[str, int]:
    positions: dict[str, int] = {}
    for at, stem in enumerate(content_stems(text)):
        positions.setdefault(stem, at)
    return positions
