"""Questions and answers in an article as it was scraped, the content told from what surrounds it.

The page's own way of marking questions is found first (by what is marked so *and* answered); with it, a question inside
an answer is told from a heading. Then each answer is cleared of advertisements and the like, whole blocks at a time:
no sentence inside a paragraph of an answer is ever dropped.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from coach.bank.blocks import Block, split_blocks
from coach.bank.english import pattern
from coach.bank.marks import STYLES, Candidate, find_candidate, strip_answer_label
from coach.bank.noise import Noise, is_noise, noise_of
from coach.bank.sentences import content_words, words
from coach.domain import Frozen, Span, normalise

LEAST_ANSWER = 4  # words

_IN_PASSING = {"a link to read on", "a bare link"}  # noise that an answer goes on after, unless it is the page's last

_CLOSING = pattern("closing_heading")
_PLACEHOLDER = pattern("placeholder_answer")


class FoundQuestion(Frozen):
    """A question of an article with its whole answer; `spans` are the answer's places in the article's text."""

    text: str
    answer: str
    spans: tuple[Span, ...]


class LeftOut(Frozen):
    """What was not taken from an article, and why."""

    reason: str
    text: str
    span: Span


class ArticleParts(Frozen):
    """An article, taken apart."""

    questions: tuple[FoundQuestion, ...]
    left_out: tuple[LeftOut, ...]


def find_questions(text: str) -> ArticleParts:
    """The article's questions in their order, each with its answer, and everything that was left out with its reason."""
    blocks = split_blocks(text)
    found = [candidate for index in range(len(blocks)) if (candidate := find_candidate(blocks, index))]
    opening = _openings(blocks, found)
    questions: dict[str, FoundQuestion] = {}
    left: list[LeftOut] = []
    first = opening[0].block if opening else len(blocks)
    left += [_intro(block, index) for index, block in enumerate(blocks[:first])]
    common = _common_words(opening)
    for candidate, after in zip(opening, [*opening[1:], None], strict=True) if opening else ():
        stop = after.block if after else len(blocks)
        answer, dropped = _answer(
            text, blocks, candidate, stop, subject=set(content_words(candidate.question)) - common, is_last=after is None
        )
        key = normalise(candidate.question)
        place = Span(start=blocks[candidate.block].start, end=blocks[candidate.block].end)
        if answer is None:
            left.append(LeftOut(reason="a question without an answer", text=candidate.question, span=place))
        elif key in questions:
            same = normalise(questions[key].answer) == normalise(answer.answer)
            reason = "asked before" if same else "asked before, with another answer"
            left.append(LeftOut(reason=reason, text=candidate.question, span=place))
        else:
            questions[key] = answer
        left += dropped
    return ArticleParts(questions=tuple(questions.values()), left_out=tuple(left))


# Which candidates are headings


def _openings(blocks: list[Block], found: list[Candidate]) -> list[Candidate]:
    """The candidates that open a question: those marked as this page marks its questions."""
    asking = [candidate for candidate in found if candidate.asks and not _is_title(blocks, candidate)]
    style = _main_style(blocks, asking)
    level = _main_level(blocks, asking)
    chosen = [
        candidate
        for candidate in asking
        if (candidate.level <= level if "heading" in candidate.styles else style in candidate.styles or "label" in candidate.styles)
    ]
    if style == "number":
        listed = [candidate for candidate in chosen if candidate.styles[0] == "number"]
        chosen = sorted({*chosen} - {*listed} | {*_in_sequence(blocks, listed)})
    return [c for c in chosen if c.styles[0] not in ("bare", "bullet") or not _follows_colon(blocks, c)]


def _is_title(blocks: list[Block], candidate: Candidate) -> bool:
    """The page's title, when it is a question itself: its only first-level heading, with others below."""
    if candidate.level != 1:
        return False
    levels = [block.level for block in blocks if block.kind == "heading"]
    return levels.count(1) == 1 and len(levels) > 2


def _answered(blocks: list[Block], candidates: list[Candidate]) -> list[Candidate]:
    """Those followed by something that could answer them, before the next of their own kind."""
    starts = {candidate.block for candidate in candidates}
    return [
        candidate
        for candidate in candidates
        if candidate.rest < blocks[candidate.block].end
        or (candidate.block + 1 < len(blocks) and candidate.block + 1 not in starts and blocks[candidate.block + 1].kind != "heading")
    ]


