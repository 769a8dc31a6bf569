"""Figures on sets that people graded: what they rest on, what counts as one question, and what is left when cases fail."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal

import numpy as np
import pytest

from coach.domain import Grade, Question, Versions
from coach.errors import ModelError
from coach.settings import Settings
from coach.wiring import Coach
from eval.bench import About, Options, Outcome, Report
from eval.fitted import folds
from eval.graded_set import graded_set, recall_by_set
from eval.human import HumanAnswer, asked_in, graded_by
from eval.human_grading import SOURCES, HumanGrading
from eval.run import finish, result_of
from eval.tokens import Tokens
from eval.versions import source_version

QUEUE, STACK = "It hands out first what came first.", "It hands out first what came last."
ABOUT = About(command="coach eval grading", started="", seconds=0, commit=None, machine="", corpus="", subjects={})


class Unreachable:
    """A scorer that grades nothing."""

    slug, version = "unreachable", "1"
    versions = Versions(model=None, prompt=None, calibration=None, embedder=None)
    reads: Literal["answer", "score"] = "answer"

    def open(self) -> None: ...

    def counted(self, question: Question, answer: str) -> tuple[Grade, Tokens | None]:
        raise ModelError("The model cannot be reached. Start it.")


def row(number: int = 0, **change: object) -> HumanAnswer:
    known = {
        "dataset": "ours", "split": "train", "question_id": "q", "question": "What is a queue?", "reference": QUEUE,
        "answer": f"Answer {number}.", "score": number % 3, "max_score": 2, "label": ("none", "half", "full")[number % 3],
    }  # fmt: skip
    return HumanAnswer.model_validate(known | change)


def packed(values: np.ndarray) -> str:
    return base64.b64encode(values.astype("<f2").tobytes()).decode()


def outcome(id: str, number: int) -> Outcome:
    """As if the answer was graded and read; what was read says nothing of its score."""
    rng = np.random.default_rng(number)
    embedding = rng.normal(size=4)
    evidence = {
        "named": {"cosine": rng.random(), "words": 1.0},
        "states": packed(rng.normal(size=3)),
        "embedding": packed(embedding / np.linalg.norm(embedding)),
        "reference": packed(rng.normal(size=4)),
    }
    return Outcome(id=id, values={"score": 50 * (number % 3), "evidence": evidence, "tokens": None})


def failed(id: str) -> Outcome:
    return Outcome(id=id, error="The model cannot be reached.")


@pytest.fixture(scope="module")
def coach(tmp_path_factory: pytest.TempPathFactory) -> Coach:
    return Coach(Settings(home=tmp_path_factory.mktemp("home"), llm="none"))


@pytest.fixture
def bench(coach: Coach, tmp_path: Path) -> Callable[[Sequence[HumanAnswer]], HumanGrading]:
    def made(rows: Sequence[HumanAnswer]) -> HumanGrading:
        path = tmp_path / "set.jsonl"
        path.write_text("".join(row.model_dump_json() + "\n" for row in rows), encoding="utf-8")
        return HumanGrading(coach, Unreachable(), path)

    return made


Made = Callable[[Sequence[HumanAnswer]], HumanGrading]
SPLIT = [row(number, split="train" if number < 24 else "UA") for number in range(36)]


def test_figures_say_how_many_answers_they_rest_on_and_how_many_failed_by_split(bench: Made) -> None:
    grading = bench(SPLIT)
    cases = grading.cases()
    outcomes = [failed(case.id) if number in (0, 1, 30) else outcome(case.id, number) for number, case in enumerate(cases)]
    figures = grading.measure(cases, outcomes)
    assert figures["answers"][::3] == (33, 36)
    assert figures["answers_failed"].value == 3
    assert [figures[f"{split}.answers_failed"].value for split in ("train", "UA")] == [2, 1]
    assert figures["as_they_come.pearson"].n == 33
    assert figures["UA.rmse"].n == figures["UA.answers"].value == 11


def test_where_nothing_failed_nothing_is_said_of_it(bench: Made) -> None:
    grading = bench(SPLIT)
    figures = grading.measure(grading.cases(), [outcome(case.id, number) for number, case in enumerate(grading.cases())])
    assert figures["answers"].value == 36
    assert not [name for name in figures if "failed" in name]


def test_what_one_plain_measure_tells_of_the_labels_stands_beside_what_is_fitted(bench: Made) -> None:
    grading = bench([each.model_copy(update={"answer": "Well. " * (1 + 9 * (number % 3))}) for number, each in enumerate(SPLIT)])
    figures = grading.measure(grading.cases(), [outcome(case.id, number) for number, case in enumerate(grading.cases())])
    assert figures["UA.macro_f1_of_length"].value == 1  # here the longer answer has the better label
    assert figures["UA.macro_f1_of_cosine"].value < 0.7
    assert figures["UA.macro_f1_of_majority"].value < 0.4


def test_when_every_case_fails_the_report_has_the_failure_and_no_figure(bench: Made, tmp_path: Path) -> None:
    result = result_of("grading", bench(SPLIT), Options(out=tmp_path / "out"), ready=lambda: None)
    assert set(result.metrics) == {"errors"}
    (missed,) = finish(Report(about=ABOUT, results=(result,)), Options(out=tmp_path / "out"))
    assert "36 of 36 cases of grading failed" in missed.sentence
    assert "The model cannot be reached. Start it." in (tmp_path / "out" / "report.md").read_text(encoding="utf-8")


def test_when_all_of_train_failed_nothing_is_fitted_on_the_test_side_instead(bench: Made) -> None:
    rows = [row(number, split="train" if number < 6 else "UQ", question=f"Question {number % 3}?") for number in range(24)]
    grading = bench(rows)
    cases = grading.cases()
    figures = grading.measure(cases, [failed(case.id) if number < 6 else outcome(case.id, number) for number, case in enumerate(cases)])
    assert figures["train.answers"].value == 0
    assert "as_they_come.pearson" in figures
    assert not [name for name in figures if name.endswith(".rmse") and not name.startswith("as_they_come")]


def test_a_train_side_with_one_label_still_has_figures(bench: Made) -> None:
    rows = [row(number, split="train" if number < 12 else "UA", **({"label": "full"} if number < 12 else {})) for number in range(24)]
    grading = bench(rows)
    figures = grading.measure(grading.cases(), [outcome(case.id, number) for number, case in enumerate(grading.cases())])
    assert figures["UA.accuracy"].value == pytest.approx(1 / 3)


def read_of(rows: Sequence[HumanAnswer]) -> list[Outcome]:
    return [outcome(str(number), number) for number in range(len(rows))]


def test_one_text_under_two_ids_is_one_question_for_intervals_folds_and_what_was_seen(bench: Made) -> None:
    rows = [
        row(number, split=None, question_id=f"{number % 2}", question="Why?" if number < 10 else "What is a queue?") for number in range(20)
    ]
    answers = graded_set(rows, read_of(rows))
    assert len(set(answers.asked)) == len(set(answers.material.questions)) == 2
    assert {case.group for case in bench(rows).cases()} == set(answers.asked)
    for train, test in folds(answers.material):
        assert not {rows[i].question for i in train} & {rows[i].question for i in test}


def test_one_id_for_two_texts_is_two_questions() -> None:
    rows = [row(number, question_id="1", question=f"Question {number % 2}?") for number in range(8)]
    answers = graded_set(rows, read_of(rows))
    assert len(set(answers.asked)) == len(set(answers.material.questions)) == 2


def test_two_references_to_one_text_are_two_questions_seen_apart_but_never_split_by_a_fold() -> None:
    rows = [
        *(row(number, question="Why?", reference=(QUEUE, STACK)[number % 2]) for number in range(10)),
        *(row(number, question=f"Question {number}?") for number in range(10)),
    ]
    answers = graded_set(rows, read_of(rows))
    assert asked_in(rows[0]) == asked_in(rows[1])
    assert graded_by(rows[0]) != graded_by(rows[1])
    for _, test in folds(answers.material):
        assert len({i for i in test if i < 10}) in (0, 10)


def test_the_baseline_counts_its_frequencies_over_the_references_and_over_nothing_else() -> None:
    references = ("A queue is a list.", "A stack is a list.", "A tree is a graph.")
    rows = [row(0, reference=reference, answer=answer) for reference in references for answer in ("queue", "list")]
    recall = recall_by_set(rows)
    assert recall[0] > recall[1] > 0  # a word of one reference weighs more than a word of two
    others = [*rows, *(row(1, reference=references[0], answer="queue queue", score=2) for _ in range(20))]
    assert recall_by_set(others)[:6] == pytest.approx(recall)
    assert recall_by_set([row(0, reference="…")]).tolist() == [0.0]


def test_what_is_kept_depends_on_how_a_question_is_made_and_how_an_answer_is_read(bench: Made) -> None:
    assert bench(SPLIT).version == f"{Unreachable.version}-{source_version(*SOURCES)}"
    assert {"eval.reference", "eval.human", "coach.bank", "coach.models"} <= set(SOURCES)
