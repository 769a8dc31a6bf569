"""Answers that people graded, as a file brings them: public sets, or a company's own.

JSON Lines, an answer a line: `{"dataset", "split", "question_id", "question", "reference", "answer", "score", "max_score", "label"}`.
`split` and `label` may be null. What else a line has is left alone.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from coach.bank.kinds import kind_of
from coach.bank.rubric import draw_key_points
from coach.domain import KeyPoint, Question, content_id
from coach.errors import DocumentError
from eval.cases import numbered_rows, row_as


class HumanAnswer(BaseModel):
    """An answer with the score, 0 to `max_score`, that people gave it."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    dataset: str
    split: str | None = None
    question_id: str
    question: str
    reference: str
    answer: str
    score: float
    max_score: float
    label: str | None = None

    @property
    def share(self) -> float:
        """The score as a share of the most that there is."""
        return self.score / self.max_score


def human_answers(path: Path) -> list[HumanAnswer]:
    """The answers of a file. Raises DocumentError naming the line that is off, or when there is none."""
    found = []
    for line, row in numbered_rows(path):
        answer = row_as(HumanAnswer, row, path, line)
        if not 0 <= answer.score <= answer.max_score or answer.max_score == 0:
            raise DocumentError(f"{path}, line {line}: the score {answer.score:g} is not between 0 and {answer.max_score:g}.")
        if not answer.reference.strip() or not answer.question.strip():
            raise DocumentError(f"{path}, line {line}: there is no question, or no reference to grade by.")
        found.append(answer)
    if not found:
        raise DocumentError(f"{path} holds no answers.")
    return found


def asked_in(row: HumanAnswer) -> str:
    """What is asked, by its text, whatever its id: some sets ask the same twice under two ids, others number each paper from 1.

    Intervals are drawn by it, and no fold splits what is asked in the same words, even where two references answer it.
    """
    return content_id(row.question)


def graded_by(row: HumanAnswer) -> str:
    """The question that an answer is to: its text and its reference, whatever its id.

    Finer than `asked_in`, for whether a question was seen in training: a text such as "Why is that?" asks as many things as
    there are references to it.
    """
    return content_id(row.question, row.reference)


def question_for(row: HumanAnswer) -> Question:
    """The question of an answer, as the coach makes it of a reference: key points drawn from it, else the reference as the only one."""
    return _question(row.dataset, row.question_id, row.question, row.reference)


@lru_cache(maxsize=4096)
def _question(dataset: str, id: str, text: str, reference: str) -> Question:
    points = draw_key_points(text, reference) or (KeyPoint.of(reference, essential=True),)
    return Question(id=id, bank="", text=text, answer=reference, kind=kind_of(text), key_points=points, source=dataset)
