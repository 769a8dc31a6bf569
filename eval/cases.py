"""The labelled answers and queries that the benchmarks run on."""

from __future__ import annotations

import json
import zlib
from pathlib import Path
from typing import Literal, TypeVar

from pydantic import BaseModel, Field, ValidationError

from coach.domain import Frozen, VerdictKind
from coach.errors import DocumentError, UsageError

DATA = Path(__file__).parent / "data"
HELD_OUT_OF = 5
Model = TypeVar("Model", bound=BaseModel)
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
    candidate disagrees about, whose verdicts are the candidate's; all other verdicts and the score are the grader's own. `reasons` has
    what the candidate said of each such point, where they said anything.
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
    reasons: dict[str, str] = Field(default_factory=dict)


def is_held_out(ref: str) -> bool:
    """Whether a question of the train split, by `bank/id`, is of the fifth that the verdict encoder was not trained on."""
    return zlib.crc32(ref.encode()) % HELD_OUT_OF == 0


class Query(Frozen):
    """A search in a candidate's words, the question that it means, and where the query is about the article, its number there."""

    query: str
    question_id: str
    bank: str = "deep-learning"
    form: Literal["phrase", "question", "situation"] | None = None
    article: int | None = None


def labelled_answers(split: str, folder: Path = DATA / "answers") -> list[LabelledAnswer]:
    """Our labelled answers of one split, in the order of the files. Raises DocumentError for a line that is off."""
    return [answer for path in sorted(folder.glob(f"*-{split}.jsonl")) for answer in rows_as(LabelledAnswer, path)]


def answers_of(name: str, folder: Path = DATA / "answers") -> list[LabelledAnswer]:
    """The labelled answers of one file, by its name without `.jsonl`. Raises UsageError when there is none, DocumentError for a line."""
    known = sorted(path.stem for path in folder.glob("*.jsonl"))
    if name not in known:
        raise UsageError(f"There are no labelled answers called {name!r}. There are: {', '.join(known)}.")
    return rows_as(LabelledAnswer, folder / f"{name}.jsonl")


def queries(name: str) -> list[Query]:
    """The queries of `eval/data/queries/NAME.jsonl`. Raises DocumentError for a line that is off."""
    return rows_as(Query, DATA / "queries" / f"{name}.jsonl")


def rows_as(model: type[Model], path: Path) -> list[Model]:
    """What the lines of a JSON Lines file hold. Raises DocumentError naming the line, the field and what is wrong with it."""
    return [row_as(model, row, path, line) for line, row in numbered_rows(path)]


def row_as(model: type[Model], row: dict[str, object], path: Path, line: int) -> Model:
    """What one line holds. Raises DocumentError as `rows_as`."""
    try:
        return model.model_validate(row)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        raise DocumentError(f"{path}, line {line}: {field or 'the line'}: {first['msg']}.") from error


def rows(path: Path) -> list[dict[str, object]]:
    """The objects of a JSON Lines file. Raises DocumentError naming the line that is off."""
    return [row for _, row in numbered_rows(path)]


def numbered_rows(path: Path) -> list[tuple[int, dict[str, object]]]:
    """The same, each with the number of its line. Empty lines count, and hold nothing."""
    found: list[tuple[int, dict[str, object]]] = []
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
        found.append((number, row))
    return found
