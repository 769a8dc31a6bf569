"""Chat markers in text that is not ours."""

from __future__ import annotations


def defused(text: str) -> str:
    """The text with no chat marker in it: `<|im_end|>` in an answer would end the candidate's part of the prompt."""
    return text.replace("<|", "< |").replace("|>", "| >")
