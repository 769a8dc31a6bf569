"""How many tokens a grade takes, by the count of the model that was asked for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np

from coach.domain import Frozen
from eval.bench import Outcome
from eval.metrics import Metric, all_by_question

Result = TypeVar("Result")


class Tokens(Frozen):
    """What a model read and wrote, over all calls of one grade. A reply that the provider's client itself refuses is not counted."""

    read: int
    written: int


def counted(ask: Callable[[], Result]) -> tuple[Result, Tokens | None]:
    """What `ask` gives, and the tokens of the LangChain models it calls; None when it calls none, or none that counts."""
    from langchain_core.callbacks import get_usage_metadata_callback

    with get_usage_metadata_callback() as usage:  # counts for this thread, and for those that LangChain starts from it
        result = ask()
    models = usage.usage_metadata.values()
    if not models:
        return result, None
    return result, Tokens(read=sum(one["input_tokens"] for one in models), written=sum(one["output_tokens"] for one in models))


def tokens_of(outcome: Outcome) -> Tokens | None:
    """The tokens among the values of what was graded, if they were counted."""
    found = outcome.values.get("tokens")
    return None if found is None else Tokens.model_validate(found)


def token_figures(tokens: Sequence[Tokens | None], groups: Sequence[str]) -> dict[str, Metric]:
    """The mean tokens of an answer that a model was asked about, each about the group in its place; nothing where none was."""
    known = [(one, group) for one, group in zip(tokens, groups, strict=True) if one is not None]
    if not known:
        return {}
    counts = np.array([(one.read, one.written) for one, _ in known], dtype=float)
    means = all_by_question(lambda i: dict(zip(("in", "out"), counts[i].mean(axis=0).tolist(), strict=True)), [group for _, group in known])
    return {f"tokens_{way}": metric for way, metric in means.items()}
