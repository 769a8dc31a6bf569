"""The labelled answers fit the corpus, and keep to the rules that the figures rest on."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import pytest

from coach.bank.markdown import parse_question
from coach.domain import Question, VerdictKind
from eval.cases import LabelledAnswer, labelled_answers, queries

CORPUS = Path(__file__).parents[2] / "corpus"
SPLITS = ("train", "dev", "test")
CASES: dict[str, list[LabelledAnswer]] = {split: labelled_answers(split) for split in SPLITS}
QUESTIONS: dict[str, Question] = {
    f"{path.parent.name}/{path.stem}": parse_question(
        path.read_text(encoding="utf-8"), bank=path.parent.name, id=path.stem, source=path.name
    )
    for path in sorted(CORPUS.glob("*/*.md"))
}


def ref(case: LabelledAnswer) -> str:
    return f"{case.bank}/{case.question_id}"


def test_there_are_enough_of_them_each_labelled_twice_by_a_model() -> None:
    cases = [case for split in SPLITS for case in CASES[split]]
    assert len(cases) >= 1200
    assert len({ref(case) for case in cases}) >= 150
    assert len({(case.bank, case.id) for case in cases}) == len(cases)
    for case in cases:
        assert case.labelled_by == "model"
        assert case.first is not None
        assert case.second is not None
        assert len(case.first.verdicts) == len(case.second.verdicts) == len(case.points), case.id


def test_no_question_is_in_two_splits() -> None:
    asked = {split: {ref(case) for case in CASES[split]} for split in SPLITS}
    for one, other in combinations(SPLITS, 2):
        assert not asked[one] & asked[other]


def test_a_label_on_which_the_two_readers_agree_is_theirs() -> None:
    for case in (case for split in SPLITS for case in CASES[split]):
        assert case.first is not None
        assert case.second is not None
        for point, first, second in zip(case.points, case.first.verdicts, case.second.verdicts, strict=True):
            assert first is not second or point.verdict is first, case.id
        assert abs(case.first.score - case.second.score) >= 2 or case.score == case.first.score, case.id


@pytest.mark.parametrize("split", SPLITS)
def test_a_label_is_of_the_corpus_key_point_and_its_span_stands_in_the_answer(split: str) -> None:
    for case in CASES[split]:
        assert case.split == split
        assert [(point.id, point.text) for point in case.points] == [(p.id, p.text) for p in QUESTIONS[ref(case)].key_points], case.id
        assert 0 <= case.score <= 10
        for point in case.points:
            assert (point.span is None) == (point.verdict is VerdictKind.MISSING), case.id
            assert point.span is None or point.span in case.answer, case.id


def test_every_question_has_three_queries_in_other_words() -> None:
    asked = [f"{query.bank}/{query.question_id}" for query in queries("banks-paraphrases")]
    assert {name: asked.count(name) for name in QUESTIONS} == dict.fromkeys(QUESTIONS, 3)


def test_every_question_has_a_few_related_ones_of_its_bank() -> None:
    for name, question in QUESTIONS.items():
        assert 2 <= len(question.related) <= 4, name
        assert len(set(question.related) - {question.id}) == len(question.related), name
        assert all(f"{question.bank}/{id}" in QUESTIONS for id in question.related), name
