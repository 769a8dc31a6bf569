"""Whether the follow-up is the one that the gap calls for: what is asked after our labelled answers, against their labels.

Each answer is followed up in three ways: after its grade, as in an interview; after a grade that says what the labels say, which leaves
only the mistakes of the follow-up; and after its grade where the question came without follow-ups of its own, so that they are composed.
What is put is what the interview decides on. Where the grader is unsure that is a clarifying question in place of a follow-up, which has
figures of its own: how often it is asked, and how often the verdict that it asks about was wrong.
"""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal, NamedTuple

from coach.bank.asking import asks
from coach.domain import Frozen, Grade, Question, Verdict, VerdictKind, Versions, normalise
from coach.errors import BankError
from coach.events import Setup
from coach.followup import MAX_WORDS, TOO_SIMILAR, FollowUpAsk, compose_clarification, compose_follow_up
from coach.grading.grader import verbatim
from coach.grading.score import band_of
from coach.interview import AskFollowUp, AskToClarify, InterviewState, Thread, Turn, decide
from coach.words import content_stems
from eval.bench import Benchmark, Case, Options, Outcome
from eval.cases import LabelledAnswer, labelled_answers
from eval.metrics import Metric
from eval.reading import question_of
from eval.shares import Flag, share_of
from eval.subjects import Subject
from eval.versions import source_version

if TYPE_CHECKING:
    from coach.wiring import Coach

WAYS = ("graded", "labels", "composed")
GIVEN_AWAY = 0.6  # the share of a point's own words above which a follow-up says the point
SOURCES = ("coach.clarify", "coach.followup", "coach.interview", "coach.phrasing", "coach.point_kinds", "coach.words", "eval.followup")

_AT = datetime(2026, 1, 1, tzinfo=UTC)  # a turn has a time; what is asked does not depend on it


class AskedPoint(Frozen):
    """A key point as a case has it, with its label."""

    id: str
    text: str
    essential: bool
    label: VerdictKind


class FollowUpContent(Frozen):
    """The `content` of a case. `source` is a hash of the whole question, its follow-ups among it."""

    question: str
    source: str
    kind: str
    answer: str
    points: tuple[AskedPoint, ...]

    def essential(self) -> tuple[AskedPoint, ...]:
        """The essential points; all of them where none is marked."""
        return tuple(point for point in self.points if point.essential) or self.points

    def open(self, points: Sequence[AskedPoint]) -> tuple[AskedPoint, ...]:
        """Those of the points that the answer does not cover, by their labels."""
        return tuple(point for point in points if point.label is not VerdictKind.COVERED)


class Put(Frozen):
    """What an interview puts after an answer: a follow-up, or where the grader is unsure a question to clarify."""

    role: Literal["follow_up", "clarification"]
    ask: FollowUpAsk


class FollowUpValues(Frozen):
    """The `values` of a case: what was put in each way, None where nothing was, and the verdicts of the grade by point."""

    put: dict[str, Put | None]
    verdicts: dict[str, VerdictKind]


class FollowUpBench(Benchmark):
    """The benchmark `followup` after the grades of one grader."""

    def __init__(self, coach: Coach, subject: Subject) -> None:
        """Use a coach whose library is there, and a grader that is opened when it has to grade."""
        self._coach, self._subject = coach, subject
        self.name, self.versions = f"followup-{subject.slug}", subject.versions.model_dump()
        self.version = f"{source_version(*SOURCES)}-{subject.version}"
        self._answers = {case.id: case for case in labelled_answers("test")}

    def prepare(self) -> None:
        """Open the grader. Raises ModelError, UsageError, WeightsError."""
        self._subject.open()

    def cases(self) -> Sequence[Case]:
        """Every labelled answer of the test split. Raises BankError when a question has changed since."""
        return [_case(answer, question_of(self._coach, answer)) for answer in self._answers.values()]

    def run(self, case: Case) -> Outcome:
        """Grade the answer and compose the follow-ups. Raises BankError, IndexingError, ModelError, WeightsError."""
        answer = self._answers.get(case.id)
        if answer is None:
            raise BankError(f"There is no labelled answer {case.id} any more.")
        question = question_of(self._coach, answer)
        started = time.perf_counter()
        grade = self._subject.grade(question, answer.answer)
        put = {
            "graded": put_after(question, answer.answer, grade),
            "labels": put_after(question, answer.answer, grade_by_labels(question, answer)),
            "composed": put_after(question.model_copy(update={"follow_ups": ()}), answer.answer, grade),
        }
        ms = (time.perf_counter() - started) * 1000
        values = FollowUpValues(put=put, verdicts={verdict.id: verdict.verdict for verdict in grade.points})
        reason = reason_of(FollowUpContent.model_validate(case.content), put["graded"], values.verdicts)
        return Outcome(id=case.id, values=values.model_dump(mode="json"), reason=reason, ms=ms)

    def measure(self, cases: Sequence[Case], outcomes: Sequence[Outcome]) -> dict[str, Metric]:
        """See `measure` below."""
        return measure(cases, outcomes)


