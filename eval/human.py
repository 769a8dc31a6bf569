"""Answers that people graded, as a file brings them: public sets, or a company's own.

JSON Lines, an answer a line: `{"dataset", "split", "question_id", "question", "reference", "answer", "score", "max_score", "label"}`.
`split` and `label` may be null. What else a line has is left alone.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from coach.bank.kinds import kind_of
from coach.bank.rubric import draw_key_points
from coach.domain import KeyPoint, Question
from coach.errors import DocumentError
from eval.cases import rows


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
    for number, row in enumerate(rows(path), 1):
        try:
            answer = HumanAnswer.model_validate(row)
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"])
            raise DocumentError(f"{path}, answer {number}: {where or 'the line'}: {first['msg']}.") from error
        if not 0 <= answer.score <= answer.max_score or answer.max_score == 0:
            raise DocumentError(f"{path}, answer {number}: the score {answer.score:g} is not between 0 and {answer.max_score:g}.")
        if not answer.reference.strip() or not answer.question.strip():
            raise DocumentError(f"{path}, answer {number}: there is no question, or no reference to grade by.")
        found.append(answer)
    if not found:
        raise DocumentError(f"{path} holds no answers.")
    return found


def question_for(row: HumanAnswer) -> Question:
    """The question of an answer, as the coach makes it of a reference: key points drawn from it, else the reference as the only one."""
    return _question(row.dataset, row.question_id, row.question, row.reference)


@lru_cache(maxsize=4096)
def _question(dataset: str, id: str, text: str, reference: str) -> Question:
    points = draw_key_points(text, reference) or (KeyPoint.of(reference, essential=True),)
    return Question(id=id, bank="", text=text, answer=reference, kind=kind_of(text), key_points=points, source=dataset)
