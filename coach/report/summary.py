"""A report on an interview, drawn from its state alone: the same events give the same report."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from coach.corrections import Changes, changes_of
from coach.domain import Band, Frozen, Grade, GraderName, KeyPoint, Level, Question, Source, Verdict, VerdictKind, Versions, WrongClaim
from coach.events import EndReason, HintLevel, Role, Setup, WrittenBy
from coach.grading.score import band_of
from coach.interview import InterviewState, Thread
from coach.report.spoken import Moment, SessionDelivery, moments_of, session_delivery
from coach.spoken import Spoken

Outcome = Literal["graded", "ungraded", "passed", "unanswered"]

SOLID = 80  # a question from here on needs no more practice: the band above "solid" begins


class Score(Frozen):
    """A score of 0 to 100 with its range."""

    score: int
    low: int
    high: int
    band: Band


class ReportTurn(Frozen):
    """A question or follow-up with the answer, verbatim. `score` is of this answer alone.

    Of a spoken answer there is the transcript as it was heard, with its times, how it sounded, what the candidate corrected, and when
    the words behind the verdicts were said; `not_heard` has the reasons of the tries that could not be made out.
    """

    id: int
    role: Role
    text: str
    written_by: WrittenBy
    answer: str | None
    passed: bool
    score: int | None
    grader: GraderName | None
    note: str | None
    spoken: Spoken | None
    changes: Changes | None
    moments: tuple[Moment, ...]
    not_heard: tuple[str, ...]


class ReportHint(Frozen):
    """A hint that was given."""

    level: HintLevel
    text: str


class ReportDispute(Frozen):
    """A verdict that the candidate disagrees with: the coach's, and what it should be in the candidate's eyes. The score is the coach's."""

    point_id: str
    point: str
    verdict: VerdictKind
    meant: VerdictKind
    why: str


class ReportThread(Frozen):
    """A question with its follow-ups: `before` is the score of the first answer, `after` of all of them together."""

    number: int
    ref: str
    question: str
    topic: str
    level: Level
    source: str
    model_answer: str
    outcome: Outcome
    ungraded: str | None
    reason: str | None
    before: Score | None
    after: Score | None
    turns: tuple[ReportTurn, ...]
    points: tuple[Verdict, ...]
    disputes: tuple[ReportDispute, ...]
    wrong_claims: tuple[WrongClaim, ...]
    feedback: str
    hints: tuple[ReportHint, ...]
    model_answer_shown: bool
    graders: tuple[GraderName, ...]
    versions: tuple[Versions, ...]


class Strength(Frozen):
    """A point that was judged covered, in the rubric's words."""

    number: int
    point: str


class WorkOn(Frozen):
    """A point that was not, and where to read about it."""

    number: int
    ref: str
    point: str
    essential: bool
    verdict: VerdictKind
    source: Source | None


class Report(Frozen):
    """What an interview came to. `overall` is the mean over the `counted` questions; `notes` say what was left out and why."""

    session_id: str
    setup: Setup
    started_at: datetime
    ended_at: datetime | None
    ended: EndReason | None
    overall: Score | None
    counted: int
    notes: tuple[str, ...]
    strengths: tuple[Strength, ...]
    work_on: tuple[WorkOn, ...]
    topics: tuple[str, ...]
    practise: tuple[str, ...]
    threads: tuple[ReportThread, ...]
    delivery: SessionDelivery | None


def report_of(session_id: str, state: InterviewState) -> Report:
    """The report on an interview as it stands, finished or not."""
    threads = tuple(_thread(thread) for thread in state.threads)
    counted = _counted(threads, state.setup)
    weak = sorted((t for t in threads if t.outcome == "passed" or (t.after is not None and t.after.score < SOLID)), key=_score_of)
    return Report(
        session_id=session_id,
        setup=state.setup,
        started_at=state.started_at,
        ended_at=state.ended_at,
        ended=state.ended,
        overall=_mean(counted),
        counted=len(counted),
        notes=_notes(threads, state),
        strengths=tuple(Strength(number=t.number, point=v.text) for t in threads for v in t.points if v.verdict == VerdictKind.COVERED),
        work_on=_work_on(state.threads),
        topics=tuple(dict.fromkeys(t.topic for t in weak)),
        practise=_practise(weak, state),
        threads=threads,
        delivery=session_delivery(state),
    )


