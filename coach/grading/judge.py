"""The chat model's part: how it reads each key point. It never utters a number.

A local model answers one question a point, with the answer as a prefix that its cache keeps, and the probabilities of its
first word are read. A capable model by API judges all points in one structured call.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol

from pydantic import BaseModel, Field

from coach.domain import Question
from coach.errors import ModelError
from coach.grading.evidence import PointEvidence
from coach.prompting import load

if TYPE_CHECKING:
    from coach.models.chat import ChatModel

WORDS = ("agrees", "contradicts", "silent")
SURE = {  # what a structured verdict is worth as a reading: confident, never certain
    "covered": (0.90, 0.03, 0.07),
    "partial": (0.50, 0.10, 0.40),
    "missing": (0.05, 0.05, 0.90),
    "contradicted": (0.04, 0.90, 0.06),
}


class Reading(NamedTuple):
    """How much of the model's probability says that the answer agrees with a point, contradicts it, is silent on it."""

    agrees: float
    contradicts: float
    silent: float

    def features(self) -> dict[str, float]:
        """The reading as log odds, for the join."""
        return {
            "llm_agrees": _log_odds(self.agrees, self.contradicts + self.silent),
            "llm_contradicts": _log_odds(self.contradicts, self.agrees + self.silent),
            "llm_silent": _log_odds(self.silent, self.agrees + self.contradicts),
        }


class ReadPoints(Protocol):
    """Reads every point of an answer: `readings` below, or something that remembers what it read."""

    def __call__(
        self, chat: ChatModel, question: Question, answer: str, points: Sequence[PointEvidence], stop: threading.Event | None = None
    ) -> Iterator[tuple[PointEvidence, Reading]]:
        """Each point with its reading, as they come. Raises ModelError."""


class JudgedPoint(BaseModel):
    """A structured verdict on one point, by its number in the prompt."""

    number: int
    verdict: Literal["covered", "partial", "missing", "contradicted"]


class Judgement(BaseModel):
    """Structured verdicts on all points."""

    points: list[JudgedPoint] = Field(description="One entry for each fact, in order")


def prompt_version(chat: ChatModel) -> str:
    """The hash of the prompt that this chat model is asked with."""
    return load("judge_all" if _judges_all(chat) else "judge_point").sha


def readings(
    chat: ChatModel, question: Question, answer: str, points: Sequence[PointEvidence], stop: threading.Event | None = None
) -> Iterator[tuple[PointEvidence, Reading]]:
    """Each point with the model's reading of it, as they come. Raises ModelError, also when `stop` is set."""
    if _judges_all(chat):
        yield from _all_at_once(chat, question, answer, points)
        return
    prompt = load("judge_point")
    with chat.turn(stop) as speaker:
        for found in points:
            if stop is not None and stop.is_set():
                raise ModelError("The full check was stopped.")
            system, user = prompt.fill(question=question.text, answer=answer, fact=found.point.text)
            # What all points of an answer share comes first, so that the model's cache serves it.
            prefix, tag, suffix = user.partition("<fact>\n")
            shares = speaker.first_word(system, prefix + tag, suffix, WORDS)
            yield found, Reading(*(shares[word] for word in WORDS))


def _judges_all(chat: ChatModel) -> bool:
    return chat.measured and not chat.local


def _all_at_once(
    chat: ChatModel, question: Question, answer: str, points: Sequence[PointEvidence]
) -> Iterator[tuple[PointEvidence, Reading]]:
    prompt = load("judge_all")
    facts = "\n".join(f"{number}. {found.point.text}" for number, found in enumerate(points, 1))
    system, user = prompt.fill(question=question.text, answer=answer, facts=facts)
    judged = {item.number: item.verdict for item in chat.structured(system, user, Judgement).points}
    missing = [number for number in range(1, len(points) + 1) if number not in judged]
    if missing:
        raise ModelError(f"{chat.name} left out the verdict on {len(missing)} of {len(points)} points. Try again or choose another model.")
    for number, found in enumerate(points, 1):
        yield found, Reading(*SURE[judged[number]])


def _log_odds(one: float, other: float) -> float:
    return math.log(one + 1e-5) - math.log(other + 1e-5)
