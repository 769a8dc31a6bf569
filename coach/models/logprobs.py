"""P(yes) from the log probabilities of a reply's first token."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

from coach.errors import ModelError


def p_yes_of(reply: Mapping[str, Any]) -> float:
    """P(yes) / (P(yes) + P(no)) from a chat completion; ModelError when it has no log probabilities."""
    try:
        return p_yes_of_tokens(reply["choices"][0]["logprobs"]["content"][0]["top_logprobs"])
    except (KeyError, IndexError, TypeError) as error:
        raise ModelError("The model's reply held no log probabilities.") from error


def p_yes_of_tokens(top: Iterable[Mapping[str, Any]]) -> float:
    """The same from the list of likely tokens, each with `token` and `logprob`; 0.5 when none of them is a yes or a no."""
    mass = {"yes": 0.0, "no": 0.0}
    for candidate in top:
        word = str(candidate["token"]).strip().lower()
        if word in mass:
            mass[word] += math.exp(candidate["logprob"])
    total = mass["yes"] + mass["no"]
    return mass["yes"] / total if total else 0.5
