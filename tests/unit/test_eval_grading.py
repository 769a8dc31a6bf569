"""The grading benchmark without a model: what a case holds, and how labels come to it."""

from __future__ import annotations

from pathlib import Path

import pytest

from coach.domain import Grade, Question, Verdict, VerdictKind
from coach.errors import UsageError
from coach.settings import Settings
from coach.wiring import Coach
from eval.bench import GradedValues, Outcome
from eval.grading import Grading
from eval.subjects import Subject
from eval.tokens import Tokens


class AllCovered(Subject):
    """Says of every point that it is covered."""

    def open(self) -> None:
        """Nothing to open."""

    def grade(self, question: Question, answer: str) -> Grade:
        points = tuple(
            Verdict(id=p.id, text=p.text, essential=p.essential, verdict=VerdictKind.COVERED, quote=None, confidence=0.9, source=None)
            for p in question.key_points
        )
        return Grade(
            question_id=question.id, score=100, low=90, high=100, band="strong", grader="fast", points=points, versions=self.versions
        )  # fmt: skip


class Asking(AllCovered):
    """Asks a model for it that counts its tokens."""

    def counted(self, question: Question, answer: str) -> tuple[Grade, Tokens | None]:
        return self.grade(question, answer), Tokens(read=len(answer), written=40)


@pytest.fixture(scope="module")
def coach(tmp_path_factory: pytest.TempPathFactory) -> Coach:
    coach = Coach(Settings(home=tmp_path_factory.mktemp("home"), llm="none"))
    coach.import_bundled()
    return coach


def test_labels_are_no_part_of_a_case_and_join_its_outcome(coach: Coach) -> None:
    bench = Grading(coach, AllCovered(coach, "fast"), answers="deep-learning-test")
    case = bench.cases()[0]
    assert set(case.content) == {"question", "answer"}
    outcome = bench.labelled(case, bench.run(case))
    values = GradedValues.model_validate(outcome.values)
    assert values.kind == "full"
    assert values.label is not None
    assert f"label is {values.label:g}" in outcome.reason
    assert [point.verdict for point in values.points] == ["covered"] * len(values.points)
    assert all(point.label for point in values.points)


def test_drawn_points_have_no_labels_and_the_benchmark_another_name(coach: Coach) -> None:
    bench = Grading(coach, AllCovered(coach, "fast"), "drawn", answers="deep-learning-test")
    case = bench.cases()[0]
    outcome = bench.labelled(case, bench.run(case))
    assert bench.name == "grading-fast-drawn"
    assert {point.label for point in GradedValues.model_validate(outcome.values).points} == {None}
    assert "point_accuracy" not in bench.measure([case], [outcome])


def test_an_answer_that_could_not_be_graded_counts_as_0(coach: Coach) -> None:
    bench = Grading(coach, AllCovered(coach, "fast"), answers="deep-learning-test")
    case = next(case for case in bench.cases() if case.id.endswith("-01"))
    figures = bench.measure([case], [Outcome(id=case.id, error="The model is away.")])
    assert figures["ungraded"].value == 1
    assert figures["rmse"].value > 5


def test_tokens_are_kept_with_each_answer_and_their_mean_is_reported_where_a_model_was_asked(coach: Coach) -> None:
    asking, fast = (
        Grading(coach, subject, answers="deep-learning-test")
        for subject in (Asking(coach, "openai:gpt-4o-mini"), AllCovered(coach, "fast"))
    )
    cases = asking.cases()[:3]
    outcomes = [asking.labelled(case, asking.run(case)) for case in cases]
    assert [outcome.values["tokens"] for outcome in outcomes] == [
        {"read": len(str(case.content["answer"])), "written": 40} for case in cases
    ]
    assert asking.measure(cases, outcomes)["tokens_out"].value == 40
    assert "tokens_out" not in fast.measure(cases, [fast.labelled(case, fast.run(case)) for case in cases])


def test_p_yes_is_no_grader_of_our_own_answers(coach: Coach) -> None:
    with pytest.raises(UsageError, match="p_yes only for answers that people graded"):
        Subject(coach, "p_yes")


def test_a_grader_is_known_by_its_versions_before_it_is_opened(coach: Coach) -> None:
    fast, remote = Subject(coach, "fast"), Subject(coach, "openai:gpt-4o-mini")
    assert (fast.versions.model, fast.versions.prompt) == (None, None)
    assert fast.versions.calibration
    assert fast.versions.embedder
    assert remote.versions.model == "openai:gpt-4o-mini"
    assert remote.versions.prompt
    assert remote.slug == "openai-gpt-4o-mini"
    assert fast.version != remote.version
    assert not coach.settings.weights_dir.exists()


@pytest.mark.parametrize("name", ["nonsense", "", "local:qwen", "gguf:model.gguf"])
def test_what_is_no_grader_of_its_own_is_wrong_usage(coach: Coach, name: str) -> None:
    with pytest.raises(UsageError):
        Subject(coach, name)


def test_another_library_is_another_version(coach: Coach, tmp_path: Path) -> None:
    empty = Coach(Settings(home=tmp_path, llm="none"))
    assert Subject(empty, "fast").version != Subject(coach, "fast").version
    empty.close()
