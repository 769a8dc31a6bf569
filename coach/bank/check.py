"""The form and quality of a corpus: what a mentor should mend before others learn from it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from coach.bank.folder import find_documents
from coach.bank.markdown import is_question_file, parse_question
from coach.bank.quality import problems_of, shared_run, spelled_otherwise
from coach.bank.readers import read_text
from coach.domain import Frozen, Question
from coach.errors import DocumentError
from coach.settings import Settings

if TYPE_CHECKING:
    from coach.models.embedder import Embedder

NEARLY_THE_SAME = 0.93  # cosine of two questions' vectors

_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


class CheckRow(Frozen):
    """A file of a corpus and what is to mend in it."""

    path: str
    question_id: str | None
    ok: bool
    problems: tuple[str, ...] = ()
    shared: tuple[float, ...] = ()  # for each key point, the longest run of words it has in common with the model answer, as a share


def check_corpus(
    path: Path, settings: Settings, embedder: Callable[[], Embedder], unfound: Callable[[Question], Sequence[int]]
) -> list[CheckRow]:
    """A row a file, by path.

    `embedder` is asked for where there are questions to compare; `unfound` gives the numbers of the essential points that a grader does not
    find in the model answer. Raises DocumentError when there is no file in our own form at the path, and whatever those two raise.
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
    for name, found in _of_the_whole(questions, embedder, unfound).items():
        problems[name] += found
    return [_row(name, questions.get(name), found) for name, found in problems.items()]


def _row(name: str, question: Question | None, problems: Sequence[str]) -> CheckRow:
    shared = [shared_run(point.text, question.answer) for point in question.key_points] if question else []
    return CheckRow(
        path=name, question_id=question.id if question else None, ok=not problems, problems=tuple(problems), shared=tuple(shared)
    )


def _read(file: Path, settings: Settings) -> Question:
    source = read_text(file, settings)
    if not is_question_file(source.text):
        raise DocumentError(f"{file.name} is not in the corpus's form: it needs front matter, the question as `# `, and its answer.")
    return parse_question(source.text, bank=file.parent.name, id=file.stem, source=source.name)


def _problems(question: Question) -> list[str]:
    found = list(problems_of(question))
    if not _ID.fullmatch(question.id):
        found.insert(0, f"The id `{question.id}` is not made of small letters, digits and single hyphens.")
    return found


def _of_the_whole(
    questions: dict[str, Question], embedder: Callable[[], Embedder], unfound: Callable[[Question], Sequence[int]]
) -> dict[str, list[str]]:
    """For each file, what is to mend once all of them are known and the models have read them."""
    found = _repeated(questions, embedder)
    refs = {question.ref for question in questions.values()}
    spelled = spelled_otherwise(list(questions.values()))
    for name, question in questions.items():
        found[name] += [
            f"There is no question `{id}`, which it calls related." for id in question.related if f"{question.bank}/{id}" not in refs
        ]
        if words := spelled.get(question.ref):
            found[name].append(f"Spelled unlike the rest, British among American or the other way round: {', '.join(words)}.")
        found[name] += [f"The fast grader does not find key point {n}, which is essential, in the model answer." for n in unfound(question)]
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
