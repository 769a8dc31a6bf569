"""Whether a grade can be gamed, and whether it moves with what should not matter.

Good answers are turned into worse ones that look as good, which should keep little of their score, and into others that are as good, whose
score should not move: longer, more polite, with fillers or slips of spelling, in another order, without full stops. The answers are of our
test split, and of the files that `--data` names. The forms of an answer are the same in every run.
"""

from __future__ import annotations

import random
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from coach.domain import Question
from coach.errors import UsageError
from coach.wiring import Coach
from eval import variants
from eval.bench import Benchmark, Case, Options, Outcome
from eval.cases import LabelledAnswer, labelled_answers
from eval.human import human_answers, question_for
from eval.metrics import Metric, all_by_question, by_question, how_many
from eval.reading import question_of
from eval.sampling import Item, spread
from eval.subjects import Subject

OURS, PUBLIC = 100, 150  # good answers that are taken of each source
GOOD_KINDS = ("full", "other_words", "spoken", "plain")
GOOD_LABEL, GOOD_SHARE = 8, 0.9  # of 10 on our own; of the most that there is on a public set
FAKES = ("negated", "keyword_bag", "keyword_bag_with_commas", "parroted", "other_question", "dont_know")
FAIR = ("disfluent", "polite", "padded", "repeated", "misspelt", "reordered", "lowered", "in_one_breath")
MOST_KEPT = 0.5  # of its score: a fake that keeps more than this has got through
MOVED = 5  # points of 100: more than this is a move


class Good(NamedTuple):
    """A good answer to a question, and a good one to another."""

    id: str
    source: str
    question: Question
    answer: str
    elsewhere: str


class Robustness(Benchmark):
    """One grader on every form of the good answers."""

    def __init__(self, coach: Coach, subject: Subject, data: Sequence[Path] = ()) -> None:
        """Open nothing."""
        self.name = f"robustness-{subject.slug}"
        self.version, self.versions = subject.version, subject.versions.model_dump()
        self._coach, self._subject, self._data = coach, subject, data

    def prepare(self) -> None:
        """Open the grader."""
        self._subject.open()

    def cases(self) -> Sequence[Case]:
        """A case for each good answer, with all its forms. Raises BankError, DocumentError."""
        goods = [*_ours(self._coach), *(good for path in self._data for good in _public(path))]
        return [
            Case(
                id=f"{good.source}/{good.id}",
                group=f"{good.source}/{good.question.ref}",
                content={"source": good.source, "question": good.question.model_dump(mode="json"), "forms": dict(_forms(good))},
            )
            for good in goods
        ]

    def run(self, case: Case) -> Outcome:
        """Grade every form."""
        question, forms = Question.model_validate(case.content["question"]), case.content["forms"]
        assert isinstance(forms, dict)
        scores = {form: self._subject.grade(question, str(text)).score or 0 for form, text in forms.items()}
        high = [form for form in FAKES if scores[form] > MOST_KEPT * scores["unchanged"]]
        return Outcome(id=case.id, values=dict(scores), reason=f"Kept over half of its score: {', '.join(high)}." if high else "")

    def measure(self, cases: Sequence[Case], outcomes: Sequence[Outcome]) -> dict[str, Metric]:
        """For each source and form the share of the score that is kept; for fakes also of how many answers more than half is kept, for fair
        forms how far single scores move.

        All of it is of the answers that were graded in all forms, whose number comes first, with that of those that failed where any did.
        A source of which every answer failed has no figure.
        """
        metrics: dict[str, Metric] = {}
        for source in dict.fromkeys(str(case.content["source"]) for case in cases):
            own = [(case.group, outcome) for case, outcome in zip(cases, outcomes, strict=True) if case.content["source"] == source]
            rows = [(group, outcome.values) for group, outcome in own if outcome.error is None]
            if not rows:
                continue
            metrics |= {f"{source}.{name}": metric for name, metric in how_many(len(rows), len(own)).items()}
            groups = [group for group, _ in rows]
            scores = {form: np.array([float(str(values[form])) for _, values in rows]) for form in ("unchanged", *FAKES, *FAIR)}
            whole = scores["unchanged"]
            metrics[f"{source}.score"] = by_question(lambda i, s=whole: float(s[i].mean()), groups)  # type: ignore[misc]
            for form in (*FAKES, *FAIR):
                metrics |= _figures(f"{source}.{form}", scores[form], whole, groups, fair=form in FAIR)
        return metrics


