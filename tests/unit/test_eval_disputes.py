"""Disputed answers graded anew: whether today's grader agrees with the candidate, and by what kind of dispute."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace

import pytest
from interviews import CONTRADICTED, COVERED, FIRST, MISSING, PARTIAL, SECOND, THIRD, ScriptedGrader, question

from coach.domain import Grade, Question, VerdictKind
from coach.errors import BankError, DocumentError, UsageError
from coach.settings import Settings
from coach.wiring import Coach
from eval.bench import Case, Options, Outcome
from eval.disputes import benchmarks, disputed_answers


def exported(id: str, answer: str, said: Mapping[str, VerdictKind], meant: Mapping[str, VerdictKind]) -> dict[str, object]:
    points = [
        {"id": point.id, "text": point.text, "verdict": meant.get(point.id, said[point.id]), "span": None}
        for point in question().key_points
    ]
    return {
        "id": id, "bank": "ml", "question_id": "dropout", "split": None, "kind": "disputed", "answer": answer, "points": points,
        "wrong_claims": [], "score": 5, "note": "I said it.", "labelled_by": "candidate", "disputed": {id: said[id] for id in meant},
        "reasons": {id: "I said it." for id in meant},
    }  # fmt: skip


SAID = {FIRST.id: MISSING, SECOND.id: PARTIAL, THIRD.id: COVERED}
ROWS = [
    exported("one", "first half-second third", SAID, {FIRST.id: COVERED, SECOND.id: COVERED}),
    exported("two", "not-first second third", SAID, {FIRST.id: COVERED}),
]


class Graders:
    """A coach that grades by script and knows one question."""

    settings = Settings(llm="none")
    store = SimpleNamespace(question=lambda bank, id: question(id) if id == "dropout" else None, documents=lambda: [])
    fast = ScriptedGrader(name="fast")

    def grade(self, question: Question, answer: str, grader: ScriptedGrader) -> Grade:
        return grader.grade(question, answer, [])


def write(path: Path, rows: list[dict[str, object]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def benches(*paths: Path, graders: tuple[str, ...] = ("fast",)) -> list:
    coach: Coach = Graders()  # type: ignore[assignment]
    return list(benchmarks(coach, Options(data=paths, graders=graders)))


def test_the_shares_are_of_disputed_verdicts_and_told_by_kind(tmp_path: Path) -> None:
    (bench,) = benches(write(tmp_path / "d.jsonl", ROWS))
    bench.prepare()
    cases = bench.cases()
    figures = bench.measure(cases, [bench.run(case) for case in cases])
    assert bench.name == "disputes-fast"
    assert {name: (round(metric.value, 2), metric.n) for name, metric in figures.items()} == {
        "agrees_with_candidate": (0.33, 3),
        "unchanged": (0.33, 3),
        "missing_to_covered.agrees_with_candidate": (0.5, 2),
        "missing_to_covered.unchanged": (0.0, 2),
        "partial_to_covered.agrees_with_candidate": (0.0, 1),
        "partial_to_covered.unchanged": (1.0, 1),
    }


def test_a_case_tells_what_was_said_what_is_meant_and_what_is_said_now(tmp_path: Path) -> None:
    (bench,) = benches(write(tmp_path / "d.jsonl", ROWS[1:]))
    outcome = bench.run(bench.cases()[0])
    assert outcome.reason == f"“{FIRST.text}” was missing; the candidate says covered (I said it.); now it is contradicted."
    assert outcome.values["points"] == [
        {"text": FIRST.text, "before": MISSING, "candidate": COVERED, "why": "I said it.", "now": CONTRADICTED}
    ]


def test_a_long_reason_is_cut_and_a_file_from_before_reasons_had_points_still_tells_its_note(tmp_path: Path) -> None:
    long = ROWS[1] | {"reasons": {FIRST.id: "word " * 500}}
    old = {name: value for name, value in ROWS[1].items() if name != "reasons"}
    (bench,) = benches(write(tmp_path / "long.jsonl", [long]))
    assert len(bench.run(bench.cases()[0]).reason) < 500
    (bench,) = benches(write(tmp_path / "old.jsonl", [old]))
    assert bench.run(bench.cases()[0]).reason.endswith("now it is contradicted. The candidate: I said it.")


def test_a_case_is_kept_under_the_grader_that_graded_it(tmp_path: Path) -> None:
    fast, remote = benches(write(tmp_path / "d.jsonl", ROWS), graders=("fast", "openai:gpt-4o-mini"))
    assert (fast.name, remote.name) == ("disputes-fast", "disputes-openai-gpt-4o-mini")
    assert fast.version != remote.version
    assert remote.versions["model"] == "openai:gpt-4o-mini"


def test_a_case_that_failed_counts_as_unchanged(tmp_path: Path) -> None:
    (bench,) = benches(write(tmp_path / "d.jsonl", ROWS[:1]))
    figures = bench.measure(bench.cases(), [Outcome(id="one", error="The question is gone.")])
    assert (figures["agrees_with_candidate"].value, figures["unchanged"].value, figures["unchanged"].n) == (0.0, 1.0, 2)


def test_a_question_that_is_gone_is_said(tmp_path: Path) -> None:
    (bench,) = benches(write(tmp_path / "d.jsonl", [ROWS[0] | {"question_id": "gone"}]))
    case: Case = bench.cases()[0]
    with pytest.raises(BankError, match="not in the library"):
        bench.run(case)


def test_lines_of_other_forms_are_left_alone_and_a_broken_dispute_is_named(tmp_path: Path) -> None:
    assert len(disputed_answers(write(tmp_path / "mixed.jsonl", [{"dataset": "x", "score": 1}, *ROWS]))) == 2
    with pytest.raises(DocumentError, match="one"):
        disputed_answers(write(tmp_path / "broken.jsonl", [ROWS[0] | {"points": "none"}]))


@pytest.mark.parametrize(("rows", "graders", "told"), [([], ("fast",), "coach disputes --out"), (ROWS, ("nonsense",), "fast, full")])
def test_what_cannot_be_measured_is_refused_with_what_to_do(
    tmp_path: Path, rows: list[dict[str, object]], graders: tuple[str, ...], told: str
) -> None:
    with pytest.raises(UsageError, match=told):
        benches(write(tmp_path / "d.jsonl", rows), graders=graders)
