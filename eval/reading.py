"""Evidence of labelled answers, as the graders gather it; what the chat model read is cached, since it takes minutes."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from coach.domain import Question
from coach.errors import BankError
from coach.grading import gate
from coach.grading.evidence import AnswerEvidence, PointEvidence, gather
from coach.grading.judge import Reading, ReadPoints, prompt_version, readings
from coach.models.catalogue import load_catalogue
from coach.models.chat import ChatModel
from coach.prompting import load
from coach.wiring import Coach
from eval.cases import LabelledAnswer


class Read(NamedTuple):
    """An answer as the graders see it before the join. `stopped` is why it never gets there, if it does not."""

    case: LabelledAnswer
    question: Question
    stopped: str | None
    evidence: AnswerEvidence | None
    readings: tuple[Reading, ...]  # the chat model's, one a point; empty when it was not asked


class ReadingCache:
    """The chat model's readings by content: model, prompt, question, answer and point."""

    def __init__(self, path: Path) -> None:
        """Read what earlier runs left."""
        self._path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        self._known: dict[str, Reading] = {}
        if path.exists():
            for line in path.read_text(encoding="utf-8").splitlines():
                row = json.loads(line)
                self._known[row["key"]] = Reading(*row["reading"])

    def get(self, key: str) -> Reading | None:
        """A reading that was kept."""
        return self._known.get(key)

    def all_of(
        self, model: str, prompt: str, question: Question, answer: str, points: Sequence[PointEvidence]
    ) -> tuple[Reading, ...] | None:
        """The readings of all points of an answer, or None when one is not kept."""
        keys = [_key(model, prompt, question.text, answer, found.point.text) for found in points]
        kept = tuple(reading for key in keys if (reading := self.get(key)) is not None)
        return kept if len(kept) == len(keys) else None

    def put(self, key: str, reading: Reading) -> None:
        """Keep a reading, at once, so that an interruption loses nothing."""
        self._known[key] = reading
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"key": key, "reading": list(reading)}) + "\n")


def cached(cache: ReadingCache) -> ReadPoints:
    """The chat model's readings as `coach.grading.judge.readings` gives them, out of the cache where all of an answer's are in it."""

    def read_points(
        chat: ChatModel, question: Question, answer: str, points: Sequence[PointEvidence], stop: threading.Event | None = None
    ) -> Iterator[tuple[PointEvidence, Reading]]:
        version = prompt_version(chat)
        known = cache.all_of(chat.name, version, question, answer, points)
        if known is not None:
            yield from zip(points, known, strict=True)
            return
        for found, reading in readings(chat, question, answer, points, stop):
            cache.put(_key(chat.name, version, question.text, answer, found.point.text), reading)
            yield found, reading

    return read_points


def question_of(coach: Coach, case: LabelledAnswer) -> Question:
    """The question that an answer was labelled against. Raises BankError when it is gone or its points have changed."""
    question = coach.store.question(case.bank, case.question_id)
    if question is None:
        raise BankError(f"The labelled answer {case.id} is about {case.bank}/{case.question_id}, which is not in the library.")
    if [point.id for point in question.key_points] != [point.id for point in case.points]:
        raise BankError(f"The key points of {question.ref} have changed since {case.id} was labelled. Label it again.")
    return question


def read(coach: Coach, cases: Sequence[LabelledAnswer], cache: ReadingCache, *, ask: bool = True) -> Iterator[Read]:
    """Each answer as the graders see it, with the chat model's readings: what the cache lacks is asked for, or with `ask` off left out.

    Raises BankError, ModelError.
    """
    for case in cases:
        yield _read(coach, case, question_of(coach, case), cache, ask)


def _read(coach: Coach, case: LabelledAnswer, question: Question, cache: ReadingCache, ask: bool) -> Read:
    checked = gate.check(question, case.answer)
    if checked.kind:
        return Read(case, question, checked.kind, None, ())
    evidence = gather(question, checked.text, coach.encoders)
    if not ask:
        name = load_catalogue().default("chat").name  # what ships is fitted for the model that ships
        known = cache.all_of(name, load("judge_point").sha, question, checked.text, evidence.points)
        return Read(case, question, None, evidence, known or ())
    found = cached(cache)(coach.open_chat(), question, checked.text, evidence.points)
    return Read(case, question, None, evidence, tuple(reading for _, reading in found))


def _key(*parts: str) -> str:
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()
