"""How far grades agree with people, on sets of answers that people graded: as they come, and fitted to the set inside the run.

As they come: the coach is given question and reference and knows nothing else of the set. Fitted: what it reads of each answer is mapped
to the set's scores and labels by models that are fitted on its train split, or, where there is none, on the other questions (ten folds).
Of a baseline, P(yes), only the score is known and fitted on, which every sixth answer of the train split is enough for: the others are
left out, since each takes seconds. All answers of the other splits are graded.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from pathlib import Path
from typing import Literal, Protocol

from coach.domain import Grade, Question, Versions
from coach.wiring import Coach
from eval.as_they_come import as_they_come
from eval.bench import Benchmark, Case, GradedPoint, GradedValues, Options, Outcome
from eval.fitted_figures import FITS, TRAIN, fitted_figures
from eval.graded_set import graded_set
from eval.human import HumanAnswer, asked_in, human_answers, question_for
from eval.metrics import Metric, how_many
from eval.p_yes import P_YES, PYes
from eval.reference import reference_evidence
from eval.subjects import Subject
from eval.tokens import Tokens, token_figures, tokens_of
from eval.versions import source_version

EVERY = 6  # which answers of a train split are graded when only the score is fitted on
SOURCES = (  # what a case depends on beside its grader: how its question is made, and how it is read
    "coach.bank", "coach.domain", "coach.models", "coach.words", "eval.human", "eval.human_grading", "eval.reference",
)  # fmt: skip


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


class HumanGrading(Benchmark):
    """A file of answers that people graded, under one grader."""

    def __init__(self, coach: Coach, subject: Scorer, path: Path) -> None:
        """Read the file; open nothing. Raises DocumentError."""
        self.name = f"grading-{subject.slug}-{path.stem}"
        self.version, self.versions = f"{subject.version}-{source_version(*SOURCES)}", subject.versions.model_dump()
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
        """Agreement as the grades come, beside measures that need no grader; then fitted, split by split, beside fitted baselines.

        All of it is of the answers that came to a grade, whose number is beside it with that of those that failed, by split. Where every
        one failed there is no figure.
        """
        asked = [self._rows[case.id] for case in cases]
        tried = [(row, outcome) for row, outcome in zip(asked, outcomes, strict=True) if outcome.error is None]
        if not tried:
            return {}
        answers = graded_set([row for row, _ in tried], [outcome for _, outcome in tried])
        has_train = {TRAIN} < {row.split for row in asked}
        return (
            _counts(asked, answers.rows)
            | as_they_come(answers)
            | fitted_figures(answers, FITS[self._subject.reads], has_train=has_train)
            | token_figures([tokens_of(outcome) for _, outcome in tried], answers.asked)
        )


def benchmarks(coach: Coach, options: Options) -> list[Benchmark]:
    """One for each grader and file. Raises UsageError, DocumentError."""
    states = None if options.fresh else options.out / "states.jsonl"
    subjects: list[Scorer] = [PYes(coach) if name == P_YES else Subject(coach, name, states) for name in options.graders]
    return [HumanGrading(coach, subject, path) for subject, path in product(subjects, options.data)]


def _counts(asked: Sequence[HumanAnswer], graded: Sequence[HumanAnswer]) -> dict[str, Metric]:
    """How many answers the figures rest on, and where some failed how many, of each split too."""
    metrics = how_many(len(graded), len(asked))
    if len(graded) == len(asked):
        return metrics
    for split in dict.fromkeys(row.split for row in asked if row.split is not None):
        meant, got = (sum(row.split == split for row in rows) for rows in (asked, graded))
        metrics |= {f"{split}.{name}": metric for name, metric in how_many(got, meant).items()}
    return metrics
