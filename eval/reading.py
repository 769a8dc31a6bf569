"""Evidence of labelled answers, as the graders gather it; the states of the language model are kept, since they take seconds each."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from threading import Event
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from coach.bank.rubric import draw_key_points
from coach.domain import Question, VerdictKind
from coach.errors import BankError
from coach.grading import gate
from coach.grading.evidence import AnswerEvidence, gather
from coach.grading.judge import reading_prompt
from coach.models.reader import Reader
from coach.wiring import Coach
from eval.cases import LabelledAnswer

States = NDArray[np.float32]


class Read(NamedTuple):
    """An answer as the graders see it before the join. `stopped` is why it never gets there, if it does not."""

    case: LabelledAnswer
    question: Question
    stopped: str | None
    evidence: AnswerEvidence | None
    states: States | None  # the language model's, (points, d); None when they are not known


class KeptReader:
    """A reader that keeps every state in a file, by content: version, system message, prompt. Each is kept at once."""

    def __init__(self, path: Path, version: str, open_reader: Callable[[], Reader]) -> None:
        """Read what earlier runs left; the reader itself is opened when something is not there."""
        self.version = version
        self._path, self._open = path, open_reader
        self._known: dict[str, States] = {}
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists():
            for line in path.read_text(encoding="utf-8").splitlines():
                row = json.loads(line)
                self._known[row["key"]] = np.frombuffer(base64.b64decode(row["state"]), dtype="<f4")

    def read(self, system: str, prefix: str, suffixes: Sequence[str], *, stop: Event | None = None) -> Iterator[States]:
        """See `coach.models.reader.Reader`."""
        if (known := self.known(system, prefix, suffixes)) is not None:
            yield from known
            return
        for suffix, state in zip(suffixes, self._open().read(system, prefix, suffixes, stop=stop), strict=True):
            self._keep(self._key(system, prefix + suffix), state)
            yield state

    def known(self, system: str, prefix: str, suffixes: Sequence[str]) -> list[States] | None:
        """The states of all these prompts, or None when one is not kept."""
        kept = [self._known.get(self._key(system, prefix + suffix)) for suffix in suffixes]
        states = [state for state in kept if state is not None]
        return states if len(states) == len(kept) else None

    def _keep(self, key: str, state: States) -> None:
        self._known[key] = state
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"key": key, "state": base64.b64encode(state.astype("<f4").tobytes()).decode()}) + "\n")

    def _key(self, *parts: str) -> str:
        return hashlib.sha256("\x1f".join((self.version, *parts)).encode()).hexdigest()


def question_of(coach: Coach, case: LabelledAnswer) -> Question:
    """The question that an answer was labelled against. Raises BankError when it is gone or its points have changed."""
    question = coach.store.question(case.bank, case.question_id)
    if question is None:
        raise BankError(f"The labelled answer {case.id} is about {case.bank}/{case.question_id}, which is not in the library.")
    if [point.id for point in question.key_points] != [point.id for point in case.points]:
        raise BankError(f"The key points of {question.ref} have changed since {case.id} was labelled. Label it again.")
    return question


def with_drawn_points(question: Question) -> Question:
    """The question as if its document had come without a rubric: points drawn from the model answer, no misconceptions."""
    return question.model_copy(update={"key_points": draw_key_points(question.text, question.answer), "misconceptions": ()})


def read(coach: Coach, cases: Sequence[LabelledAnswer], reader: KeptReader, *, ask: bool = True, drawn: bool = False) -> Iterator[Read]:
    """Each answer as the graders see it, with `drawn` on points drawn from the model answer.

    States that are not kept are read, or with `ask` off left out. Raises BankError, ModelError.
    """
    for case in cases:
        question = question_of(coach, case)
        yield _read(coach, case, with_drawn_points(question) if drawn else question, reader, ask)


def evidence_only(coach: Coach, cases: Sequence[LabelledAnswer]) -> Iterator[Read]:
    """Each answer as the fast grader sees it. Raises BankError."""
    for case in cases:
        question = question_of(coach, case)
        checked = gate.check(question, case.answer)
        evidence = None if checked.kind else gather(question, checked.text, coach.encoders)
        yield Read(case, question, checked.kind, evidence, None)


class ReadPoint(NamedTuple):
    """A labelled point with the language model's state of it."""

    question: str
    label: VerdictKind
    state: NDArray[np.float32]


def read_states(coach: Coach, cases: Sequence[LabelledAnswer], reader: KeptReader, *, ask: bool = True) -> Iterator[ReadPoint]:
    """The states of labelled points, without a look at any other evidence; of answers that no gate stops. Raises as `read` does."""
    for case in cases:
        question = question_of(coach, case)
        checked = gate.check(question, case.answer)
        if checked.kind:
            continue
        prompt = reading_prompt(question, checked.text, question.key_points)
        states = list(reader.read(*prompt)) if ask else reader.known(*prompt)
        for label, state in zip(case.points, states or (), strict=False):
            yield ReadPoint(question.ref, label.verdict, state)


def _read(coach: Coach, case: LabelledAnswer, question: Question, reader: KeptReader, ask: bool) -> Read:
    checked = gate.check(question, case.answer)
    if checked.kind:
        return Read(case, question, checked.kind, None, None)
    evidence = gather(question, checked.text, coach.encoders)
    prompt = reading_prompt(question, checked.text, [found.point for found in evidence.points])
    states = list(reader.read(*prompt)) if ask else reader.known(*prompt)
    return Read(case, question, None, evidence, None if states is None else np.array(states))
