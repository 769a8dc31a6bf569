"""A question's answer in passages of a paragraph's size, for the index: short ones joined, long ones cut between sentences."""

from __future__ import annotations

import re
from collections.abc import Iterator

from coach.bank.sentences import sentence_spans, words
from coach.domain import Passage, Question, content_id

FEWEST, MOST = 40, 160  # words in a passage, where the answer allows it

_FENCE = re.compile(r"(?:```|~~~).*?(?:```|~~~|\Z)", re.DOTALL)


def passages_of(question: Question) -> tuple[Passage, ...]:
    """The passages of the question's answer, in order. An id is a hash of bank, document and text, so equal text is one passage."""
    found: dict[str, Passage] = {}
    for text in split_passages(question.answer):
        id = content_id(question.bank, question.source, text)
        found.setdefault(
            id,
            Passage(id=id, bank=question.bank, document=question.source, text=text, question_id=question.id, question=question.text),
        )
    return tuple(found.values())


def split_passages(text: str) -> list[str]:
    """The text in pieces of 40 to 160 words that end with a sentence; only a longer sentence or code listing is longer."""
    pieces = [piece for paragraph in _paragraphs(text) for piece in _cut(paragraph)]
    joined: list[str] = []
    for piece in pieces:
        if joined and _fits(joined[-1], piece):
            joined[-1] = f"{joined[-1]}\n\n{piece}"
        else:
            joined.append(piece)
    if len(joined) > 1 and _size(joined[-1]) < FEWEST and "```" not in joined[-2] + joined[-1]:
        joined[-2:] = _cut(f"{joined[-2]}\n\n{joined[-1]}")  # two of a middling size, rather than a long and a tiny one
    return joined


def _fits(before: str, piece: str) -> bool:
    """Whether two neighbours belong together: one is short on its own, and both are not too long."""
    return min(_size(before), _size(piece)) < FEWEST and _size(before) + _size(piece) <= MOST


def _size(text: str) -> int:
    return len(words(text))


def _paragraphs(text: str) -> Iterator[str]:
    """The paragraphs; a code listing is one, whatever empty lines it has."""
    end = 0
    for match in [*_FENCE.finditer(text), None]:
        start = match.start() if match else len(text)
        yield from (part.strip() for part in re.split(r"\n\s*\n", text[end:start]) if part.strip())
        if match:
            yield match[0].strip()
            end = match.end()


def _cut(paragraph: str) -> Iterator[str]:
    """A paragraph in about equal parts of at most 160 words, cut between sentences."""
    total = _size(paragraph)
    if total <= MOST or paragraph.startswith(("```", "~~~")):
        yield paragraph
        return
    target = total / -(-total // MOST)
    start, size = 0, 0
    spans = list(sentence_spans(paragraph))
    for number, (left, right) in enumerate(spans):
        length = _size(paragraph[left:right])
        if size and (size + length / 2 > target or size + length > MOST):
            yield paragraph[start : spans[number - 1][1]].strip()
            start, size = left, 0
        size += length
    yield paragraph[start:].strip()
