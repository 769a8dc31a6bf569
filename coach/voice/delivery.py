"""How a spoken answer sounded, from the times of its words: pace, fillers, pauses, hedges, length, and one thing to try. Pure.

Nothing of it touches a score. A recogniser swallows some fillers, so their count is a lower bound.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from itertools import pairwise

from coach.delivery_advice import advice
from coach.domain import Kind, Question
from coach.spoken import Filler, LengthFit, Pace, Pause, SpokenDelivery, Transcript, Word

LONG_PAUSE = 2.0  # seconds
STRETCH = 15.0  # seconds of talk for one figure of the pace
LEAST_STRETCH = 5.0  # a shorter rest joins the stretch before it

# Seconds of talk for a key point, least and most, by the kind of question: a design or a story takes longer than a definition.
SECONDS_A_POINT: dict[Kind, tuple[float, float]] = {
    "concept": (6, 20),
    "compare": (7, 22),
    "design": (10, 35),
    "experience": (10, 35),
    "code": (6, 25),
}
SHORTEST_FIT, LONGEST_FIT = (15.0, 60.0), (60.0, 240.0)  # whatever the number of points
FOLLOW_UP_FIT = (4.0, 60.0)  # a follow-up asks for one thing

FILLERS = re.compile(
    r"\b(?:u+m+|u+h+m*|e+r+m*|a+h+|hm+|mm+)\b|\byou know\b(?! (?:that|what|how|why|when|where|which|who|the|this|if|it)\b)"
    r"|(?:(?<=, )|^)like(?=,)|\blike,|\bi mean\b|(?:(?<=, )|^)(?:basically|literally|actually|right)(?=,)",
    re.IGNORECASE,
)
HEDGES = re.compile(
    r"\bi (?:think|guess|suppose|believe)\b|\bi'?m not (?:really |quite |entirely |so )?sure\b|\bnot (?:really )?sure\b"
    r"|\bmaybe\b|\bperhaps\b|\bpossibly\b|\bprobably\b|\b(?:sort|kind) of\b|\bsomehow\b|\bmore or less\b|\bor something\b"
    r"|\bif i remember\b|\bi don'?t (?:really )?know\b",
    re.IGNORECASE,
)


def delivery_of(transcript: Transcript, question: Question, *, follow_up: bool = False) -> SpokenDelivery:
    """How the answer sounded, with one suggestion. `follow_up`: it answers a question about one point, so a short one is fit."""
    words = [word for word in transcript.words if re.search(r"\w", word.text)]
    fit = FOLLOW_UP_FIT if follow_up else fit_seconds(question)
    if not words:
        return SpokenDelivery(words=0, seconds=0.0, words_per_minute=0.0, fit_seconds=fit, length="short")
    seconds = max(words[-1].end - words[0].start, 0.1)
    hedges = [match.group() for match, _ in _found(HEDGES, words)]
    hedging = sum(len(hedge.split()) for hedge in hedges)
    delivery = SpokenDelivery(
        words=len(words),
        seconds=round(seconds, 2),
        words_per_minute=round(len(words) / seconds * 60, 1),
        pace=_pace(words),
        fillers=tuple(Filler(text=match.group().strip(",").casefold(), at=word.start) for match, word in _found(FILLERS, words)),
        pauses=tuple(Pause(start=a.end, end=b.start) for a, b in pairwise(words) if b.start - a.end >= LONG_PAUSE),
        hedges=tuple(hedge.casefold() for hedge in hedges),
        hedge_share=round(hedging / len(words), 3),
        length=_length(seconds, fit),
        fit_seconds=fit,
    )
    return delivery.model_copy(update={"suggestion": advice(delivery)})


def fit_seconds(question: Question) -> tuple[float, float]:
    """How long an answer is fit for the question, least and most, by its kind and how many points it has."""
    least, most = SECONDS_A_POINT[question.kind]
    points = max(1, len(question.key_points))
    return (
        min(max(least * points, SHORTEST_FIT[0]), SHORTEST_FIT[1]),
        min(max(most * points, LONGEST_FIT[0]), LONGEST_FIT[1]),
    )


def _length(seconds: float, fit: tuple[float, float]) -> LengthFit:
    least, most = fit
    return "short" if seconds < least else "long" if seconds > most else "fit"


def _pace(words: Sequence[Word]) -> tuple[Pace, ...]:
    """Words a minute in each stretch of 15 s; a short rest counts to the stretch before it."""
    first, last = words[0].start, words[-1].end
    count = max(1, math.ceil((last - first) / STRETCH))
    if count > 1 and (last - first) - (count - 1) * STRETCH < LEAST_STRETCH:
        count -= 1
    edges = [*(first + STRETCH * number for number in range(count)), max(last, first + 0.1)]
    return tuple(
        Pace(at=round(start, 2), words_per_minute=round(60 * _starting(words, start, end, last=end == edges[-1]) / (end - start), 1))
        for start, end in pairwise(edges)
    )


def _starting(words: Sequence[Word], start: float, end: float, *, last: bool) -> int:
    return sum(start <= word.start < end or (last and word.start == end) for word in words)


def _found(pattern: re.Pattern[str], words: Sequence[Word]) -> list[tuple[re.Match[str], Word]]:
    """What the pattern finds in the words, each with the word that it begins in."""
    starts, text = [], ""
    for word in words:
        starts.append(len(text))
        text += word.text + " "
    return [(match, words[max(at for at, start in enumerate(starts) if start <= match.start())]) for match in pattern.finditer(text)]