def _main_style(blocks: list[Block], asking: list[Candidate]) -> str:
    answered = _answered(blocks, asking) or asking
    counts = {style: sum(style in candidate.styles for candidate in answered) for style in STYLES}
    most = max(counts.values(), default=0)
    # A stronger sign wins unless it is rare: bold sub-questions may outnumber the headings that they stand under.
    return next(
        (style for style in STYLES if counts[style] and counts[style] * (4 if style in ("heading", "label") else 2) >= most), "bare"
    )


def _main_level(blocks: list[Block], asking: list[Candidate]) -> int:
    headings = _answered(blocks, [candidate for candidate in asking if candidate.level])
    counts = {level: sum(candidate.level == level for candidate in headings) for level in range(1, 7)}
    most = max(counts.values())
    return next((level for level, count in counts.items() if count and count * 3 >= most), 6)


def _in_sequence(blocks: list[Block], numbered: list[Candidate]) -> Iterator[Candidate]:
    """Without the numbered lists inside answers: a question's number goes on from the last, or starts anew for a section."""
    answered = {candidate.block for candidate in _answered(blocks, numbered)}
    numbers = [candidate.number or 0 for candidate in numbered]
    index = last = 0
    while index < len(numbered):
        end = index + 1
        if numbers[index] <= last:
            while end < len(numbers) and numbers[end] == numbers[end - 1] + 1:
                end += 1
            goes_on_after = end < len(numbers) and numbers[end] == last + 1
            mostly_unanswered = 2 * sum(c.block in answered for c in numbered[index:end]) < end - index
            if goes_on_after or mostly_unanswered:
                index = end
                continue
        yield from numbered[index:end]
        last = numbers[end - 1]
        index = end


def _follows_colon(blocks: list[Block], candidate: Candidate) -> bool:
    """Whether the line is an example that the line before announces ("One may then ask:")."""
    return candidate.block > 0 and blocks[candidate.block - 1].text.endswith(":")


def _common_words(opening: list[Candidate]) -> set[str]:
    """Words in so many of the questions that they tell nothing of any one: "deep learning" in an article about it."""
    counts = Counter(word for candidate in opening for word in set(content_words(candidate.question)))
    return {word for word, count in counts.items() if count >= 4 and count * 3 >= len(opening)}


# An answer's blocks


class _Piece(Frozen):
    """A block of an answer, or what is left of the question's own block."""

    start: int
    end: int
    text: str
    kind: str
    overlap: int  # content words that it shares with the question
    noise: str  # the reason to take it for noise, or nothing
    hinted: bool


def _answer(
    text: str, blocks: list[Block], candidate: Candidate, stop: int, *, subject: set[str], is_last: bool
) -> tuple[FoundQuestion | None, list[LeftOut]]:
    """The question with its answer, None when there is no answer; and what was left out on the way to the next question."""
    inside = range(candidate.block + 1, stop)
    end = next((index for index in inside if _closes(blocks, index, candidate, stop)), stop)
    pieces = list(_pieces(text, blocks, candidate, end, subject))
    keep = _content(pieces, personal=bool(re.search(r"\byour?\b", candidate.question, re.IGNORECASE)), is_last=is_last)
    if not is_last and end == stop and len(keep) > 1 and keep[-1] == len(pieces) - 1 and _is_section_title(pieces[-1]):
        keep = keep[:-1]
    left = [_left_out(piece) for index, piece in enumerate(pieces) if index not in keep and piece.kind != "rule"]
    left += [_between(block) for block in blocks[end:stop] if block.kind != "rule"]
    runs = list(_runs(pieces, keep))
    if runs:
        label = strip_answer_label(text[runs[0].start : runs[0].end])
        runs[0] = Span(start=runs[0].start + label, end=runs[0].end)
    answer = "\n\n".join(filter(None, (_dedented(text[run.start : run.end]) for run in runs)))
    if (len(words(answer)) < LEAST_ANSWER and "```" not in answer) or _PLACEHOLDER.fullmatch(answer):
        return None, left
    return FoundQuestion(text=candidate.question, answer=answer, spans=tuple(runs)), left


def _closes(blocks: list[Block], index: int, candidate: Candidate, stop: int) -> bool:
    """Whether a block ends the answer although it opens no question: a heading of the page, not of the answer."""
    block = blocks[index]
    if block.kind == "heading":
        limit = candidate.level or 2
        return block.level <= limit or index + 1 == stop or bool(_CLOSING.fullmatch(block.line))
    return block.kind == "paragraph" and bool(_CLOSING.fullmatch(block.line))