def benchmarks(coach: Coach, options: Options) -> list[Benchmark]:
    """One for each grader. Raises UsageError for a grader that there is not."""
    states = None if options.fresh else options.out / "states.jsonl"
    return [FollowUpBench(coach, Subject(coach, name, states)) for name in options.graders]


def measure(cases: Sequence[Case], outcomes: Sequence[Outcome]) -> dict[str, Metric]:
    """The figures of each way. A case that failed counts as an answer that nothing was asked after, and as a follow-up that missed."""
    tried = [_tried(case, outcome) for case, outcome in zip(cases, outcomes, strict=True)]
    return {f"{way}.{name}": metric for way in WAYS for name, metric in _figures(way, tried).items()} | _clarification_figures(tried)


def put_after(question: Question, answer: str, grade: Grade) -> Put | None:
    """What an interview without a chat model puts after this grade of the first answer; None when it goes on to the next question."""
    turn = Turn(
        id=1, role="question", text=question.text, point_id=None, written_by="corpus", asked_at=_AT, answer=answer, answered_at=_AT,
        grade=grade, thread_grade=grade,
    )  # fmt: skip
    thread, asked = Thread(number=1, question=question, turns=(turn,)), frozenset({question.text})
    due = decide(InterviewState(seq=1, setup=Setup(length=1), pool=(), started_at=_AT, threads=(thread,)))[0]
    if isinstance(due, AskToClarify):
        point = next(point for point in question.key_points if point.id == due.point_id)
        verdict = next((verdict for verdict in grade.points if verdict.id == point.id), None)
        return Put(role="clarification", ask=compose_clarification(question, point, verdict, asked))
    if isinstance(due, AskFollowUp):
        ask = compose_follow_up(question, grade, [answer], asked, None, points=due.points)
        return Put(role="follow_up", ask=ask) if ask is not None else None
    return None


def grade_by_labels(question: Question, answer: LabelledAnswer) -> Grade:
    """The grade that says of every point what its label says, sure of it."""
    points = tuple(
        Verdict(
            id=point.id,
            text=point.text,
            essential=point.essential,
            verdict=label.verdict,
            quote=verbatim(label.span, answer.answer) if label.span and label.verdict is not VerdictKind.MISSING else None,
            confidence=1.0,
            source=None,
        )
        for point, label in zip(question.key_points, answer.points, strict=True)
    )
    score = 10 * answer.score
    return Grade(
        bank=question.bank, question_id=question.id, score=score, low=score, high=score, band=band_of(score), grader="fast", points=points,
        versions=Versions(model=None, prompt=None, calibration=None, embedder=None),
    )  # fmt: skip


def says_of_point(text: str, point: str, question: str, answer: str) -> float:
    """How much of a point a follow-up is the first to say: the share of its content words beyond the question's."""
    own = frozenset(content_stems(point)) - frozenset(content_stems(question))
    told = (own & frozenset(content_stems(text))) - frozenset(content_stems(answer))
    return len(told) / len(own) if own else 0.0


def repeats(text: str, question: str) -> bool:
    """Whether a follow-up is the question once more: nearly the same words."""
    said, asked = frozenset(content_stems(text)), frozenset(content_stems(question))
    return normalise(text) == normalise(question) or (bool(said | asked) and len(said & asked) / len(said | asked) >= TOO_SIMILAR)


def well_formed(text: str) -> bool:
    """Whether it asks or tells the candidate to do something, in no more words than a person can hold."""
    last = re.split(r"(?<=[.!?])\s+", text.strip())[-1]
    return len(text.split()) <= MAX_WORDS and (last.endswith("?") or asks(last, marked=True))


def reason_of(content: FollowUpContent, put: Put | None, verdicts: Mapping[str, VerdictKind]) -> str:
    """Why what was put, or nothing, was right or wrong by the labels, as a sentence."""
    essential, everything = content.open(content.essential()), content.open(content.points)
    if put is None:
        if not essential:
            return "Nothing was asked, and every essential point is covered by label."
        return f"Nothing was asked, although by label “{essential[0].text}” is {essential[0].label}."
    point = _probed(content, put.ask)
    if put.role == "clarification":
        return f"It asks whether “{point.text}” was said, unsure that it is {verdicts[point.id]}; by label it is {point.label}."
    if point.label is not VerdictKind.COVERED:
        return f"It asks for “{point.text}”, which is {point.label} by label."
    if not everything:
        return f"It asks for “{point.text}”, although by label nothing is missing."
    wanted = (essential or everything)[0]
    return f"It asks for “{point.text}”, which is covered by label; “{wanted.text}” is {wanted.label}."


