"""Robustness and reproducibility without a model: what the figures rest on, what counts as moved, and what is left when cases fail."""

from __future__ import annotations

import json
import math
import subprocess
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from interviews import COVERED, FIRST, MISSING, SECOND, THIRD, grade, question
from pydantic import SecretStr

from coach.domain import Grade, Question
from coach.errors import CoachError
from coach.models.remembered import Remembered
from coach.settings import Settings
from eval import reproducibility, robustness
from eval.bench import About, Benchmark, Case, Options, Outcome, Report
from eval.metrics import Metric
from eval.reproducibility import Compared, KeptGrade, Reproducibility
from eval.robustness import FAIR, FAKES, Good, Robustness
from eval.run import finish, result_of
from eval.subjects import Subject

ABOUT = About(command="coach eval", started="2026-01-01T00:00:00+00:00", seconds=1, commit=None, machine="", corpus="", subjects={})
AWAY = "The model cannot be reached."
GOOD = "Units are switched off at random in training. Later they are all back."


def scored(id: str, **scores: float) -> Outcome:
    return Outcome(id=id, values={form: scores.get(form, 80.0 if form in FAIR else 0.0) for form in (*FAKES, *FAIR)} | {"unchanged": 80.0})


def cases(source: str, *ids: str) -> list[Case]:
    return [Case(id=id, group=f"{source}/{id}", content={"source": source}) for id in ids]


def subject(coach: Any = None) -> Subject:
    library = SimpleNamespace(documents=lambda: [])
    return Subject(coach or SimpleNamespace(settings=Settings(llm="none"), store=library), "fast")


def measured(bench: Benchmark, cases: Sequence[Case], outcomes: Sequence[Outcome]) -> dict[str, Metric]:
    return bench.measure(cases, outcomes)


def robust() -> Robustness:
    return Robustness(SimpleNamespace(), subject())  # type: ignore[arg-type]


def reproducible(coach: Any = None) -> Reproducibility:
    return Reproducibility(coach, subject(coach))


def test_figures_are_of_what_was_graded_and_say_how_many_failed() -> None:
    own = cases("ours", "a", "b", "c")
    figures = measured(robust(), own, [scored("a", keyword_bag=60, keyword_bag_with_commas=20), scored("b"), Outcome(id="c", error=AWAY)])
    assert (figures["ours.answers"].value, figures["ours.answers_failed"].value) == (2, 1)
    assert figures["ours.score"] == figures["ours.score"]._replace(value=80, n=2)
    assert figures["ours.keyword_bag.kept"].value == pytest.approx(0.375)
    assert figures["ours.keyword_bag.kept_over_half"].value == 0.5
    assert figures["ours.keyword_bag_with_commas.kept_over_half"].value == 0
    assert figures["ours.repeated.moved_over_5"].value == 0


def test_where_nothing_failed_nothing_is_said_of_it() -> None:
    figures = measured(robust(), cases("ours", "a"), [scored("a")])
    assert not [name for name in figures if "failed" in name]
    assert not [name for name, metric in figures.items() if math.isnan(metric.value)]


def test_a_source_that_failed_whole_has_no_figure_and_another_has_its_own() -> None:
    both = [*cases("ours", "a"), *cases("mohler", "b")]
    figures = measured(robust(), both, [Outcome(id="a", error=AWAY), scored("b")])
    assert {name.partition(".")[0] for name in figures} == {"mohler"}


class Failing(Benchmark):
    """Tries what another measures, and fails."""

    name, version = "failing", "1"

    def __init__(self, other: Benchmark) -> None:
        self.other = other

    def cases(self) -> Sequence[Case]:
        return cases("ours", "a", "b")

    def run(self, case: Case) -> Outcome:
        raise CoachError(AWAY)

    def measure(self, cases: Sequence[Case], outcomes: Sequence[Outcome]) -> dict[str, Metric]:
        return self.other.measure(cases, outcomes)


@pytest.mark.parametrize("other", [robust, reproducible])
def test_where_every_case_failed_the_report_has_the_failure_and_no_figure(other: Any, tmp_path: Path) -> None:
    coach = SimpleNamespace(settings=Settings(llm="none"), store=SimpleNamespace(documents=lambda: []))
    bench = Failing(robust() if other is robust else reproducible(coach))
    result = result_of("failing", bench, Options(out=tmp_path), ready=lambda: None)
    (missed,) = finish(Report(about=ABOUT, results=(result,)), Options(out=tmp_path))
    assert set(result.metrics) == {"errors"}
    assert "2 of 2 cases of failing failed" in missed.sentence
    assert AWAY in missed.sentence


