"""How far grades agree with people, on sets of answers that people graded: as they come, and fitted to the set inside the run.

As they come: the coach is given question and reference and knows nothing else of the set. Fitted: what it reads of each answer is mapped
to the set's scores and labels by models that are fitted on its train split, or, where there is none, on the other questions (ten folds).
Of a baseline, P(yes), only the score is known and fitted on, which every sixth answer of the train split is enough for: the others are
left out, since each takes seconds. All answers of the other splits are graded.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import cached_property
from itertools import product
from pathlib import Path
from typing import Literal, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import Ridge

from coach.domain import Grade, Question, Versions, content_id
from coach.wiring import Coach
from eval.bench import Benchmark, Case, GradedPoint, GradedValues, Options, Outcome
from eval.fitted import Material, folds, predicted_scores, predicted_shares
from eval.human import HumanAnswer, human_answers, question_for
from eval.metrics import Metric, all_by_question, by_question, macro_f1, pearson, qwk, rmse, spearman
from eval.p_yes import P_YES, PYes
from eval.reference import reference_evidence, unpacked
from eval.score_alone import scores_by_score, shares_by_score
from eval.subjects import Subject
from eval.tokens import Tokens, token_figures, tokens_of

TRAIN = "train"
HELD_OUT = "questions_held_out"  # what is reported where there is no train split
EVERY = 6  # which answers of a train split are graded when only the score is fitted on
Floats = NDArray[np.float64]
Numbers = NDArray[np.int64]


class Scorer(Protocol):
    """A grader, or a baseline. Models are fitted by all that is read of an answer, or by its score alone, as `reads` says."""

    reads: Literal["answer", "score"]
    version: str
    versions: Versions

    @property
    def slug(self) -> str:
        """The name with nothing in it but letters, digits, hyphens and underscores."""

    def open(self) -> None:
        """See Subject."""

    def counted(self, question: Question, answer: str) -> tuple[Grade, Tokens | None]:
        """See Subject."""


class Fit(NamedTuple):
    """How scores and labels are predicted; see eval.fitted and eval.score_alone."""

    scores: Callable[[Material, Floats, Numbers, Numbers], Floats]
    shares: Callable[[Material, Numbers, Numbers, Numbers, int], Floats]


FITS = {"answer": Fit(predicted_scores, predicted_shares), "score": Fit(scores_by_score, shares_by_score)}


class HumanGrading(Benchmark):
    """A file of answers that people graded, under one grader."""

    def __init__(self, coach: Coach, subject: Scorer, path: Path) -> None:
        """Read the file; open nothing. Raises DocumentError."""
        self.name = f"grading-{subject.slug}-{path.stem}"
        self.version, self.versions = subject.version, subject.versions.model_dump()
        self._coach, self._subject = coach, subject
        self._rows = {f"{row.question_id}/{number}": row for number, row in enumerate(human_answers(path), 1)}
        if subject.reads == "score":
            train = [id for id, row in self._rows.items() if row.split == TRAIN]
            left_out = set(train) - set(train[::EVERY])
            self._rows = {id: row for id, row in self._rows.items() if id not in left_out}

    def prepare(self) -> None:
        """Open the grader."""
        self._subject.open()

    def cases(self) -> Sequence[Case]:
        """A case for each answer that is graded."""
        return [
            Case(
                id=id,
                group=asked_in(row),
                content={"question": row.question, "reference": row.reference, "answer": row.answer, "id": row.question_id},
            )
            for id, row in self._rows.items()
        ]

    def run(self, case: Case) -> Outcome:
        """Grade the answer, and keep what was read of it beside the grade."""
        row = self._rows[case.id]
        question = question_for(row)
        grade, tokens = self._subject.counted(question, row.answer)
        points = [
            GradedPoint(text=v.text, essential=v.essential, verdict=v.verdict, label=None, confidence=v.confidence, quote=v.quote)
            for v in grade.points
        ]
        values = GradedValues(
            question=row.question, answer=row.answer, kind="", label=None, score=grade.score, low=grade.low, high=grade.high,
            reason=grade.reason or grade.ungraded, points=tuple(points),
        )  # fmt: skip
        said = f"Scored {grade.score}." if grade.score is not None else f"Not graded: {grade.ungraded}"
        evidence = reference_evidence(row, self._coach.fast).model_dump() if self._subject.reads == "answer" else {}
        beside = {"evidence": evidence, "tokens": tokens and tokens.model_dump()}
        return Outcome(id=case.id, values={**values.model_dump(mode="json"), **beside}, reason=said)

    def labelled(self, case: Case, outcome: Outcome) -> Outcome:
        """With the score that people gave, and the label as the kind."""
        row = self._rows[case.id]
        if outcome.error is not None:
            return outcome
        values = {**outcome.values, "label": 100 * row.share, "kind": row.label or ""}
        return outcome.model_copy(update={"values": values, "reason": f"{outcome.reason} People gave {row.score:g} of {row.max_score:g}."})

    def measure(self, cases: Sequence[Case], outcomes: Sequence[Outcome]) -> dict[str, Metric]:
        """Agreement as the grades come, beside measures that need no grader; then fitted, split by split, beside fitted baselines."""
        tried = [(self._rows[case.id], outcome) for case, outcome in zip(cases, outcomes, strict=True) if outcome.error is None]
        found = _Found([row for row, _ in tried], [outcome for _, outcome in tried], FITS[self._subject.reads])
        return found.as_they_come() | found.fitted() | token_figures([tokens_of(outcome) for _, outcome in tried], found.questions)


def benchmarks(coach: Coach, options: Options) -> list[Benchmark]:
    """One for each grader and file. Raises UsageError, DocumentError."""
    states = None if options.fresh else options.out / "states.jsonl"
    subjects: list[Scorer] = [PYes(coach) if name == P_YES else Subject(coach, name, states) for name in options.graders]
    return [HumanGrading(coach, subject, path) for subject, path in product(subjects, options.data)]


class _Found:
    """The answers of a set with what was read of them."""

    def __init__(self, rows: Sequence[HumanAnswer], outcomes: Sequence[Outcome], fit: Fit) -> None:
        self.rows, self.fit = rows, fit
        self.scores = np.array([_number(outcome.values["score"]) / 100 for outcome in outcomes])
        self.ungraded = np.array([outcome.values["score"] is None for outcome in outcomes])
        self.evidence = [_evidence(outcome) for outcome in outcomes]
        self.people = np.array([row.share for row in rows])
        self.questions = [asked_in(row) for row in rows]
        most = {row.max_score for row in rows}
        self.scale = most.pop() if len(most) == 1 else 1.0  # errors are given on the set's own scale where it has one

    def as_they_come(self) -> dict[str, Metric]:
        """Scores without any label of the set, and what plain measures without a label get."""
        plain = {"recall_idf": self._recall(), **self.plain}

        def figures(i: Numbers) -> dict[str, float]:
            own = pearson(self.scores[i], self.people[i])
            return {
                "pearson": own,
                "spearman": spearman(self.scores[i], self.people[i]),
                "rmse": self.scale * rmse(self.scores[i], self.people[i]),
                "ungraded": float(self.ungraded[i].mean()),
                **{f"pearson_of_{name}": pearson(values[i], self.people[i]) for name, values in plain.items()},
                "pearson_above_recall_idf": own - pearson(plain["recall_idf"][i], self.people[i]),
            }

        return {f"as_they_come.{name}": metric for name, metric in all_by_question(figures, self.questions).items()}

    def fitted(self) -> dict[str, Metric]:
        """Scores and labels by models fitted inside the run; nothing where there is only one question."""
        metrics: dict[str, Metric] = {}
        splits = {name: np.flatnonzero([row.split == name for row in self.rows]) for name in dict.fromkeys(row.split for row in self.rows)}
        if len(splits.get(TRAIN, ())) and len(splits) > 1:
            train = splits.pop(TRAIN)
            parts = {str(name): [(train, numbers)] for name, numbers in splits.items()}
        elif len(set(self.questions)) > 1:
            parts = {HELD_OUT: folds(self.material)}
        else:
            return {}
        for name, pairs in parts.items():
            metrics |= {f"{name}.{figure}": metric for figure, metric in self._fitted(pairs).items()}
        return metrics

    def _fitted(self, pairs: Sequence[tuple[Numbers, Numbers]]) -> dict[str, Metric]:
        test = np.concatenate([numbers for _, numbers in pairs])
        asked = [self.questions[i] for i in test]
        truth = self.people[test]
        marks = np.round(10 * truth)
        guesses = {
            "": _over(pairs, lambda train, part: self.fit.scores(self.material, self.people, train, part)),
            "_of_mean": _over(pairs, lambda train, part: np.full(len(part), self.people[train].mean())),
            **{
                f"_of_{name}": _over(pairs, lambda train, part, v=values: self._ridge(v, train, part))  # type: ignore[misc]
                for name, values in self.plain.items()
            },
        }
        metrics: dict[str, Metric] = {}
        for suffix, guess in guesses.items():
            figures = {
                f"pearson{suffix}": lambda i, g=guess: pearson(g[i], truth[i]),
                f"rmse{suffix}": lambda i, g=guess: self.scale * rmse(g[i], truth[i]),
                f"qwk{suffix}": lambda i, g=guess: qwk(np.round(10 * g[i]), marks[i]),
            }
            metrics |= {name: by_question(measure, asked) for name, measure in figures.items()}
        return metrics | self._classified(pairs, test, asked)

    def _classified(self, pairs: Sequence[tuple[Numbers, Numbers]], test: Numbers, asked: Sequence[str]) -> dict[str, Metric]:
        """Labels, where every answer has one."""
        names = sorted({row.label for row in self.rows if row.label})
        if len(names) < 2 or not all(row.label for row in self.rows):
            return {}
        labels = np.array([names.index(row.label or "") for row in self.rows])
        shares = _over(pairs, lambda train, part: self.fit.shares(self.material, labels, train, part, len(names)).argmax(axis=1))
        common = _over(pairs, lambda train, part: np.full(len(part), np.bincount(labels[train]).argmax()))
        truth = labels[test]
        return {
            "macro_f1": by_question(lambda i: _macro_f1(shares[i], truth[i]), asked),
            "accuracy": by_question(lambda i: float((shares[i] == truth[i]).mean()), asked),
            "macro_f1_of_majority": by_question(lambda i: _macro_f1(common[i], truth[i]), asked),
        }

    def _ridge(self, values: Floats, train: Numbers, test: Numbers) -> Floats:
        fitted = Ridge().fit(values[train, None], self.people[train])
        return np.clip(np.asarray(fitted.predict(values[test, None]), dtype=np.float64), 0.0, 1.0)

    def _recall(self) -> Floats:
        """The share of the reference's words that the answer has, each weighed by how rare it is in the set itself."""
        vectorizer = TfidfVectorizer(norm=None, binary=True)
        vectorizer.fit([row.answer for row in self.rows] + [row.reference for row in self.rows])
        answers, references = (vectorizer.transform([getattr(row, name) for row in self.rows]) for name in ("answer", "reference"))
        shared = references.multiply(answers > 0).sum(axis=1)
        return np.asarray(shared / np.maximum(references.sum(axis=1), 1e-9), dtype=np.float64).ravel()

    @cached_property
    def plain(self) -> dict[str, Floats]:
        """A number of each answer that takes no grader: the cosine to the reference, where the answer was read, and the length."""
        length = np.array([math.log1p(len(row.answer.split())) for row in self.rows])
        if not self.read:
            return {"length": length}
        return {"cosine": np.array([float(str(named["cosine"])) for named in self.named]), "length": length}

    @property
    def read(self) -> bool:
        """Whether more than the score is known of each answer."""
        return all(self.evidence)

    @property
    def named(self) -> list[dict[str, object]]:
        """The named numbers of each answer."""
        return [evidence["named"] for evidence in self.evidence]  # type: ignore[misc]

    @cached_property
    def material(self) -> Material:
        """What models are fitted on: the named numbers, and as the last of them the score as it comes. Without evidence, that alone."""
        if not self.read:
            nothing = np.zeros((len(self.rows), 0))
            return Material(self.scores[:, None], nothing, nothing, np.array(self.questions))
        names = sorted(self.named[0])
        numbers = np.array([[float(str(named[name])) for name in names] for named in self.named])
        states, embeddings = (np.stack([unpacked(str(one[part])) for one in self.evidence]) for part in ("states", "embedding"))
        return Material(np.hstack([numbers, self.scores[:, None]]), states, embeddings, np.array(self.questions))


def asked_in(row: HumanAnswer) -> str:
    """What tells the questions of a set apart: their text, since some are asked twice under two ids."""
    return content_id(row.question)


def _over(pairs: Sequence[tuple[Numbers, Numbers]], predict: Callable[[Numbers, Numbers], NDArray]) -> NDArray:  # type: ignore[type-arg]
    return np.concatenate([predict(train, test) for train, test in pairs])


def _evidence(outcome: Outcome) -> dict[str, object]:
    found = outcome.values["evidence"]
    assert isinstance(found, dict)
    return dict(found)


def _number(value: object) -> float:
    return float(str(value)) if value is not None else 0.0


def _macro_f1(said: NDArray[np.int64], meant: NDArray[np.int64]) -> float:
    return macro_f1([str(one) for one in said], [str(one) for one in meant])
