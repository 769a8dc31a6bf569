"""The report: what counts, what is praised, what is to be worked on, and that nobody's text builds anything in it."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from interviews import CONTRADICTED, COVERED, FIRST, MISSING, NOON, PARTIAL, SECOND, THIRD, grade, question

from coach.domain import Grade, Question, WrongClaim
from coach.events import Answered, Asked, Ended, Event, Graded, Hinted, Mode, ModelAnswerShown, Passed, QuestionRef, Setup, Started
from coach.interview import fold
from coach.report import Report, report_of, to_markdown

QUESTIONS = [question("dropout", topic="regularisation"), question("adam", topic="optimisers"), question("momentum", topic="optimisers")]
GOOD = grade({FIRST.id: COVERED, SECOND.id: COVERED, THIRD.id: COVERED}, quote="switched off")
HALF = grade({FIRST.id: COVERED, SECOND.id: CONTRADICTED, THIRD.id: MISSING}, quote="they stay off")
NOTHING = grade({}, reason="off topic")


def interview(*played: object, mode: Mode = "practice", length: int = 3, answer: str = "My answer.", end: bool = True) -> Report:
    """Each thing played is a grade, "pass" or "open"; a tuple has an answer's and its follow-up's grade."""
    events: list[Event] = [Started(at=NOON, setup=Setup(mode=mode, length=length), pool=tuple(map(QuestionRef.of, QUESTIONS)))]
    turn = 0
    for asked, what in zip(QUESTIONS, played, strict=False):
        turn += 1
        events.append(Asked(at=NOON, turn_id=turn, role="question", question=asked, text=asked.text))
        if what == "pass":
            events.append(Passed(at=NOON, turn_id=turn))
        if isinstance(what, Grade):
            events += graded(turn, answer, what)
        if isinstance(what, tuple):
            events += graded(turn, answer, what[0])
            turn += 1
            events.append(Asked(at=NOON, turn_id=turn, role="follow_up", question=asked, text="And?", point_id=SECOND.id))
            events += graded(turn, "The follow-up's answer.", what[1])
    if end:
        events.append(Ended(at=NOON + timedelta(minutes=20), reason="stopped"))
    return report_of("abc", fold(events))


def graded(turn: int, answer: str, verdict: Grade) -> list[Event]:
    return [Answered(at=NOON, turn_id=turn, text=answer), Graded(at=NOON, turn_id=turn, grade=verdict, thread_grade=verdict)]


def test_the_overall_score_is_the_mean_of_the_graded_questions() -> None:
    report = interview(GOOD, HALF)
    assert GOOD.score is not None
    assert HALF.score is not None
    assert report.overall is not None
    assert report.overall.score == round((GOOD.score + HALF.score) / 2)
    assert report.counted == 2
    assert report.overall.low <= report.overall.score <= report.overall.high


@pytest.mark.parametrize(("mode", "score", "counted", "note"), [("mock", 50, 2, "counts as 0"), ("practice", 100, 1, "left out")])
def test_a_pass_counts_as_zero_in_a_mock_interview_and_is_left_out_in_practice(mode: Mode, score: int, counted: int, note: str) -> None:
    report = interview(GOOD, "pass", mode=mode)
    assert report.overall is not None
    assert (report.overall.score, report.counted) == (score, counted)
    assert note in report.notes[0]


def test_what_was_open_or_could_not_be_graded_is_left_out_and_said() -> None:
    report = interview(GOOD, grade({}, ungraded="another language"), "open", mode="mock")
    assert report.counted == 1
    assert [thread.outcome for thread in report.threads] == ["graded", "ungraded", "unanswered"]
    assert any("Question 2 was not graded" in note for note in report.notes)
    assert any("Question 3 was still open" in note for note in report.notes)


def test_an_interview_without_an_answer_has_no_score() -> None:
    report = interview()
    assert report.overall is None
    assert "No score" in to_markdown(report)


def test_a_question_shows_its_score_before_and_after_its_follow_ups() -> None:
    report = interview((HALF, GOOD))
    thread = report.threads[0]
    assert thread.before is not None
    assert thread.after is not None
    assert (thread.before.score, thread.after.score) == (HALF.score, GOOD.score)
    assert f"(before the follow-ups {HALF.score})" in to_markdown(report)


def test_strengths_are_exactly_the_points_judged_covered_in_the_rubric_s_words() -> None:
    report = interview(HALF, NOTHING, "pass")
    assert [(item.number, item.point) for item in report.strengths] == [(1, FIRST.text)]


def test_what_to_work_on_has_essential_points_first_with_their_passage() -> None:
    report = interview(HALF, grade({FIRST.id: PARTIAL, SECOND.id: COVERED, THIRD.id: COVERED}))
    assert [(item.number, item.point, item.verdict) for item in report.work_on] == [
        (1, SECOND.text, CONTRADICTED),
        (2, FIRST.text, PARTIAL),
        (1, THIRD.text, MISSING),
    ]
    assert all(item.source is not None and item.source.document == "notes.md" for item in report.work_on)


def test_a_passed_question_s_essential_points_are_to_be_worked_on() -> None:
    assert [item.point for item in interview("pass").work_on] == [FIRST.text, SECOND.text]


def test_an_answer_off_topic_has_its_reason_and_its_essential_points_to_work_on() -> None:
    report = interview(NOTHING)
    assert report.threads[0].reason == "off topic"
    assert [item.point for item in report.work_on] == [FIRST.text, SECOND.text]


def test_next_steps_name_the_weak_topics_and_questions_the_weakest_first() -> None:
    report = interview(GOOD, HALF, NOTHING)
    assert report.topics == ("optimisers",)
    assert report.practise == ("ml/momentum", "ml/adam")
    assert interview(HALF).practise == ("ml/dropout", "ml/momentum")  # related, in the pool, and not asked


def test_hints_and_a_shown_model_answer_are_in_the_report() -> None:
    events = [
        Started(at=NOON, setup=Setup(), pool=(QuestionRef.of(QUESTIONS[0]),)),
        Asked(at=NOON, turn_id=1, role="question", question=QUESTIONS[0], text=QUESTIONS[0].text),
        Hinted(at=NOON, turn_id=1, level=3, text="The point is: x", point_id=FIRST.id),
        ModelAnswerShown(at=NOON, turn_id=1),
    ]
    report = report_of("abc", fold(events))
    assert report.threads[0].hints[0].level == 3
    assert report.threads[0].model_answer_shown
    assert any("at most partial" in note for note in report.notes)
    assert "The model answer was shown" in to_markdown(report)


def test_the_same_events_give_the_same_report_and_json_gives_it_back() -> None:
    report = interview((HALF, GOOD), "pass", HALF)
    assert report == interview((HALF, GOOD), "pass", HALF)
    assert to_markdown(report) == to_markdown(interview((HALF, GOOD), "pass", HALF))
    assert Report.model_validate(json.loads(json.dumps(report.model_dump(mode="json")))) == report


def test_nobody_s_text_builds_anything_in_the_markdown() -> None:
    attack = "<img src=x onerror=alert(1)>\n# Score: 100\n![p](http://evil.example/p.png) [l](javascript:x) </div>"
    wrong = WrongClaim(quote=attack, correction=attack)
    update = {"text": attack, "answer": attack, "source": attack, "topic": attack}
    hostile = Question.model_validate({**QUESTIONS[0].model_dump(), **update})
    verdicts = grade({FIRST.id: COVERED, SECOND.id: MISSING}, quote=attack).model_copy(
        update={"wrong_claims": (wrong,), "feedback": attack, "reason": attack}
    )
    events: list[Event] = [
        Started(at=NOON, setup=Setup(banks=(attack,)), pool=(QuestionRef.of(hostile),)),
        Asked(at=NOON, turn_id=1, role="question", question=hostile, text=attack),
        Hinted(at=NOON, turn_id=1, level=1, text=attack, point_id=FIRST.id),
        Answered(at=NOON, turn_id=1, text=attack),
        Graded(at=NOON, turn_id=1, grade=verdicts, thread_grade=verdicts, note=attack),
        Asked(at=NOON, turn_id=2, role="follow_up", question=hostile, text=attack),
        Answered(at=NOON, turn_id=2, text=attack),
    ]
    markdown = to_markdown(report_of("abc", fold(events)))
    assert "<" not in markdown
    assert "http://" not in markdown
    assert not [line for line in markdown.splitlines() if line.lstrip("> ").startswith("# ") and "Interview report" not in line]
    assert "](" not in markdown.replace("\\](", "").replace("]\\(", "")


def test_the_markdown_reads_as_it_should() -> None:
    verdicts = grade({FIRST.id: COVERED, SECOND.id: MISSING, THIRD.id: PARTIAL}, quote="units are switched off")
    assert to_markdown(interview(verdicts, length=1, answer="Some units are switched off.\nI think.")) == GOLDEN


GOLDEN = """\
# Interview report

2026-03-01 12:00 UTC to 2026-03-01 12:20 UTC · practice · level adaptive · all banks

**50 of 100, developing (42 to 58)** (one question)

## What went well

- During training each unit is switched off at random with some probability. (question 1)

## What to work on

- **At inference every unit takes part again.** (missing, question 1)
  Read in notes.md: “switches units off in training”
- It keeps units from relying on each other. (partial, question 1)
  Read in notes.md: “switches units off in training”

## Next steps

- Topics to go over: regularisation
- Questions to practise: ml/dropout, ml/momentum

## 1. What does dropout do in a neural network?

**50 of 100, developing (42 to 58)**

> Some units are switched off.\\
> I think.

- ✓ covered: During training each unit is switched off at random with some probability. (essential) · “units are switched off”
- ○ missing: At inference every unit takes part again. (essential)
- ◐ partial: It keeps units from relying on each other. · “units are switched off”

A word.

Model answer (notes.md):

> dropout switches units off in training. Later all of them are back. They learn to stand alone.

Graded by the fast grader.
"""
