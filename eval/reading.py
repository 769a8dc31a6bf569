"""Evidence of labelled answers, as the graders gather it; what the chat model read is cached, since it takes minutes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from coach.domain import Question
from coach.errors import BankError
from coach.grading import gate
from coach.grading.evidence import AnswerEvidence, gather
from coach.grading.judge import Reading, prompt_version, readings
from coach.grading.relevance import off_topic
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

    def put(self, key: str, reading: Reading) -> None:
        """Keep a reading, at once, so that an interruption loses nothing."""
        self._known[key] = reading
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"key": key, "reading": list(reading)}) + "\n")


def read(coach: Coach, cases: Sequence[LabelledAnswer], cache: ReadingCache | None) -> Iterator[Read]:
    """Each answer as the graders see it; with a cache, the chat model's readings too. Raises BankError, ModelError."""
    for case in cases:
        question = coach.store.question(case.bank, case.question_id)
        if question is None:
            raise BankError(f"The labelled answer {case.id} is about {case.bank}/{case.question_id}, which is not in the library.")
        yield _read(coach, case, question, cache)


def _read(coach: Coach, case: LabelledAnswer, question: Question, cache: ReadingCache | None) -> Read:
    checked = gate.check(question, case.answer)
    if checked.kind:
        return Read(case, question, checked.kind, None, ())
    evidence = gather(question, checked.text, coach.encoders)
    hits = coach.retriever.passages_for(question, case.answer)
    if off_topic(evidence, hits, question) is not None:
        return Read(case, question, "off_topic", evidence, ())
    if cache is None:
        return Read(case, question, None, evidence, ())
    chat = coach.open_chat()
    keys = [_key(chat.name, prompt_version(chat), question.text, checked.text, found.point.text) for found in evidence.points]
    known = [cache.get(key) for key in keys]
    if any(reading is None for reading in known):
        known = [reading for _, reading in readings(chat, question, checked.text, evidence.points)]
        for key, reading in zip(keys, known, strict=True):
            if reading is not None:
                cache.put(key, reading)
    return Read(case, question, None, evidence, tuple(reading for reading in known if reading is not None))


def _key(*parts: str) -> str:
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()
