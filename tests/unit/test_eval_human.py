"""Sets of answers that people graded: read as they come, refused with the line that is off."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from coach.errors import DocumentError
from eval.human import human_answers, question_for
from eval.sampling import spread

ROW = {
    "dataset": "ours",
    "split": "train",
    "question_id": "q1",
    "question": "What is a queue?",
    "reference": "A queue hands out its elements in the order in which they came in.",
    "answer": "First come, first served.",
    "score": 2.0,
    "max_score": 4.0,
    "label": None,
}


def written(folder: Path, *rows: object) -> Path:
    path = folder / "set.jsonl"
    path.write_text("".join((json.dumps(row) if row else "") + "\n" for row in rows), encoding="utf-8")
    return path


def test_an_answer_has_its_share_of_the_score_and_what_else_the_line_has_is_left_alone(tmp_path: Path) -> None:
    (answer,) = human_answers(written(tmp_path, ROW | {"grader_1": 3}))
    assert answer.share == 0.5


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"score": 5.0}, "score 5 is not between 0 and 4"),
        ({"score": "much"}, "score"),
        ({"reference": " "}, "no question, or no reference"),
        ({"max_score": 0.0, "score": 0.0}, "is not between"),
    ],
)
def test_a_line_that_is_off_is_named_by_its_number_in_the_file(tmp_path: Path, change: dict[str, object], said: str) -> None:
    with pytest.raises(DocumentError, match=f"line 3: .*{said}"):
        human_answers(written(tmp_path, ROW, "", ROW | change))


def test_a_field_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match=r"set\.jsonl, line 1: question_id: Field required"):
        human_answers(written(tmp_path, {name: value for name, value in ROW.items() if name != "question_id"}))


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="holds no answers"):
        human_answers(written(tmp_path))


def test_a_question_is_graded_by_points_drawn_from_its_reference(tmp_path: Path) -> None:
    (answer,) = human_answers(written(tmp_path, ROW))
    question = question_for(answer)
    assert question.key_points
    assert question.bank == ""


def test_a_spread_takes_one_of_each_before_a_second_of_any() -> None:
    groups = ["a", "a", "a", "b", "c", "c"]
    chosen = spread(list(range(6)), groups, 4)
    assert {groups[item] for item in chosen[:3]} == {"a", "b", "c"}
    assert len(set(chosen)) == 4
