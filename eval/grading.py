"""How far our graders agree with the labels of our test split, and what the adversarial kinds of answers get."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from math import log1p

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline

from coach.domain import Frozen, Grade, Question, VerdictKind
from coach.wiring import Coach
from eval import human_grading
from eval.agreement import point_agreement, score_agreement
from eval.bench import Benchmark, Case, GradedPoint, GradedValues, Options, Outcome, Points
from eval.cases import LabelledAnswer, answers_of, labelled_answers
from eval.metrics import Metric, by_question, qwk
from eval.reading import question_of, with_drawn_points
from eval.subjects import Subject
from eval.tokens import Tokens, token_figures, tokens_of

NOT_READ = {"follow_ups", "related"}  # of a question, by any grader


class KeptVerdict(Frozen):
    """What was said of a key point."""

    text: str
    essential: bool
    verdict: VerdictKind
    confidence: float
    quote: str | None


class Graded(Frozen):
    """What is kept of a grade. `score` is None when it came back ungraded; `reason` is why the points had no part in it."""

    score: int | None
    low: int | None
    high: int | None
    reason: str | None
    points: tuple[KeptVerdict, ...]
    tokens: Tokens | None = None

    @classmethod
    def of(cls, grade: Grade, tokens: Tokens | None) -> Graded:
        """What is kept of this grade, and of the tokens that it took."""
        points = tuple(KeptVerdict(**verdict.model_dump(include=set(KeptVerdict.model_fields))) for verdict in grade.points)
        return cls(score=grade.score, low=grade.low, high=grade.high, reason=grade.reason or grade.ungraded, points=points, tokens=tokens)


FAILED = Graded(score=None, low=None, high=None, reason=None, points=())


class Grading(Benchmark):
    """The labelled answers under one grader, on the questions' own points or on points drawn from their model answers.

    Drawn points, as of a document that came without any, have no labels: only scores can be compared. Labels are no part of a case's
    content, so they can change without another grade.
    """

    def __init__(self, coach: Coach, subject: Subject, points: Points = "authored", answers: str | None = None) -> None:
        """The test split, or the file of labelled `answers` of this name. Raises UsageError, DocumentError."""
        self.name = f"grading-{subject.slug}" + ("" if points == "authored" else f"-{points}")
        self.version, self.versions = subject.version, subject.versions.model_dump()
        self._coach, self._subject, self._points = coach, subject, points
        self._labels = {_id(label): label for label in (labelled_answers("test") if answers is None else answers_of(answers))}

    def prepare(self) -> None:
        """Open the grader."""
        self._subject.open()

    def cases(self) -> Sequence[Case]:
        """A case for each labelled answer. Raises BankError when a question has changed since."""
        return [self._case(id, label) for id, label in self._labels.items()]

    def run(self, case: Case) -> Outcome:
        """Grade the answer."""
        question = Question.model_validate(case.content["question"])
        grade, tokens = self._subject.counted(question, str(case.content["answer"]))
        return Outcome(id=case.id, values=Graded.of(grade, tokens).model_dump(mode="json"), reason=_said(grade))

    def labelled(self, case: Case, outcome: Outcome) -> Outcome:
        """With the labels, as GradedValues, and the tokens beside them."""
        if outcome.error is not None:
            return outcome
        values, label = self._values(case, Graded.model_validate(outcome.values)), self._labels[case.id]
        reason = f"{outcome.reason} The label is {10 * label.score}."
        with_tokens = {**values.model_dump(mode="json"), "tokens": outcome.values.get("tokens")}
        return outcome.model_copy(update={"values": with_tokens, "reason": reason})

    def measure(self, cases: Sequence[Case], outcomes: Sequence[Outcome]) -> dict[str, Metric]:
        """Agreement with the labels, and what it took. An answer that came back ungraded, or could not be graded, counts as 0."""
        values = [
            self._values(case, FAILED) if outcome.error is not None else GradedValues.model_validate(outcome.values)
            for case, outcome in zip(cases, outcomes, strict=True)
        ]
        groups = [case.group for case in cases]
        return (
            score_agreement(values, groups)
            | _baselines([self._labels[case.id] for case in cases], groups)
            | point_agreement(values, groups)
            | token_figures([tokens_of(outcome) for outcome in outcomes], groups)
        )

    def _case(self, id: str, label: LabelledAnswer) -> Case:
        question = question_of(self._coach, label)
        if self._points == "drawn":
            question = with_drawn_points(question)
        content = {"question": question.model_dump(mode="json", exclude=NOT_READ), "answer": label.answer}
        return Case(id=id, group=question.ref, content=content)

    def _values(self, case: Case, graded: Graded) -> GradedValues:
        label = self._labels[case.id]
        points = [
            GradedPoint(**point.model_dump(), label=label.points[number].verdict if self._points == "authored" else None)
            for number, point in enumerate(graded.points)
        ]
        return GradedValues(
            question=Question.model_validate(case.content["question"]).text,
            answer=label.answer,
            kind=label.kind,
            label=10.0 * label.score,
            points=tuple(points),
            **graded.model_dump(exclude={"points", "tokens"}),
        )


def benchmarks(coach: Coach, options: Options) -> list[Benchmark]:
    """One for each grader and each kind of points, or each file of answers that people graded. Raises UsageError, DocumentError."""
    files = tuple(path for path in options.data if path.is_file())
    if files:
        return human_grading.benchmarks(coach, options.model_copy(update={"data": files}))
    states = None if options.fresh else options.out / "states.jsonl"
    subjects = [Subject(coach, name, states) for name in options.graders]
    return [Grading(coach, subject, points, options.answers) for subject, points in product(subjects, options.points)]


def _id(label: LabelledAnswer) -> str:
    return f"{label.bank}/{label.id}"


def _said(grade: Grade) -> str:
    if grade.ungraded is not None:
        return f"Not graded: {grade.ungraded}"
    because = f": {grade.reason}" if grade.reason else "."
    return f"Scored {grade.score}, between {grade.low} and {grade.high}{because}"


def _baselines(cases: Sequence[LabelledAnswer], groups: Sequence[str]) -> dict[str, Metric]:
    """What two graders get that read nothing, fitted on the train split: floors, not rivals."""
    train, labels = labelled_answers("train"), np.array([case.score for case in cases], dtype=float)
    guesses = {"qwk_of_length_alone": _by_length(train, cases), "qwk_of_bag_of_words": _by_words(train, cases)}
    return {name: by_question(lambda i, g=guess: qwk(g[i], labels[i]), groups) for name, guess in guesses.items()}  # type: ignore[misc]


def _by_length(train: Sequence[LabelledAnswer], cases: Sequence[LabelledAnswer]) -> NDArray[np.float64]:
    """The marks of a grader that only counts words."""
    slope, start = np.polyfit([log1p(len(case.answer.split())) for case in train], [case.score for case in train], 1)
    return np.clip(np.round([slope * log1p(len(case.answer.split())) + start for case in cases]), 0, 10)


def _by_words(train: Sequence[LabelledAnswer], cases: Sequence[LabelledAnswer]) -> NDArray[np.float64]:
    """The marks of a grader that knows only which words an answer has, whatever was asked: ridge regression on TF-IDF."""
    model = make_pipeline(TfidfVectorizer(sublinear_tf=True, min_df=2), Ridge())
    model.fit([case.answer for case in train], [case.score for case in train])
    return np.clip(np.round(np.asarray(model.predict([case.answer for case in cases]), dtype=np.float64)), 0, 10)
