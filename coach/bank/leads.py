"""What stands before a statement or in its midst and adds nothing to it: "However," and "it is important to note that"."""

from __future__ import annotations

import re

from coach.bank.clauses import main_start, tokenise
from coach.bank.english import pattern

_CONNECTIVE = pattern("connective")
_EXAMPLE = pattern("example")
_INTRODUCTION = pattern("introduction")
_ASIDE = pattern("aside")
_SUMMARY = re.compile(r"overall|in (?:summary|conclusion|sum)|to (?:sum|conclude)|all in all|in the end", re.IGNORECASE)


def without_lead(text: str) -> tuple[str, bool, bool]:
    """The text without its leading connectives, whether one said that it is an example, and whether one said that it sums up."""
    example = summary = False
    while True:
        match = _EXAMPLE.match(text) or _CONNECTIVE.match(text) or _INTRODUCTION.match(text)
        if not match or not text[match.end() :].strip():
            return text, example, summary
        example = example or bool(_EXAMPLE.match(text))
        summary = summary or bool(_SUMMARY.match(text))
        text = text[match.end() :]


def tidy(text: str) -> str:
    """The text without asides such as ", on the other hand,", with plain dashes and spaces."""
    text = re.sub(r"\s[-–—]\s(?:say|e\.g\.|i\.e\.|hence)[^-–—]{1,40}(?:\s[-–—](?=\s)|(?=\.?$))", "", text)
    text = _ASIDE.sub(_aside, text)
    text = re.sub(r"\s*[—–]\s*", " – ", text)
    return re.sub(r"\s+([,.;:])", r"\1", " ".join(text.split())).strip(" ,;–-")


def _aside(match: re.Match[str]) -> str:
    """What stands in place of ", however,": nothing, or the comma that a leading phrase needs ("In the case of images, …")."""
    if match.end() == len(match.string) or match.string[match.end()] in ".;":
        return ""
    if re.match(r",\s*say\b", match[0]):
        return " "
    head = match.string[: match.start()]
    return ", " if main_start(tokenise(f"{head}, it is")) else " "
