"""The P(yes) baseline without a model: odds to a score, and models that go by that score alone."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Literal

import numpy as np
import pytest

from coach.domain import Grade, KeyPoint, Question, VerdictKind, Versions
from coach.errors import ModelError
from coach.settings import Settings
from coach.wiring import Coach
from eval.bench import Case, Outcome
from eval.human_grading import HumanGrading
from eval.material import Material
from eval.p_yes import PYes, graded, p_yes_of
from eval.score_alone import scores_by_score, shares_by_score
from eval.tokens import Tokens

NOTHING = Versions(model=None, prompt=None, calibration=None, embedder=None)


def said(**shares: float) -> dict[str, object]:
    """A server's reply whose first token is each of these so probably."""
    tokens = [{"token": token, "logprob": math.log(share)} for token, share in shares.items()]
    return {"choices": [{"logprobs": {"content": [{"top_logprobs": tokens}]}}]}


def test_p_yes_is_the_share_of_yes_whatever_the_case_and_whatever_else_was_likely() -> None:
    assert p_yes_of(said(Yes=0.3, yes=0.1, No=0.1, The=0.5)) == pytest.approx(0.8)
    assert p_yes_of(said(No=0.9)) == 0


@pytest.mark.parametrize("reply", [said(The=1.0), {"choices": [{"logprobs": None}]}, {}])
def test_a_reply_that_says_neither_is_an_error_and_no_score(reply: dict[str, object]) -> None:
    with pytest.raises(ModelError):
        p_yes_of(reply)


def test_the_score_is_the_mean_by_weight_and_an_essential_point_weighs_double() -> None:
    points = (KeyPoint.of("Units are dropped.", essential=True), KeyPoint.of("It is slow."))
    question = Question(id="q", bank="", text="What is dropout?", answer="…", key_points=points)
    grade = graded(question, [0.9, 0.3], NOTHING)
    assert grade.score == 70
    assert [(point.verdict, point.confidence) for point in grade.points] == [(VerdictKind.COVERED, 0.9), (VerdictKind.MISSING, 0.7)]


@pytest.fixture(scope="module")
def coach(tmp_path_factory: pytest.TempPathFactory) -> Coach:
    return Coach(Settings(home=tmp_path_factory.mktemp("home"), llm="none"))


def test_the_baseline_is_known_by_its_model_and_prompt_before_anything_is_fetched(coach: Coach) -> None:
    baseline = PYes(coach)
    assert "qwen" in (baseline.versions.model or "")
    assert baseline.versions.prompt
    assert baseline.versions.prompt in baseline.version
    assert not coach.settings.weights_dir.exists()


class Known:
    """A scorer whose grades are never asked for: a test brings the outcomes."""

    slug, version, versions = "known", "1", NOTHING

    def __init__(self, reads: Literal["answer", "score"]) -> None:
        self.reads: Literal["answer", "score"] = reads

    def open(self) -> None: ...

    def counted(self, question: Question, answer: str) -> tuple[Grade, Tokens | None]:
        raise AssertionError("not asked for")


SPLITS = {"train": 60, "UQ": 20, "UA": 10}
LABELS = ("none", "half", "full")


def mark(number: int) -> int:
    """Out of 2: each mark in turn, also among every sixth."""
    return (number + number // 6) % 3


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A set whose people gave none of the marks, half of them or all in turn."""
    rows = [
        {
            "dataset": "ours", "split": split, "question_id": "q",
            "question": "What is a queue?", "reference": "It hands out first what came first.", "answer": f"Answer {split} {number}.",
            "score": mark(number), "max_score": 2, "label": LABELS[mark(number)],
        }
        for split, count in SPLITS.items() for number in range(count)
    ]  # fmt: skip
    path = tmp_path_factory.mktemp("data") / "set.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def split_of(case: Case) -> str:
    return str(case.content["answer"]).split()[1]


def test_by_its_score_alone_every_sixth_of_train_is_graded_and_all_of_the_rest(coach: Coach, answers: Path) -> None:
    splits = [split_of(case) for case in HumanGrading(coach, Known("score"), answers).cases()]
    assert {split: splits.count(split) for split in SPLITS} == {"train": 10, "UQ": 20, "UA": 10}
    assert len(HumanGrading(coach, Known("answer"), answers).cases()) == sum(SPLITS.values())


def test_a_model_of_the_score_alone_learns_what_a_score_is_worth(coach: Coach, answers: Path) -> None:
    bench = HumanGrading(coach, Known("score"), answers)
    worth = (10, 15, 35)
    outcomes = []
    for case in bench.cases():
        number = int(str(case.content["answer"]).split()[2].rstrip("."))
        outcomes.append(Outcome(id=case.id, values={"score": worth[mark(number)], "evidence": {}}))
    figures = bench.measure(bench.cases(), outcomes)
    assert figures["as_they_come.rmse"].value > 0.6
    for split in ("UQ", "UA"):
        assert figures[f"{split}.rmse"].value == pytest.approx(0, abs=1e-6)
        assert figures[f"{split}.macro_f1"].value == 1
        assert figures[f"{split}.rmse_of_length"].value > 0.5
    assert "UQ.rmse_of_cosine" not in figures


def test_marks_of_the_test_side_have_no_part_in_what_is_predicted_and_nothing_else_that_is_read() -> None:
    rng = np.random.default_rng(0)
    own, train, test = rng.random(90), np.arange(60), np.arange(60, 90)
    people = np.round(2 * own) / 2
    questions, states = np.repeat("q", 90), np.zeros((90, 0))
    alone, beside = (
        Material(named, states, states, states, questions, questions) for named in (own[:, None], np.column_stack([rng.random(90), own]))
    )
    turned = people.copy()
    turned[test] = 1 - turned[test]
    predicted = scores_by_score(alone, people, train, test)
    assert predicted == pytest.approx(scores_by_score(beside, turned, train, test))
    assert np.corrcoef(predicted, people[test])[0, 1] > 0.9
    labels = (2 * people).astype(np.int64)
    shares = shares_by_score(alone, labels, train, test, 4)
    assert (shares.argmax(axis=1) == labels[test]).mean() > 0.85
    assert shares[:, 3].max() == 0
    assert shares.sum(axis=1) == pytest.approx(np.ones(30))