def test_the_forms_of_an_answer_are_the_same_each_time_and_all_there() -> None:
    good = Good("one", "ours", question(), GOOD, "Something else.")
    forms = robustness._forms(good)
    assert forms == robustness._forms(good)
    assert set(forms) == {"unchanged", *FAKES, *FAIR}
    assert len({forms[form] for form in FAIR} | {GOOD}) == len(FAIR) + 1
    assert forms["keyword_bag_with_commas"].split(", ") == forms["keyword_bag"].split()


# Reproducibility


def kept(**changes: object) -> KeptGrade:
    return KeptGrade.of(
        grade({FIRST.id: COVERED, SECOND.id: MISSING, THIRD.id: COVERED}, unsure=frozenset({FIRST.id})).model_copy(update=changes)
    )


def test_a_grade_is_the_same_as_itself_and_the_largest_change_of_a_probability_is_told() -> None:
    assert Compared.of(kept(), kept()) == Compared(score=True, verdicts=True, quotes=True, largest_change=0.0)
    first, *rest = kept().points
    moved = kept().model_copy(update={"points": (first.model_copy(update={"probabilities": {}}), *rest)})
    changes = [Compared.of(one, other).largest_change for one, other in ((kept(), moved), (moved, kept()))]
    assert changes == [max(first.probabilities.values(), default=0.0)] * 2


def test_a_grade_without_a_look_at_the_points_is_another_one() -> None:
    assert Compared.of(kept(), kept(points=(), score=None)) == Compared(score=False, verdicts=False, quotes=False, largest_change=1.0)


class Remembering:
    """A model whose reading grows with what it was asked before, unless it forgets."""

    def __init__(self) -> None:
        self.known: Remembered[str] = Remembered(10)
        self.made = 0

    def read(self, text: str) -> str:
        return self.known.of([text], self._make)[0]

    def forget(self) -> None:
        self.known.forget()

    def _make(self, texts: list[str]) -> list[str]:
        self.made += 1
        return texts


class Encoding:
    """A coach whose fast grader reads with two models that remember."""

    def __init__(self) -> None:
        self.settings = Settings(llm="none", dense_weight=0.5, llm_api_key=SecretStr("k"))
        self.store = SimpleNamespace(documents=lambda: [])
        self.encoders = SimpleNamespace(embedder=Remembering(), tokens=Remembering())
        self.fast = SimpleNamespace(grade=self._grade)

    def grade(self, question: Question, answer: str, grader: Any) -> Grade:
        return self._grade(question, answer)

    def _grade(self, question: Question, answer: str, hits: object = ()) -> Grade:
        for model in (self.encoders.embedder, self.encoders.tokens):
            model.read(answer)
        return grade({point.id: COVERED for point in question.key_points}, of=question)


def test_every_grade_is_read_anew_and_the_fresh_process_has_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    coach, seen = Encoding(), {}

    def run(command: list[str], **options: Any) -> subprocess.CompletedProcess[str]:
        seen.update(command=command, env=options["env"])
        printed = json.dumps(coach._grade(question(), GOOD).model_dump(mode="json"))
        return subprocess.CompletedProcess(command, 0, printed, "")

    monkeypatch.setattr(reproducibility.subprocess, "run", run)
    case = Case(id="one", group="q", content={"question": question().model_dump(mode="json"), "answer": GOOD})
    outcome = reproducible(coach).run(case)
    assert outcome.reason == "The same each time."
    assert coach.encoders.embedder.made == coach.encoders.tokens.made == 3
    assert seen["command"][-1] == "fast"
    assert {"COACH_LLM": "none", "COACH_DENSE_WEIGHT": "0.5", "COACH_LLM_API_KEY": "k"}.items() <= seen["env"].items()


def test_a_model_behind_an_address_is_asked_as_the_full_grader_in_the_fresh_process(monkeypatch: pytest.MonkeyPatch) -> None:
    coach, seen = Encoding(), {}

    def run(command: list[str], **options: Any) -> subprocess.CompletedProcess[str]:
        seen.update(command=command, env=options["env"])
        return subprocess.CompletedProcess(command, 1, "", "Loading.\nThe model is away.\n")

    monkeypatch.setattr(reproducibility.subprocess, "run", run)
    bench = Reproducibility(coach, Subject(coach, "openai:gpt-4o-mini"))  # type: ignore[arg-type]
    with pytest.raises(CoachError, match="fresh process failed: The model is away"):
        bench._in_a_fresh_process(question(), GOOD)
    assert seen["command"][-1] == "full"
    assert seen["env"]["COACH_LLM"] == "openai:gpt-4o-mini"