def _thread(thread: Thread) -> ReportThread:
    question, grade = thread.question, thread.grade
    first = thread.turns[0].thread_grade
    graded = [turn.grade for turn in thread.turns if turn.grade is not None]
    return ReportThread(
        number=thread.number,
        ref=question.ref,
        question=question.text,
        topic=question.topic,
        level=question.level,
        source=question.source,
        model_answer=question.answer,
        outcome=_outcome(thread),
        ungraded=grade.ungraded if grade is not None else None,
        reason=grade.reason if grade is not None else None,
        before=_score(first),
        after=_score(grade),
        turns=tuple(
            ReportTurn(
                id=turn.id,
                role=turn.role,
                text=turn.text,
                written_by=turn.written_by,
                answer=turn.answer,
                passed=turn.passed,
                score=turn.grade.score if turn.grade is not None else None,
                grader=turn.grade.grader if turn.grade is not None else None,
                note=turn.note,
                spoken=turn.spoken,
                changes=changes_of(turn),
                moments=moments_of(turn, grade.points if grade is not None else ()),
                not_heard=tuple(each.reason for each in turn.not_heard),
            )
            for turn in thread.turns
        ),
        points=grade.points if grade is not None else (),
        disputes=_disputes(thread),
        wrong_claims=grade.wrong_claims if grade is not None else (),
        feedback=grade.feedback if grade is not None else "",
        hints=tuple(ReportHint(level=hint.level, text=hint.text) for hint in thread.hints),
        model_answer_shown=thread.model_answer_shown,
        graders=tuple(dict.fromkeys(each.grader for each in graded)),
        versions=tuple(dict.fromkeys(each.versions for each in graded)),
    )


def _disputes(thread: Thread) -> tuple[ReportDispute, ...]:
    """What the candidate disagrees about, in the order of the points."""
    said = {each.point_id: each for each in thread.open_disputes}
    verdicts = thread.grade.points if thread.grade is not None else ()
    return tuple(
        ReportDispute(point_id=v.id, point=v.text, verdict=v.verdict, meant=said[v.id].verdict, why=said[v.id].why)
        for v in verdicts
        if v.id in said
    )


def _outcome(thread: Thread) -> Outcome:
    if thread.passed:
        return "passed"
    if thread.turns[0].answer is None:
        return "unanswered"
    return "graded" if thread.grade is not None and thread.grade.score is not None else "ungraded"


def _score(grade: Grade | None) -> Score | None:
    if grade is None or grade.score is None:
        return None
    low = grade.low if grade.low is not None else grade.score
    high = grade.high if grade.high is not None else grade.score
    return Score(score=grade.score, low=low, high=high, band=grade.band or band_of(grade.score))


def _score_of(thread: ReportThread) -> int:
    return thread.after.score if thread.after is not None else 0


def _counted(threads: tuple[ReportThread, ...], setup: Setup) -> list[Score]:
    """A passed question is worth 0 in a mock interview and counts for nothing in practice."""
    passed = Score(score=0, low=0, high=0, band="not yet")
    scores = [t.after if t.after is not None else passed for t in threads if t.after is not None or t.outcome == "passed"]
    return scores if setup.mode == "mock" else [t.after for t in threads if t.after is not None]


def _mean(scores: list[Score]) -> Score | None:
    if not scores:
        return None
    score, low, high = (_rounded_mean([getattr(each, name) for each in scores]) for name in ("score", "low", "high"))
    return Score(score=score, low=low, high=high, band=band_of(score))


def _rounded_mean(values: list[int]) -> int:
    return int(sum(values) / len(values) + 0.5)


