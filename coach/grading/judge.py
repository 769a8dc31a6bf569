"""How a language model judges each key point. It never utters a number.

A local model is read, not asked: a linear probe reads from the state of its middle layers, at the end of the answer and a fact, whether
the one says the other. Asked for its own verdict, in words or in the odds of a word, a model of this size hardly tells an answer from
its opposite. A capable model behind an address judges all points in one structured call.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Literal, Protocol

from pydantic import BaseModel, Field

from coach.domain import KeyPoint, Question, VerdictKind
from coach.errors import ModelError
from coach.grading.calibration import Probe
from coach.grading.evidence import PointEvidence
from coach.prompting import load

if TYPE_CHECKING:
    from coach.models.chat import ChatModel
    from coach.models.reader import Reader

Shares = Mapping[VerdictKind, float]  # the probability of each verdict

SURE: dict[str, Shares] = {  # what a stated verdict is worth: confident, never certain
    said: {kind: 0.9 if kind.value == said else 0.1 / 3 for kind in VerdictKind} for said in (kind.value for kind in VerdictKind)
}


class Judge(Protocol):
    """Judges the points of an answer; `name` and `prompt` go into a grade's versions."""

    @property
    def name(self) -> str:
        """The model."""

    @property
    def prompt(self) -> str:
        """The hash of the prompt."""

    def judges(self, question: Question) -> bool:
        """Whether its verdicts on answers to this question are worth having."""

    def judge(
        self, question: Question, answer: str, points: Sequence[PointEvidence], stop: threading.Event | None = None
    ) -> Iterator[tuple[PointEvidence, Shares]]:
        """Each point with the model's verdict on it, as they come. Raises ModelError, also when `stop` is set."""


class ProbingJudge:
    """Reads each point from a local model's inner state."""

    def __init__(self, reader: Reader, probe: Probe) -> None:
        """Use a reader that is ready, and the probe that was fitted on its states."""
        self._reader, self._probe = reader, probe

    @property
    def name(self) -> str:
        """See the protocol."""
        return self._reader.version

    @property
    def prompt(self) -> str:
        """See the protocol."""
        return load("read_point").sha

    def judges(self, question: Question) -> bool:
        """See the protocol. The probe was fitted on technical answers; in stories it takes nearly every point for covered.

        On train answers that it has not seen it is right about 0.80 of the points of technical ones (1,747), and 0.64 of stories' (252).
        """
        return question.kind != "experience"

    def judge(
        self, question: Question, answer: str, points: Sequence[PointEvidence], stop: threading.Event | None = None
    ) -> Iterator[tuple[PointEvidence, Shares]]:
        """See the protocol."""
        system, prefix, suffixes = reading_prompt(question, answer, [found.point for found in points])
        for found, state in zip(points, self._reader.read(system, prefix, suffixes, stop=stop), strict=True):
            yield found, self._probe.shares(state)


def reading_prompt(question: Question, answer: str, points: Sequence[KeyPoint]) -> tuple[str, str, list[str]]:
    """The system message, what the prompts of all points begin with, and how each goes on."""
    prompt = load("read_point")
    system, prefix, suffixes = prompt.system, "", []
    for point in points:
        system, user = prompt.fill(question=question.text, answer=answer, fact=point.text)
        prefix, tag, suffix = user.rpartition("<fact>\n")
        prefix += tag
        suffixes.append(suffix)
    return system, prefix, suffixes


class JudgedPoint(BaseModel):
    """A structured verdict on one point, by its number in the prompt."""

    number: int
    verdict: Literal["covered", "partial", "missing", "contradicted"]


class Judgement(BaseModel):
    """Structured verdicts on all points."""

    points: list[JudgedPoint] = Field(description="One entry for each fact, in order")


class AskingJudge:
    """Asks a capable model for all verdicts in one call."""

    def __init__(self, chat: ChatModel) -> None:
        """Use a chat model that has been measured to judge well, or is taken to."""
        self._chat = chat

    @property
    def name(self) -> str:
        """See the protocol."""
        return self._chat.name

    @property
    def prompt(self) -> str:
        """See the protocol."""
        return load("judge_all").sha

    def judges(self, question: Question) -> bool:
        """See the protocol: whatever can be asked."""
        del question
        return True

    def judge(
        self, question: Question, answer: str, points: Sequence[PointEvidence], stop: threading.Event | None = None
    ) -> Iterator[tuple[PointEvidence, Shares]]:
        """See the protocol. One call cannot be stopped half-way."""
        facts = "\n".join(f"{number}. {found.point.text}" for number, found in enumerate(points, 1))
        system, user = load("judge_all").fill(question=question.text, answer=answer, facts=facts)
        judged = {item.number: item.verdict for item in self._chat.structured(system, user, Judgement).points}
        missing = [number for number in range(1, len(points) + 1) if number not in judged]
        if missing:
            raise ModelError(
                f"{self._chat.name} left out the verdict on {len(missing)} of {len(points)} points. Try again or choose another model."
            )
        for number, found in enumerate(points, 1):
            yield found, SURE[judged[number]]