def benchmarks(coach: Coach, options: Options) -> list[Benchmark]:
    """One for each grader. Raises UsageError."""
    states = None if options.fresh else options.out / "states.jsonl"
    files = [path for path in options.data if path.is_file()]
    return [Robustness(coach, Subject(coach, name, states), files) for name in options.graders]


def _figures(name: str, scores: NDArray[np.float64], whole: NDArray[np.float64], groups: Sequence[str], *, fair: bool) -> dict[str, Metric]:
    def kept(i: NDArray[np.int64]) -> dict[str, float]:
        mean = float(whole[i].mean())
        found = {"kept": float(scores[i].mean()) / mean if mean else float("nan")}
        if fair:
            change = np.abs(scores[i] - whole[i])
            found |= {"mean_change": float(change.mean()), f"moved_over_{MOVED}": float((change > MOVED).mean())}
        else:
            found["kept_over_half"] = float((scores[i] > MOST_KEPT * whole[i]).mean())
        return found

    return {f"{name}.{figure}": metric for figure, metric in all_by_question(kept, groups).items()}


def _forms(good: Good) -> dict[str, str]:
    answer = good.answer

    def rng(form: str) -> random.Random:
        """One for each form, so that another form among them changes none of the rest."""
        return random.Random(zlib.crc32(f"{good.source}/{good.id}/{form}".encode()))

    return {
        "unchanged": answer,
        "negated": variants.negated(answer),
        "keyword_bag": variants.keyword_bag(good.question.answer, rng("bag")),
        "keyword_bag_with_commas": variants.keyword_bag_with_commas(good.question.answer, rng("bag")),
        "parroted": variants.parroted(good.question.text),
        "other_question": good.elsewhere,
        "dont_know": variants.UNKNOWN,
        "disfluent": variants.disfluent(answer, rng("disfluent")),
        "polite": variants.polite(answer),
        "padded": variants.padded(answer),
        "repeated": variants.repeated(answer),
        "misspelt": variants.misspelt(answer, rng("misspelt")),
        "reordered": variants.reordered(answer, rng("reordered")),
        "lowered": variants.lowered(answer),
        "in_one_breath": variants.in_one_breath(answer),
    }


def _ours(coach: Coach) -> list[Good]:
    cases = [case for case in labelled_answers("test") if case.kind in GOOD_KINDS and case.score >= GOOD_LABEL]
    chosen = spread(cases, [_ref(case) for case in cases], OURS)
    return [
        Good(case.id, "ours", question_of(coach, case), case.answer, _elsewhere(number, chosen, [_ref(one) for one in chosen]).answer)
        for number, case in enumerate(chosen)
    ]


def _public(path: Path) -> list[Good]:
    rows = [row for row in human_answers(path) if row.score >= GOOD_SHARE * row.max_score and len(row.answer.split()) > 3]
    chosen = spread(rows, [row.question_id for row in rows], PUBLIC)
    asked = [row.question_id for row in chosen]
    return [
        Good(f"{row.question_id}-{number}", row.dataset, question_for(row), row.answer, _elsewhere(number, chosen, asked).answer)
        for number, row in enumerate(chosen)
    ]


def _elsewhere(number: int, items: Sequence[Item], groups: Sequence[str]) -> Item:
    """The next of the items that is about something else."""
    turned = [*range(number + 1, len(items)), *range(number)]
    found: Item | None = next((items[place] for place in turned if groups[place] != groups[number]), None)
    if found is None:
        raise UsageError("Robustness needs good answers to at least two questions.")
    return found


def _ref(case: LabelledAnswer) -> str:
    return f"{case.bank}/{case.question_id}"