class _Tried(NamedTuple):
    """A case with what came of it; None in place of that where it failed."""

    group: str
    content: FollowUpContent
    values: FollowUpValues | None

    def asked(self, way: str, role: Literal["follow_up", "clarification"] = "follow_up") -> FollowUpAsk | None:
        """The follow-up, or the question to clarify, that was put in this way."""
        put = self.values.put[way] if self.values is not None else None
        return put.ask if put is not None and put.role == role else None


def _tried(case: Case, outcome: Outcome) -> _Tried:
    values = None if outcome.error is not None else FollowUpValues.model_validate(outcome.values)
    return _Tried(case.group, FollowUpContent.model_validate(case.content), values)


def _case(answer: LabelledAnswer, question: Question) -> Case:
    points = tuple(
        AskedPoint(id=point.id, text=point.text, essential=point.essential, label=label.verdict)
        for point, label in zip(question.key_points, answer.points, strict=True)
    )
    source = hashlib.sha256(question.model_dump_json().encode()).hexdigest()[:16]
    content = FollowUpContent(question=question.text, source=source, kind=answer.kind, answer=answer.answer, points=points)
    return Case(id=answer.id, group=question.ref, content=content.model_dump(mode="json"))


def _figures(way: str, tried: Sequence[_Tried]) -> dict[str, Metric]:
    """What is good or bad in a way, each as a share. Answers after which a question to clarify comes first have no part in it.

    Of the answers with an open essential point, `gap_followed` were followed up; of the complete ones, `complete_followed`. Of the
    follow-ups, `probes_a_gap` ask for an open point, `needless` follow a complete answer, and of those after an answer with an open
    essential point, `essential_first` ask for one such. All else is of the follow-ups.
    """
    tried = [one for one in tried if one.asked(way, "clarification") is None]
    followed = [(one, ask) for one in tried if (ask := one.asked(way)) is not None]
    failed = [one for one in tried if one.values is None]

    def of_follow_ups(holds: Callable[[FollowUpContent, FollowUpAsk], bool], only: Callable[[FollowUpContent], bool] = _any) -> Metric:
        return share_of((one.group, holds(one.content, ask)) for one, ask in followed if only(one.content))

    def good(holds: Callable[[FollowUpContent, FollowUpAsk], bool], only: Callable[[FollowUpContent], bool] = _any) -> Metric:
        flags: list[Flag] = [(one.group, holds(one.content, ask)) for one, ask in followed if only(one.content)]
        return share_of([*flags, *((one.group, False) for one in failed if only(one.content))])

    return {
        "gap_followed": share_of(_was_followed(way, tried, _has_essential_gap)),
        "probes_a_gap": good(lambda content, ask: _probed(content, ask).label is not VerdictKind.COVERED),
        "essential_first": good(lambda content, ask: _probed(content, ask) in content.open(content.essential()), _has_essential_gap),
        "needless": of_follow_ups(lambda content, _: not content.open(content.points)),
        "complete_followed": share_of(_was_followed(way, tried, lambda content: not content.open(content.points))),
        "repeats_question": of_follow_ups(lambda content, ask: repeats(ask.text, content.question)),
        "gives_away": of_follow_ups(_gives_away),
        "from_corpus": of_follow_ups(lambda _, ask: ask.written_by == "corpus"),
        "well_formed": good(lambda _, ask: well_formed(ask.text)),
    }


def _clarification_figures(tried: Sequence[_Tried]) -> dict[str, Metric]:
    """Of all answers, after how many the interview asks to clarify; of the verdicts that it asks about, how many were wrong.

    Beside it for comparison how many were wrong of the verdicts on essential points that it does not ask about.
    """
    about: list[Flag] = []
    others: list[Flag] = []
    for one in tried:
        if one.values is None:
            continue
        ask = one.asked("graded", "clarification")
        for point in one.content.essential():
            if (said := one.values.verdicts.get(point.id)) is not None:
                flags = about if ask is not None and ask.point_id == point.id else others
                flags.append((one.group, said is not point.label))
    return {
        "clarification.asked": share_of((one.group, one.asked("graded", "clarification") is not None) for one in tried),
        "clarification.verdict_wrong": share_of(about),
        "clarification.other_verdicts_wrong": share_of(others),
    }


def _any(_: FollowUpContent) -> bool:
    return True


def _has_essential_gap(content: FollowUpContent) -> bool:
    return bool(content.open(content.essential()))


def _was_followed(way: str, tried: Sequence[_Tried], only: Callable[[FollowUpContent], bool]) -> Iterator[Flag]:
    return ((one.group, one.asked(way) is not None) for one in tried if only(one.content))


def _probed(content: FollowUpContent, ask: FollowUpAsk) -> AskedPoint:
    return next(point for point in content.points if point.id == ask.point_id)


def _gives_away(content: FollowUpContent, ask: FollowUpAsk) -> bool:
    return says_of_point(ask.text, _probed(content, ask).text, content.question, content.answer) > GIVEN_AWAY