def _notes(threads: tuple[ReportThread, ...], state: InterviewState) -> tuple[str, ...]:
    def numbers(outcome: Outcome) -> list[int]:
        return [thread.number for thread in threads if thread.outcome == outcome]

    notes = []
    if passed := numbers("passed"):
        count = "counts as 0" if state.setup.mode == "mock" else "is left out of the score"
        notes.append(f"{_questions(passed)} passed; a passed question {count}.")
    if ungraded := numbers("ungraded"):
        notes.append(f"{_questions(ungraded)} not graded, and left out of the score.")
    if unanswered := numbers("unanswered"):
        notes.append(f"{_questions(unanswered)} still open at the end, and left out of the score.")
    told = [t.number for t in threads if t.model_answer_shown or any(hint.level == 3 for hint in t.hints)]
    if told:
        notes.append(f"{_questions(told)} helped by a hint that told a point or by the model answer; what was told counts at most partial.")
    if corrected := sum(turn.changes is not None for thread in threads for turn in thread.turns):
        answers = "one answer" if corrected == 1 else f"{corrected} answers"
        notes.append(f"You corrected the transcript of {answers}; what was heard is kept beside it.")
    if disputed := sum(len(thread.disputes) for thread in threads):
        verdicts = "one verdict" if disputed == 1 else f"{disputed} verdicts"
        notes.append(f"You disagree with {verdicts}; the score is the coach's.")
    if state.ended == "finished" and len(threads) < state.setup.length:
        notes.append(f"{state.setup.length} questions were wished for; the choice of banks, topics and level has {len(threads)}.")
    return tuple(notes)


def _questions(numbers: list[int]) -> str:
    if len(numbers) == 1:
        return f"Question {numbers[0]} was"
    return f"Questions {', '.join(map(str, numbers[:-1]))} and {numbers[-1]} were"


_WORST_FIRST = (VerdictKind.CONTRADICTED, VerdictKind.MISSING, VerdictKind.PARTIAL)


def _work_on(threads: tuple[Thread, ...]) -> tuple[WorkOn, ...]:
    """The points that were not covered: essential ones first, then by how wrong they went, then in order."""
    found = [item for thread in threads for item in _gaps_of(thread)]
    return tuple(sorted(found, key=lambda item: (not item.essential, _WORST_FIRST.index(item.verdict))))


def _gaps_of(thread: Thread) -> list[WorkOn]:
    question, grade = thread.question, thread.grade
    if not thread.passed and (grade is None or grade.score is None):
        return []
    gaps: list[tuple[KeyPoint, VerdictKind, Source | None]]
    if grade is None or not grade.points:  # passed, or 0 without a look at the points: its essentials are what to learn
        gaps = [(point, VerdictKind.MISSING, None) for point in question.essential_points]
    else:
        points = {point.id: point for point in question.key_points}
        gaps = [(points[v.id], v.verdict, v.source) for v in grade.points if v.verdict != VerdictKind.COVERED and v.id in points]
    return [
        WorkOn(
            number=thread.number,
            ref=question.ref,
            point=point.text,
            essential=point.essential,
            verdict=verdict,
            source=source or _own_source(question, point),
        )
        for point, verdict, source in gaps
    ]


def _own_source(question: Question, point: KeyPoint) -> Source | None:
    """Where the point was drawn from, when the grade names no passage."""
    if point.span is None or not question.source:
        return None
    return Source(document=question.source, passage=question.answer[point.span.start : point.span.end])


def _practise(weak: list[ReportThread], state: InterviewState) -> tuple[str, ...]:
    """The questions to practise: the weak ones, the weakest first, then what they are related to and was not asked."""
    refs = [thread.ref for thread in weak]
    known = {ref.ref for ref in state.pool}
    questions = {thread.question.ref: thread.question for thread in state.threads}
    related = [f"{questions[ref].bank}/{id}" for ref in refs for id in questions[ref].related]
    asked = set(questions)
    return tuple(dict.fromkeys([*refs, *(ref for ref in related if ref in known and ref not in asked)]))
