"""How far the two readers who labelled our answers apart from each other agree, by split."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from coach.domain import Frozen, VerdictKind
from coach.wiring import Coach
from eval.bench import Benchmark, Case, Options, Outcome
from eval.cases import LabelledAnswer, Labels, labelled_answers
from eval.metrics import Metric, by_question, kappa, qwk

SPLITS = ("train", "dev", "test")
KINDS = tuple(VerdictKind)


class BothLabels(Frozen):
    """What the two readers said of an answer."""

    first: Labels
    second: Labels


class LabelAgreement(Benchmark):
    """The labels of one reader against the other's. An answer that only one has labelled has no values."""

    name, version = "labels", "1"

    def cases(self) -> Sequence[Case]:
        """Every labelled answer, split by split."""
        return [_case(answer) for split in SPLITS for answer in labelled_answers(split)]

    def run(self, case: Case) -> Outcome:
        """Compare the two."""
        if case.content["second"] is None or case.content["first"] is None:
            return Outcome(id=case.id, reason="Only one reader has labelled it.")
        both = BothLabels(first=Labels.model_validate(case.content["first"]), second=Labels.model_validate(case.content["second"]))
        return Outcome(id=case.id, values=both.model_dump(mode="json"), reason=_compared(both))

    def measure(self, cases: Sequence[Case], outcomes: Sequence[Outcome]) -> dict[str, Metric]:
        """For each split Cohen's kappa of the verdicts, QWK of the scores (halves rounded to even), and the counts."""
        metrics: dict[str, Metric] = {}
        for split in SPLITS:
            rows = [(case.group, outcome) for case, outcome in zip(cases, outcomes, strict=True) if case.content["split"] == split]
            if rows:
                metrics |= {f"{split}.{name}": metric for name, metric in _agreement(rows).items()}
        return metrics


def benchmarks(coach: Coach, options: Options) -> list[Benchmark]:
    """The one benchmark of this module."""
    return [LabelAgreement()]


def _case(answer: LabelledAnswer) -> Case:
    content = answer.model_dump(mode="json", include={"split", "answer", "first", "second"})
    return Case(id=f"{answer.bank}/{answer.id}", group=f"{answer.bank}/{answer.question_id}", content=content)


def _compared(both: BothLabels) -> str:
    differ = [number for number, (one, two) in enumerate(zip(both.first.verdicts, both.second.verdicts, strict=True), 1) if one is not two]
    verdicts = f"they differ on {len(differ)} of {len(both.first.verdicts)} points" if differ else "the verdicts are the same"
    return f"Scores {both.first.score:g} and {both.second.score:g}; {verdicts}."


def _agreement(rows: Sequence[tuple[str, Outcome]]) -> dict[str, Metric]:
    both = [BothLabels.model_validate(outcome.values) for _, outcome in rows if outcome.values]
    asked = [group for group, outcome in rows if outcome.values]
    scores = np.array([[round(one.first.score), round(one.second.score)] for one in both], dtype=float)
    verdicts = [
        (group, KINDS.index(first), KINDS.index(second))
        for group, one in zip(asked, both, strict=True)
        for first, second in zip(one.first.verdicts, one.second.verdicts, strict=True)
    ]
    said = np.array([[first, second] for _, first, second in verdicts])
    by_verdict = by_question(lambda i: kappa(said[i, 0], said[i, 1], len(KINDS)), [group for group, _, _ in verdicts])
    return {
        "verdict_kappa": by_verdict._replace(n=len(both)),
        "score_qwk": by_question(lambda i: qwk(scores[i, 0], scores[i, 1]), asked),
        "answers": _count(len(rows)),
        "questions": _count(len({group for group, _ in rows})),
    }


def _count(n: int) -> Metric:
    return Metric(float(n), None, None, n)
