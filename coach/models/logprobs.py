"""What a reply's first word would be, from the log probabilities of its first token."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from coach.errors import ModelError


def shares_of(reply: Mapping[str, Any], words: Sequence[str]) -> dict[str, float]:
    """The share of each word among `words` from a chat completion; ModelError when it has no log probabilities."""
    try:
        return shares_of_tokens(reply["choices"][0]["logprobs"]["content"][0]["top_logprobs"], words)
    except (KeyError, IndexError, TypeError) as error:
        raise ModelError(
            "The model's reply held no log probabilities, which the full check reads. Choose another model, or set COACH_LLM=none."
        ) from error


def shares_of_tokens(top: Iterable[Mapping[str, Any]], words: Sequence[str]) -> dict[str, float]:
    """The same from the list of likely tokens, each with `token` and `logprob`; equal shares when none begins a word.

    A token counts for the word that it begins, since a word may be several tokens: the words must differ in their first letters.
    """
    mass = dict.fromkeys(words, 0.0)
    for candidate in top:
        token = str(candidate["token"]).strip().lower()
        for word in words:
            if token and word.startswith(token):
                mass[word] += math.exp(candidate["logprob"])
                break
    total = math.fsum(mass.values())
    return {word: value / total if total else 1 / len(words) for word, value in mass.items()}
