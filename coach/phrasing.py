"""Which of a key point's words may be said to a candidate: what is shared with the question or the answer, and what is not."""

from __future__ import annotations

import re
from collections.abc import Iterable

from coach.words import STOP, content_stems, words


def known_stems(texts: Iterable[str]) -> frozenset[str]:
    """The stems of the words that were said already."""
    return frozenset(stem for text in texts for stem in content_stems(text))


def decisive_stems(point: str, known: frozenset[str]) -> frozenset[str]:
    """The stems that make the point what it is: those that nobody has said yet."""
    return frozenset(content_stems(point)) - known


# What a noun phrase of a question follows: an article, or a word that is not followed by a verb.
_ARTICLES = frozenset({"a", "an", "the"})
_BEFORE_NOUNS = frozenset({"is", "are", "of", "in", "on", "about", "with", "for", "between", "and"})
_AUXILIARIES = frozenset({"do", "does", "did", "can", "could", "would", "should", "will"})


def topic_of(point: str, question: str) -> str | None:
    """What the question and the point are both about, in the question's words: "the loss function", "overfitting".

    The longest run of content words that reads as a noun phrase and shares a word with the point; None when there is none.
    """
    shared = frozenset(content_stems(point))
    found: list[str] = []
    tokens = re.findall(r"[^\W_]+(?:['’-][^\W_]+)*|[^\w\s]", question)
    start = 0
    while start < len(tokens):
        end = start
        while end < len(tokens) and _is_content(tokens[end]):
            end += 1
        run = tokens[start:end]
        before = [token.casefold() for token in tokens[max(0, start - 2) : start]]
        if run and before and before[-1] in _ARTICLES | _BEFORE_NOUNS:
            verb_follows = end < len(tokens) and tokens[end].casefold() in _AUXILIARIES
            if before[-1] in _ARTICLES and len(run) > 1 and before[0] in _AUXILIARIES and not verb_follows:
                run = run[:-1]  # "does an LSTM work": the last word is the verb; in "does the loss function do" it is not
            if shared & known_stems(run):
                found.append(" ".join(["the", *run] if before[-1] in _ARTICLES else run))
        start = max(end, start + 1)
    return max(found, key=len, default=None)


def _is_content(token: str) -> bool:
    return token[0].isalnum() and token.casefold() not in STOP


def shares_run(text: str, point: str, length: int = 4) -> bool:
    """Whether the text has this many words in a row from the point."""
    said, wanted = words(text), words(point)
    runs = {tuple(wanted[i : i + length]) for i in range(len(wanted) - length + 1)}
    return any(tuple(said[i : i + length]) in runs for i in range(len(said) - length + 1))
