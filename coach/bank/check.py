"""The form and quality of a corpus: what a mentor should mend before others learn from it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from coach.bank.folder import find_documents
from coach.bank.markdown import is_question_file, parse_question
from coach.bank.readers import read_text
from coach.domain import Frozen, Question, normalise
from coach.errors import DocumentError
from coach.settings import Settings

if TYPE_CHECKING:
    from coach.models.embedder import Embedder

FEWEST_WORDS, MOST_WORDS = 8, 25  # of a key point
NEARLY_THE_SAME = 0.93  # cosine of two questions' vectors

_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


class CheckRow(Frozen):
    """A file of a corpus and what is to mend in it."""

    path: str
    question_id: str | None
    ok: bool
    problems: tuple[str, ...] = ()


def check_corpus(path: Path, settings: Settings, embedder: Callable[[], Embedder]) -> list[CheckRow]:
    """A row a file, by path. `embedder` is asked for where there are questions to compare.

    Raises DocumentError when there is no file in our own form at the path, and whatever `embedder` raises.
    """
    files = [item for item in find_documents(path) if item.path.suffix.lower() == ".md"]
    if not files:
        raise DocumentError(f"{path} holds no Markdown file. Give a file of the corpus, or a folder of them.")
    questions: dict[str, Question] = {}
    problems: dict[str, list[str]] = {}
    for file, name in files:
        try:
            questions[name] = _read(file, settings)
            problems[name] = _problems(questions[name])
        except DocumentError as error:
            problems[name] = [str(error)]
    for name, found in _repeated(questions, embedder).items():
        problems[name] += found
    return [
        CheckRow(path=name, question_id=questions[name].id if name in questions else None, ok=not found, problems=tuple(found))
        for name, found in problems.items()
    ]


def _read(file: Path, settings: Settings) -> Question:
    source = read_text(file, settings)
    if not is_question_file(source.text):
        raise DocumentError(f"{file.name} is not in the corpus's form: it needs front matter, the question as `# `, and its answer.")
    return parse_question(source.text, bank=file.parent.name, id=file.stem, source=source.name)


def _problems(question: Question) -> list[str]:
    found = []
    if not _ID.fullmatch(question.id):
        found.append(f"The id `{question.id}` is not made of small letters, digits and single hyphens.")
    if not question.key_points:
        found.append("There are no key points.")
    elif not any(point.essential for point in question.key_points):
        found.append("No key point is marked [essential].")
    for number, point in enumerate(question.key_points, 1):
        length = len(point.text.split())
        if not FEWEST_WORDS <= length <= MOST_WORDS:
            found.append(f"Key point {number} has {length} words; it should have {FEWEST_WORDS} to {MOST_WORDS}.")
    texts = [normalise(point.text) for point in question.key_points]
    found += [f"Key point {number} is there twice." for number, text in enumerate(texts, 1) if text in texts[: number - 1]]
    found += [f"Follow-up {n} names no key point." for n, ask in enumerate(question.follow_ups, 1) if ask.point_id is None]
    return found


def _repeated(questions: dict[str, Question], embedder: Callable[[], Embedder]) -> dict[str, list[str]]:
    """For each file, the ids and the questions that another one has too."""
    found: dict[str, list[str]] = {name: [] for name in questions}
    names = list(questions)
    refs: dict[str, str] = {}
    for name in names:
        first = refs.setdefault(questions[name].ref, name)
        if first != name:
            found[name].append(f"The id `{questions[name].id}` is that of {first} too.")
    for first, second, cosine in _near(names, [questions[name].text for name in names], embedder):
        found[second].append(f"It asks nearly the same as {first} (cosine {cosine:.2f}).")
    return found


def _near(names: Sequence[str], texts: Sequence[str], embedder: Callable[[], Embedder]) -> list[tuple[str, str, float]]:
    if len(texts) < 2:
        return []
    vectors = embedder().embed(texts)
    cosines = vectors @ vectors.T
    pairs = [(i, j) for j in range(len(names)) for i in range(j) if cosines[i, j] >= NEARLY_THE_SAME]
    return [(names[i], names[j], float(cosines[i, j])) for i, j in pairs]
