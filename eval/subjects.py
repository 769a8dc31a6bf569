"""Graders by name, as the benchmarks compare them: `fast`, `full`, or the full one with any `provider:model`."""

from __future__ import annotations

import hashlib
import json
import re
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from threading import Lock
from typing import Literal

from coach.domain import Grade, Question, Versions
from coach.errors import UsageError
from coach.grading.calibration import calibration
from coach.grading.grader import FullGrader, Grader
from coach.grading.judge import AskingJudge, ProbingJudge
from coach.models.catalogue import load_catalogue
from coach.models.chat import open_chat
from coach.prompting import load
from coach.settings import Settings
from coach.wiring import ENCODERS, Coach
from eval.about import corpus_of
from eval.reading import KeptReader
from eval.tokens import Tokens, counted
from eval.versions import source_version

SOURCES = (
    "coach.grading", "coach.index", "coach.prompting", "coach.retrieve", "coach.words", "coach.bank.rubric", "coach.models.embedder",
    "coach.models.onnx", "coach.models.reader", "coach.models.tokens", "coach.models.verdict_encoder",
)  # fmt: skip
READ_HERE = ("local", "gguf", "none")  # settings of a model that the reader judges for


class Subject:
    """A grader that is opened when it has to grade; what produces its grades is known before."""

    reads: Literal["answer", "score"] = "answer"  # what a model that is fitted to people's scores may go by; see HumanGrading

    def __init__(self, coach: Coach, name: str, states: Path | None = None) -> None:
        """Open nothing. The language model's states are kept in the file `states`. Raises UsageError for a name that is none."""
        self.name, self._coach, self._states = name, coach, states
        self.settings = _settings(coach.settings, name)
        self.versions = _versions(name, self.settings)
        self.version = _digest(
            name,
            self.versions.model_dump(),
            [load_catalogue().default(kind).version for kind in ENCODERS],
            [self.settings.dense_weight, self.settings.llm_base_url if name != "fast" else ""],
            corpus_of(coach.store),
            source_version(*SOURCES),
        )
        self._grader: Grader | None = None
        self._turn: AbstractContextManager[object] = nullcontext()

    @property
    def slug(self) -> str:
        """The name with nothing in it but letters, digits and hyphens."""
        return re.sub(r"[^\w-]+", "-", self.name)

    def open(self) -> None:
        """Make the grader, and what it reads with. Raises ModelError, UsageError, WeightsError."""
        if self._grader is None:
            self._grader = self._opened()

    def grade(self, question: Question, answer: str) -> Grade:
        """One grade, with the passages that bear on the answer, if the question is of a bank. Raises what `open` raises, IndexingError."""
        self.open()
        assert self._grader is not None
        with self._turn:
            if not question.bank:
                return self._grader.grade(question, answer, ())
            return self._coach.grade(question, answer, self._grader)

    def grade_anew(self, question: Question, answer: str) -> Grade:
        """As `grade`, with nothing that the encoders remember of earlier ones. Not meant to be called while another grade is made."""
        self.open()
        encoders = self._coach.encoders
        encoders.embedder.forget()
        encoders.tokens.forget()
        return self.grade(question, answer)

    def counted(self, question: Question, answer: str) -> tuple[Grade, Tokens | None]:
        """As `grade`, with the tokens it took by the count of the model that was asked; None where none was asked, or it does not count."""
        if self.name == "fast" or not _judges(self.settings.llm):
            return self.grade(question, answer), None
        return counted(lambda: self.grade(question, answer))

    def _opened(self) -> Grader:
        if self.name == "fast":
            return self._coach.fast
        if self.name != "full":
            chat = open_chat(self.settings)
            assert chat is not None
            return FullGrader(self._coach.fast, AskingJudge(chat))
        grader, _ = self._coach.grader("full")
        if not isinstance(grader, FullGrader) or not isinstance(grader.judge, ProbingJudge):
            return grader
        self._turn = Lock()  # the model that is read takes one answer at a time, and its states go into one file
        if self._states is None:
            return grader
        kept = KeptReader(self._states, grader.judge.name, self._coach.open_reader)
        return FullGrader(self._coach.fast, ProbingJudge(kept, self._coach.fast.fitted.probes["reader"]))


def _settings(settings: Settings, name: str) -> Settings:
    """The settings that a grader of this name works with."""
    if name in ("fast", "full"):
        return settings
    if ":" not in name:
        choice = "Choose fast, full, or a model as provider:model, such as openai:gpt-4o-mini; p_yes only for answers that people graded."
        raise UsageError(f"There is no grader {name!r} here. {choice}")
    if not _judges(name):
        raise UsageError(f"{name} does not judge by itself: the full grader reads with a model of its own. Choose full instead.")
    return settings.model_copy(update={"llm": name})


def _judges(llm: str) -> bool:
    """Whether the model of this setting is asked for its verdicts."""
    provider, _, model = llm.strip().partition(":")
    return provider not in READ_HERE and load_catalogue().remote_is_capable(model)


def _versions(name: str, settings: Settings) -> Versions:
    """What will produce the grades; see FastGrader.versions and FullGrader."""
    embedder = load_catalogue().find(settings.embedder).version
    fast = Versions(model=None, prompt=None, calibration=calibration().version, embedder=embedder)
    if name == "fast":
        return fast
    if _judges(settings.llm):
        return fast.model_copy(update={"model": settings.llm.strip(), "prompt": load("judge_all").sha})
    return fast.model_copy(update={"model": load_catalogue().default("reader").version, "prompt": load("read_point").sha})


def _digest(*parts: object) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]
