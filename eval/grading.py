"""How far our graders agree with the labels of our test split, and what the adversarial kinds of answers get."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import log1p
from pathlib import Path
from typing import Literal

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline

from coach.domain import Grade, GraderName
from coach.grading.grader import FullGrader, Grader
from coach.grading.judge import ProbingJudge
from coach.wiring import Coach
from eval.cases import ADVERSARIAL, LabelledAnswer, answers_of, labelled_answers
from eval.metrics import Metric, by_question, calibration_error, macro_f1, pearson, qwk
from eval.reading import KeptReader, question_of, with_drawn_points

Points = Literal["authored", "drawn"]

PASSED_AT = 40  # a fluent answer that states the opposite must stay below
ADVERSARIAL_AT = 25  # so must what only pretends to be an answer


def run(
    coach: Coach,
    grader: GraderName,
    states: Path | None,
    *,
    points: Points = "authored",
    answers: str | None = None,
    limit: int | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> tuple[dict[str, Metric], list[dict[str, object]]]:
    """Grade the test split, or the file of labelled `answers` of this name; the metrics, and a row for each case.

    Raises BankError, ModelError, UsageError, WeightsError.

    `drawn` grades on key points that are drawn from the model answer, as for a document that came without any: then only scores can be
    compared with the labels. The full grader's states of the language model are kept in the file `states`.
    """
    cases = (labelled_answers("test") if answers is None else answers_of(answers))[:limit]
    chosen = _grader(coach, grader, states)
    grades = []
    for number, case in enumerate(cases, 1):
        question = question_of(coach, case)
        if points == "drawn":
            question = with_drawn_points(question)
        grades.append(chosen.grade(question, case.answer, coach.retriever.passages_for(question, case.answer)))
        progress(number, len(cases))
    metrics = measure(cases, grades) | (_by_point(cases, grades) if points == "authored" else {})
    return metrics, [_row(case, grade) for case, grade in zip(cases, grades, strict=True)]


def measure(cases: Sequence[LabelledAnswer], grades: Sequence[Grade]) -> dict[str, Metric]:
    """The metrics of graded cases. An answer that came back ungraded counts as 0."""
    questions = [case.question_id for case in cases]
    scores = np.array([grade.score or 0 for grade in grades], dtype=float)
    marks, labels = np.round(scores / 10), np.array([case.score for case in cases], dtype=float)
    substantive = np.array([case.kind not in ADVERSARIAL for case in cases])
    metrics = {
        "qwk": by_question(lambda i: qwk(marks[i], labels[i]), questions),
        "qwk_without_adversarial": _subset(substantive, questions, lambda i: qwk(marks[i], labels[i])),
        "pearson": by_question(lambda i: pearson(scores[i], labels[i]), questions),
        "qwk_of_length_alone": _length_baseline(cases, labels, questions),
        "qwk_of_bag_of_words": _words_baseline(cases, labels, questions),
        "label_in_range": by_question(lambda i: float(np.mean([_holds(grades[j], cases[j].score) for j in i])), questions),
        "ungraded": by_question(lambda i: float(np.mean([grades[j].ungraded is not None for j in i])), questions),
    }
    for kind in sorted(ADVERSARIAL):
        these = np.array([case.kind == kind for case in cases])
        metrics[f"{kind}_over_{ADVERSARIAL_AT}"] = _subset(these, questions, lambda i: float(np.mean(scores[i] > ADVERSARIAL_AT)))
    for kind in ("opposite", "confidently_wrong"):
        these = np.array([case.kind == kind for case in cases])
        metrics[f"{kind}_at_least_{PASSED_AT}"] = _subset(these, questions, lambda i: float(np.mean(scores[i] >= PASSED_AT)))
    return metrics


def _by_point(cases: Sequence[LabelledAnswer], grades: Sequence[Grade]) -> dict[str, Metric]:
    """Agreement point by point on the answers that are answers; partial counts with missing."""
    pairs = [
        (case.question_id, verdict, label)
        for case, grade in zip(cases, grades, strict=True)
        if case.kind not in ADVERSARIAL and grade.ungraded is None
        for verdict, label in zip(grade.points, case.points, strict=True)
    ]
    questions = [question for question, _, _ in pairs]
    three = {"covered": "covered", "partial": "open", "missing": "open", "contradicted": "contradicted"}
    said, meant = [three[v.verdict] for _, v, _ in pairs], [three[label.verdict] for _, _, label in pairs]
    confidences = np.array([v.confidence for _, v, _ in pairs])
    right = np.array([v.verdict == label.verdict for _, v, label in pairs], dtype=float)
    return {
        "point_macro_f1": by_question(lambda i: macro_f1([said[j] for j in i], [meant[j] for j in i]), questions),
        "point_accuracy": by_question(lambda i: float(right[i].mean()), questions),
        "point_calibration_error": by_question(lambda i: calibration_error(confidences[i], right[i]), questions),
    }


def _holds(grade: Grade, label: int) -> bool:
    """Whether a grade's range holds the label, as far as a whole mark can tell."""
    return (grade.low or 0) - 5 <= 10 * label <= (grade.high or 0) + 5


def _subset(mask: np.ndarray, questions: Sequence[str], measure: Callable[[np.ndarray], float]) -> Metric:
    numbers = np.flatnonzero(mask)
    return by_question(lambda i: measure(numbers[i]), [questions[int(n)] for n in numbers])


def _length_baseline(cases: Sequence[LabelledAnswer], labels: np.ndarray, questions: Sequence[str]) -> Metric:
    """What a grader gets that only counts words, fitted on the train split: a floor that means nothing was read."""
    train = labelled_answers("train")
    slope, start = np.polyfit([log1p(len(case.answer.split())) for case in train], [case.score for case in train], 1)
    guesses = np.clip(np.round([slope * log1p(len(case.answer.split())) + start for case in cases]), 0, 10)
    return by_question(lambda i: qwk(guesses[i], labels[i]), questions)


def _words_baseline(cases: Sequence[LabelledAnswer], labels: np.ndarray, questions: Sequence[str]) -> Metric:
    """What a grader gets that knows only which words an answer has, whatever was asked: ridge regression on TF-IDF, fitted on train."""
    train = labelled_answers("train")
    model = make_pipeline(TfidfVectorizer(sublinear_tf=True, min_df=2), Ridge())
    model.fit([case.answer for case in train], [case.score for case in train])
    guesses = np.clip(np.round(model.predict([case.answer for case in cases])), 0, 10)
    return by_question(lambda i: qwk(guesses[i], labels[i]), questions)


def _grader(coach: Coach, name: GraderName, states: Path | None) -> Grader:
    if name == "fast" or states is None:
        return coach.grader(name)[0]
    judge = coach.open_judge()
    if isinstance(judge, ProbingJudge):
        kept = KeptReader(states, judge.name, coach.open_reader)
        judge = ProbingJudge(kept, coach.fast.fitted.probes["reader"])
    return FullGrader(coach.fast, judge)


def _row(case: LabelledAnswer, grade: Grade) -> dict[str, object]:
    verdicts = [
        {"point": v.text, "verdict": v.verdict, "label": label.verdict, "confidence": v.confidence, "quote": v.quote}
        for v, label in zip(grade.points, case.points, strict=False)
    ]
    return {"id": case.id, "kind": case.kind, "label": case.score, "score": grade.score, "reason": grade.reason, "verdicts": verdicts}
