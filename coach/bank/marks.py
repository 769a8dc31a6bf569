"""How a page sets its questions apart: by headings, labels (Q:), numbers, bold type, bullets, or only by a line of their own."""

from __future__ import annotations

import re
from typing import NamedTuple

from coach.bank.asking import LONGEST, asks, plain
from coach.bank.blocks import Block
from coach.bank.noise import is_noise
from coach.bank.sentences import sentence_spans

STYLES = ("heading", "label", "number", "bold", "bullet", "bare")  # from the strongest sign to the weakest

_WRAPPED_FROM = 48  # characters; an editor breaks no line that is shorter
_WINDOW = 2000  # characters of a block; a question that has not ended by then is none

_LEAD = re.compile(
    r"""(?P<lead>\#{0,6}[ \t]*(?:>[ \t]*)*)
    (?P<bullet>[-*+•▪◦●‣][ \t]+)?
    (?P<outer>(?:\*\*|__)(?=\S))?[ \t]*
    (?:(?P<label>(?:q|ques|question|interviewer)\b[ \t]*(?:no\.?|number)?[ \t]*\#?[ \t]*(?P<label_number>\d{1,3})?
         (?:[ \t]*[.:)\-–—]+|(?=[ \t]*\*\*)|[ \t]*$)
       |q[ \t]*\.?[ \t]*(?P<short_number>\d{1,3})(?:[ \t]*[.:)\-–—]+|(?=[ \t]))
       )
     |\(?(?P<number>\d{1,3})(?:\ufe0f?\u20e3|[ \t]*[.):]+(?=\D)|[ \t]+[-–—](?=[ \t])))?[ \t]*
    (?P<middle>(?:\*\*|__)(?=\s|$|[^\w]))?[ \t]*
    (?P<inner>(?:\*\*|__)(?=\S))?
    """,
    re.VERBOSE | re.IGNORECASE,
)
_ANSWER = re.compile(
    r"\s*(?:\*\*|__)?[ \t]*(?:(?:sample|example|suggested|model|possible|good|short|the)[ \t]+)?"
    r"(?:a|ans|answer|candidate|response|solution)(?:[ \t]*\d{1,3})?[ \t]*[.:)\-–—][ \t]*(?:\*\*|__)?[:.]?[ \t]*",
    re.IGNORECASE,
)
_INLINE_ANSWER = re.compile(r"(?<=[\s*_])(?:\*\*|__)?(?:a|ans|answer|candidate)(?:\d{1,3})?[ \t]?:[ \t]*(?:\*\*|__)?", re.IGNORECASE)


class Candidate(NamedTuple):
    """A block that may hold a question: all its marks, the question, and where the rest of the block begins."""

    block: int
    styles: tuple[str, ...]
    level: int
    number: int | None
    question: str
    rest: int
    asks: bool


def find_candidate(blocks: list[Block], index: int) -> Candidate | None:
    """The question that a block begins with, as far as its marks tell; None for a block that opens no question."""
    block = blocks[index]
    if block.kind in ("code", "rule"):
        return None
    text = block.text[:_WINDOW]
    match = _LEAD.match(text)
    assert match is not None  # every part of the pattern is optional
    body_start = match.end()
    numbers = [match[name] for name in ("label_number", "short_number", "number") if match[name]]
    number = int(numbers[0]) if numbers else None
    labelled, bold = match["label"] is not None, False
    body = text[body_start:]
    body_end, rest = len(body), len(body)
    opener = match["inner"] or (match["outer"] if not match["middle"] else None)
    if opener and opener in body:
        body_end = body.index(opener)
        rest = body_end + 2
        bold = True
        if labelled and match["outer"] and not match["inner"] and not body[:body_end].strip(" :"):
            body_end = rest = len(body)  # only the label was bold
    if not bold or labelled:
        body_end, rest = _inline_end(body, body_end, rest, labelled or number is not None)
    question = plain(body[:body_end]).strip(" :*_")
    signs = {
        "heading": block.kind == "heading",
        "label": labelled,
        "number": number is not None,
        "bold": bold,
        "bullet": bool(match["bullet"]),
    }
    styles = tuple(style for style in STYLES if signs.get(style)) or ("bare",)
    after = (body[rest:] + block.text[_WINDOW:]).strip()
    if block.kind == "heading":
        question = question.rstrip("# ")
    elif styles != ("bare",) and not labelled and re.match(r"[a-z,;]", after):
        return None  # bold or numbered words at the start of a sentence that goes on
    if styles == ("bare",):
        asking = not after and asks(question, marked=False) and not is_noise(question)
    else:
        asking = (labelled and 5 < len(question) <= LONGEST) or asks(question, marked=True)
    return Candidate(index, styles, block.level, number, question, block.start + body_start + rest, asking)


def _inline_end(body: str, end: int, rest: int, marked: bool) -> tuple[int, int]:
    """Where the question ends when its answer stands in the same block: at an answer's label, or after its last question."""
    answer = _INLINE_ANSWER.search(body)
    if answer and answer.start() > 8:
        return answer.start(), answer.start()
    if not marked:
        return end, rest
    spans = list(sentence_spans(body))
    asked = 0
    for _, stop in spans:
        if not body[:stop].rstrip("*_\"'”’)").endswith("?"):
            break
        asked = stop
    if asked and asked < spans[-1][1]:
        return asked, asked
    if not asked and (line := _request_line(body)):
        return line, line
    return end, rest


def _request_line(body: str) -> int:
    """The length of a first line that asks without a question mark while the next begins anew; 0 when there is none."""
    line, _, after = body.partition("\n")
    whole = line.rstrip("*_ \t").endswith(".") or len(line) < _WRAPPED_FROM
    begins_anew = bool(after.strip()) and not after.lstrip()[0].islower()
    return len(line) if whole and begins_anew and asks(plain(line), marked=True) else 0


def strip_answer_label(text: str) -> int:
    """How many characters of an answer are its label ("A:", "**Answer:**")."""
    match = _ANSWER.match(text)
    return match.end() if match else 0
