"""The labelled answers and queries that the benchmarks run on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Literal

from pydantic import Field

from coach.domain import Frozen, VerdictKind
from coach.errors import DocumentError, UsageError

DATA = Path(__file__).parent / "data"
ADVERSARIAL = frozenset({"off_topic", "keywords", "echo", "dont_know", "steering"})


class LabelledPoint(Frozen):
    """The label of one key point: what the labeller decided, and the words that decided it."""

    id: str
    text: str
    verdict: VerdictKind
    span: str | None


class Labels(Frozen):
    """What one reader said of an answer: the verdict on each key point in their order, and a score of 0 to 10, halves allowed."""

    verdicts: tuple[VerdictKind, ...]
    score: float


class LabelledAnswer(Frozen):
    """An answer with its labels. `score` is 0 to 10; `labelled_by` is honest about who labelled it.

    Two readers labelled it apart from each other, `first` and `second`. `points` and `score` are what they agree on, and where they
    differ on a verdict, or by two or more on the score, what a third decided by reading the answer again.

    One that is labelled by the candidate is an answer of an interview: `disputed` has what the grader had said of the points that the
    candidate disagrees about, whose verdicts are the candidate's; all other verdicts and the score are the grader's own.
    """

    id: str
    bank: str
    question_id: str
    split: Literal["train", "dev", "test"] | None  # None: it was not made for a benchmark
    kind: str
    answer: str
    points: tuple[LabelledPoint, ...]
    wrong_claims: tuple[str, ...]
    score: int
    note: str
    labelled_by: Literal["model", "human", "candidate"]
    first: Labels | None = None
    second: Labels | None = None
    disputed: dict[str, VerdictKind] = Field(default_factory=dict)


class Query(Frozen):
    """A search in a candidate's words, the question that it means, and where the query is about the article, its number there."""

    query: str
    question_id: str
    bank: str = "deep-learning"
    form: Literal["phrase", "question", "situation"] | None = None
    article: int | None = None


def labelled_answers(split: str, folder: Path = DATA / "answers") -> list[LabelledAnswer]:
    """Our labelled answers of one split, in the order of the files. Raises DocumentError for a line that is off."""
    return [LabelledAnswer.model_validate(row) for path in sorted(folder.glob(f"*-{split}.jsonl")) for row in rows(path)]


def answers_of(name: str, folder: Path = DATA / "answers") -> list[LabelledAnswer]:
    """The labelled answers of one file, by its name without `.jsonl`. Raises UsageError when there is none, DocumentError for a line."""
    known = sorted(path.stem for path in folder.glob("*.jsonl"))
    if name not in known:
        raise UsageError(f"There are no labelled answers called {name!r}. There are: {', '.join(known)}.")
    return [LabelledAnswer.model_validate(row) for row in rows(folder / f"{name}.jsonl")]


def queries(name: str) -> list[Query]:
    """The queries of `eval/data/queries/NAME.jsonl`."""
    return [Query.model_validate(row) for row in rows(DATA / "queries" / f"{name}.jsonl")]


def rows(path: Path) -> list[dict[str, object]]:
    """The objects of a JSON Lines file. Raises DocumentError naming the line that is off."""
    found = []
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")  # not at every mark that Unicode calls a line's end
    except (OSError, UnicodeDecodeError) as error:
        raise DocumentError(f"{path} cannot be read ({error}).") from error
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except json.JSONDecodeError as error:
            raise DocumentError(f"{path}, line {number}, is not JSON: {error}.") from error
        if not isinstance(row, dict):
            raise DocumentError(f"{path}, line {number}, is not an object in braces.")
        found.append(row)
    return found