def _pieces(text: str, blocks: list[Block], candidate: Candidate, end: int, subject: set[str]) -> Iterator[_Piece]:
    own = blocks[candidate.block]
    spans = [(candidate.rest, own.end, "paragraph")] + [(block.start, block.end, block.kind) for block in blocks[candidate.block + 1 : end]]
    for start, stop, kind in spans:
        piece = text[start:stop]
        if not piece.strip():
            continue
        noise = None if kind == "code" else noise_of(piece)
        overlap = len(subject & set(content_words(piece)))
        # Words of the question speak for a block: a sentence on "subscribers" answers a question on message queues.
        surely = noise is not None and noise.strength >= (2 if overlap < 2 or _is_title_like(piece) else 3)
        reason = noise.reason if noise and surely else ""
        start += len(piece) - len(piece.lstrip())
        yield _Piece(start=start, end=stop, text=piece.strip(), kind=kind, overlap=overlap, noise=reason, hinted=noise is not None)


def _content(pieces: list[_Piece], *, personal: bool, is_last: bool) -> list[int]:
    """The indices of the answer's blocks: up to the last that is surely content, and on to the first that is noise."""
    last = max((index for index, piece in enumerate(pieces) if _is_solid(pieces, index, is_last=is_last)), default=-1)
    after = next((index for index in range(last + 1, len(pieces)) if pieces[index].noise), len(pieces))
    kept = [index for index in range(after) if not pieces[index].noise and pieces[index].kind != "rule"]
    if not kept and pieces and _may_be_an_answer(pieces[0], personal=personal):
        return [0]  # "We charged $20 per month" answers how somebody set a price
    return kept


def _may_be_an_answer(piece: _Piece, *, personal: bool) -> bool:
    prose = len(words(piece.text)) >= 8 and piece.text.rstrip().endswith(".")
    return prose and (piece.overlap > 0 or (personal and bool(re.search(r"\b(?:i|we|my|our)\b", piece.text, re.IGNORECASE))))


def _is_solid(pieces: list[_Piece], index: int, *, is_last: bool) -> bool:
    """Whether a block is content whatever stands around it; after noise, it must be on the subject too."""
    piece = pieces[index]
    if piece.noise or piece.kind == "rule":
        return False
    before = pieces[:index]
    noises = {other.noise for other in before if other.noise}
    prose = len(words(piece.text)) >= 8 and piece.text.rstrip()[-1] in ".:?!)"
    if not noises or (not is_last and noises <= _IN_PASSING and prose and not piece.hinted):
        return True
    said = set().union(*(content_words(other.text) for other in before if not other.noise), [])
    shared = len(said & set(content_words(piece.text))) + piece.overlap
    return not piece.hinted and shared >= (1 if prose else 2)


def _is_section_title(piece: _Piece) -> bool:
    return piece.kind == "paragraph" and len(words(piece.text)) <= 8 and _is_title_like(piece.text)


def _is_title_like(text: str) -> bool:
    return bool(re.fullmatch(r"[A-Z][\w &,/+'’()-]{2,80}", text.strip()))


def _runs(pieces: Sequence[_Piece], keep: Iterable[int]) -> Iterator[Span]:
    """The kept blocks as stretches of text without a gap."""
    start = last = -1
    for index in keep:
        if last >= 0 and index == last + 1:
            last = index
            continue
        if last >= 0:
            yield Span(start=pieces[start].start, end=pieces[last].end)
        start = last = index
    if last >= 0:
        yield Span(start=pieces[start].start, end=pieces[last].end)


def _dedented(text: str) -> str:
    """An answer that was indented below its question, without that indentation."""
    first, newline, rest = text.partition("\n")
    indents = [len(line) - len(line.lstrip()) for line in rest.split("\n") if line.strip()]
    margin = min(indents, default=0)
    return (first + newline + "\n".join(line[margin:] for line in rest.split("\n"))).strip()


# What was left out


def _intro(block: Block, index: int) -> LeftOut:
    noise = noise_of(block.text)
    if noise and noise.strength >= 2:
        reason = noise.reason
    elif index == 0 and len(words(block.line)) <= 20:
        reason = "the title"
    else:
        reason = "before the first question"
    return LeftOut(reason=reason, text=block.line, span=Span(start=block.start, end=block.end))


def _between(block: Block) -> LeftOut:
    noise: Noise | None = noise_of(block.text) if is_noise(block.text) else None
    reason = noise.reason if noise else ("a section's heading" if block.kind == "heading" else "outside of any answer")
    return LeftOut(reason=reason, text=block.line, span=Span(start=block.start, end=block.end))


def _left_out(piece: _Piece) -> LeftOut:
    reason = piece.noise or ("a section's heading" if _is_section_title(piece) else "after the end of the answer")
    return LeftOut(reason=reason, text=" ".join(piece.text.split()), span=Span(start=piece.start, end=piece.end))
