"""A file to a document: its questions with key points, the passages to search, and what was left out."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Container
from pathlib import Path

from coach.bank.article import ArticleParts, FoundQuestion, find_questions
from coach.bank.kinds import kind_of
from coach.bank.markdown import is_question_file, parse_question
from coach.bank.passages import passages_of
from coach.bank.readers import SourceText, read_text
from coach.bank.rubric import draw_key_points
from coach.bank.statements import common_words
from coach.bank.topics import topic_of
from coach.domain import Document, Question, normalise
from coach.errors import DocumentError
from coach.settings import Settings

ID_LENGTH = 60  # characters of a question's id
SHOWN = 120  # characters of a piece that was left out


def load_document(
    path: Path,
    bank: str,
    settings: Settings,
    *,
    name: str = "",
    previous: Document | None = None,
    taken: Container[str] = (),
    checkpoint: Callable[[int, int], None] | None = None,
) -> Document:
    """Read a document: one question in our own form, or an article's questions.

    `previous` is the same document as it was read before: its questions keep their ids, and those whose answer is unchanged stay
    as they are. `taken` are ids that other documents of the
    bank use. `checkpoint(done, total)` is called between questions, and may raise to stop.
    Raises DocumentError when the file cannot be read or holds nothing to ask.
    """
    return document_of(read_text(path, settings, name=name), bank, previous=previous, taken=taken, checkpoint=checkpoint)


def document_of(
    source: SourceText,
    bank: str,
    *,
    previous: Document | None = None,
    taken: Container[str] = (),
    checkpoint: Callable[[int, int], None] | None = None,
) -> Document:
    """The document that a text holds; see load_document."""
    left_out: tuple[str, ...] = ()
    if source.kind == "markdown" and is_question_file(source.text):
        questions: tuple[Question, ...] = (_own_form(source, bank, taken),)
    else:
        parts = find_questions(source.text)
        if not parts.questions:
            raise DocumentError(_nothing_found(source.name, parts))
        questions = _questions(source, bank, parts, previous, taken, checkpoint)
        left_out = tuple(f"{left.reason}: {_shown(left.text)}" for left in parts.left_out)
    return Document(
        name=source.name,
        bank=bank,
        sha256=source.sha256,
        questions=questions,
        passages=tuple({passage.id: passage for question in questions for passage in passages_of(question)}.values()),
        left_out=left_out,
        warnings=source.warnings,
    )


def slug(text: str, length: int = ID_LENGTH) -> str:
    """A text as an id: small letters, digits and hyphens, cut at a word, at most `length` characters."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode("ascii").casefold()
    whole = re.sub(r"[^a-z0-9]+", "-", re.sub(r"['’]", "", plain)).strip("-")
    if len(whole) > length:
        whole = whole[: length + 1].rpartition("-")[0] or whole[:length]
    return whole or "question"


def _own_form(source: SourceText, bank: str, taken: Container[str]) -> Question:
    id = slug(Path(source.name).stem, 100)
    question = parse_question(source.text, bank=bank, id=id, source=source.name)
    if question.id in taken:
        raise DocumentError(
            f"{source.name}: the bank {bank} has a question `{question.id}` already. Rename the file, or remove the other document."
        )
    if not question.key_points:
        points = draw_key_points(question.text, question.answer, kind=question.kind)
        question = question.model_copy(update={"key_points": points})
    return question


def _questions(
    source: SourceText,
    bank: str,
    parts: ArticleParts,
    previous: Document | None,
    taken: Container[str],
    checkpoint: Callable[[int, int], None] | None,
) -> tuple[Question, ...]:
    before = {normalise(question.text): question for question in previous.questions} if previous else {}
    known = {text: question.id for text, question in before.items()}
    common = common_words(question.answer for question in parts.questions)
    ids = _ids(parts.questions, known, taken)
    made: list[Question] = []
    for number, (found, id) in enumerate(zip(parts.questions, ids, strict=True)):
        if checkpoint:
            checkpoint(number, len(parts.questions))
        same = before.get(normalise(found.text))
        if same and (same.text, same.answer) == (found.text, found.answer):
            made.append(same)  # with its key points, which may have been edited
            continue
        made.append(
            Question(
                id=id,
                bank=bank,
                text=found.text,
                answer=found.answer,
                topic=topic_of(found.text, found.answer, common=common.frequent, fallback=bank),
                kind=kind_of(found.text),
                key_points=draw_key_points(found.text, found.answer, common=common),
                source=source.name,
            )
        )
    return tuple(made)


def _ids(questions: tuple[FoundQuestion, ...], known: dict[str, str], taken: Container[str]) -> list[str]:
    """An id for each question: the one it had, else one that its text gives and that nobody else has."""
    used = {id for text, id in known.items() if any(normalise(question.text) == text for question in questions)}
    ids: list[str] = []
    for question in questions:
        id = known.get(normalise(question.text))
        if id is None:
            id = _free(slug(question.text), used, taken)
            used.add(id)
        ids.append(id)
    return ids


def _free(wanted: str, used: Container[str], taken: Container[str]) -> str:
    number, id = 1, wanted
    while id in used or id in taken:
        number += 1
        id = f"{wanted[: ID_LENGTH - len(str(number)) - 1].rstrip('-')}-{number}"
    return id


def _nothing_found(name: str, parts: ArticleParts) -> str:
    unanswered = sum(left.reason == "a question without an answer" for left in parts.left_out)
    if unanswered:
        return f"{name}: {unanswered} questions were found, and none has an answer below it. Add the answers and try again."
    return f"{name}: no questions with answers were found. Put each question on a line or heading of its own, with its answer below."


def _shown(text: str) -> str:
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 1].rstrip()}…"
