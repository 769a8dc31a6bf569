"""What a benchmark is: cases, what comes of each, and the figures that follow from all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Literal, Protocol

from pydantic import ConfigDict, Field, JsonValue

from coach.domain import Frozen
from eval.metrics import Metric


class Case(Frozen):
    """One thing to try.

    `content` is all that its outcome depends on, beside the benchmark's version: what is kept of it is found again by both.
    `group` is the question that it is about: cases of one group are not independent, so intervals are drawn by group.
    """

    id: str
    group: str
    content: dict[str, JsonValue]


class Outcome(Frozen):
    """What came of a case: `values` are what the figures are computed from, `reason` is a sentence for a reader.

    A case that failed has its `error` in words and no values. It is data in the report and counts against the figures.
    """

    id: str
    values: dict[str, JsonValue] = Field(default_factory=dict)
    reason: str = ""
    error: str | None = None
    ms: float = 0.0


class GradedPoint(Frozen):
    """A key point in a graded case: what was said of it, how surely, and where it was labelled, what is right."""

    text: str
    essential: bool
    verdict: str
    label: str | None
    confidence: float
    quote: str | None


class GradedValues(Frozen):
    """The `values` of a case that was graded. Scores are 0 to 100; `score` is None when it came back ungraded.

    A benchmark may put more beside them, which nobody else looks at.
    """

    model_config = ConfigDict(extra="ignore")

    question: str
    answer: str
    kind: str
    label: float | None
    score: float | None
    low: float | None
    high: float | None
    reason: str | None
    points: tuple[GradedPoint, ...] = ()


Points = Literal["authored", "drawn"]


class Options(Frozen):
    """What a run was asked for. A benchmark takes from it what concerns it."""

    out: Path = Path("eval-out")
    graders: tuple[str, ...] = ("fast",)  # fast, full, or any `provider:model`
    points: tuple[Points, ...] = ("authored",)
    answers: str | None = None  # a file of eval/data/answers in place of the test split
    article: Path | None = None
    data: tuple[Path, ...] = ()  # files of answers graded by people, folders to search in
    voices: tuple[str, ...] = ()  # who speaks the recordings of `voice`; empty means every natural voice that is installed
    minutes: float | None = None  # of talk, to see whether memory grows
    limit: int | None = None  # the first so many cases of each benchmark
    workers: int = 1
    repeat: int = 1  # more than 1: every case is tried so often, and nothing is kept
    keep: bool = True  # off: what was kept is neither read nor added to
    rescore: bool = False  # figures from what is kept, without opening a model

    @property
    def fresh(self) -> bool:
        """Whether every case is to be tried anew, whatever is kept of it anywhere."""
        return self.repeat > 1 or not self.keep


class Benchmark(Protocol):
    """A benchmark of one subject, such as one grader. A class that is derived from this one need not say what goes without saying.

    Its name begins with the benchmark's own and goes on with its subject where there may be several: `retrieval`, `grading-fast`.
    `version` changes whenever an outcome might.
    """

    name: str
    version: str
    keeps: bool = True  # off where the outcome is of the moment, such as a time: then it is never kept, and one case is tried at a time
    versions: Mapping[str, str | None] = MappingProxyType({})  # of what was measured, for the report: model, prompt, calibration, embedder

    def prepare(self) -> None:
        """Make what `run` needs; called once, and not at all when every outcome is kept. Raises CoachError, which ends the run."""
        return None

    def cases(self) -> Sequence[Case]:
        """All cases, in the same order in every run."""

    def run(self, case: Case) -> Outcome:
        """Try one case. Raises CoachError when it cannot be tried; may be called from several threads at once."""

    def labelled(self, case: Case, outcome: Outcome) -> Outcome:
        """The outcome with what need not be kept with it, such as labels, which may change by themselves."""
        return outcome

    def measure(self, cases: Sequence[Case], outcomes: Sequence[Outcome]) -> dict[str, Metric]:
        """The figures, from the outcomes alone: no model is opened here. One labelled outcome for each case, in their order."""


class About(Frozen):
    """What a run was of: nothing that is needed to tell two runs apart is left out."""

    command: str
    started: str  # UTC, ISO 8601
    seconds: float
    commit: str | None  # with `+` when the work tree differs from it
    machine: str  # processor, cores, memory, system, Python
    corpus: str  # a hash of the questions
    subjects: dict[str, dict[str, str | None]]  # benchmark name → model, prompt, calibration, embedder, version


class Row(Frozen):
    """A case with what came of it."""

    case: Case
    outcome: Outcome


class Result(Frozen):
    """A benchmark's figures and rows."""

    name: str
    metrics: dict[str, Metric]
    rows: tuple[Row, ...]


class Report(Frozen):
    """Everything that a run found."""

    about: About
    results: tuple[Result, ...]
