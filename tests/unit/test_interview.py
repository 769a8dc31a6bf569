"""The state machine: what follows from what, and that nothing else does."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from interviews import CONTRADICTED, COVERED, FIRST, MISSING, NOON, PARTIAL, SECOND, THIRD, grade, question

from coach.domain import Grade, KeyPoint, Question
from coach.errors import UsageError
from coach.events import (
    EVENT,
    Answered,
    Asked,
    Disputed,
    DisputeWithdrawn,
    Ended,
    Event,
    Graded,
    Hinted,
    ModelAnswerShown,
    Passed,
    QuestionRef,
    Setup,
    Started,
)
from coach.interview import (
    AskFollowUp,
    AskQuestion,
    AskToClarify,
    Finish,
    GradeAnswer,
    InterviewState,
    decide,
    fold,
    step,
    target_level,
)
from coach.report import report_of, to_markdown

LEVELS = ("core", "intermediate", "advanced")
BANK = [question(f"{topic}-{level}-{n}", topic=topic, level=level) for topic in ("a", "b", "c") for level in LEVELS for n in range(2)]
BY_REF = {q.ref: q for q in BANK}


def begun(questions: list[Question] = BANK, **choices: object) -> InterviewState:
    setup = Setup.model_validate({"length": 5, **choices})
    return step(None, Started(at=NOON, setup=setup, pool=tuple(QuestionRef.of(q) for q in questions)))


def asked(state: InterviewState, q: Question, *, follow_up: str | None = None) -> InterviewState:
    turn_id = sum(len(thread.turns) for thread in state.threads) + 1
    role = "question" if follow_up is None else "follow_up"
    return step(state, Asked(at=NOON, turn_id=turn_id, role=role, question=q, text=q.text, point_id=follow_up))


def answered(state: InterviewState, verdict: Grade, thread: Grade | None = None) -> InterviewState:
    turn_id = state.turn.id
    state = step(state, Answered(at=NOON, turn_id=turn_id, text="An answer."))
    return step(state, Graded(at=NOON, turn_id=turn_id, grade=verdict, thread_grade=thread or verdict))


def next_question(state: InterviewState) -> Question:
    last = decide(state)[-1]
    assert isinstance(last, AskQuestion)
    return BY_REF[last.ref]


GOOD = grade({FIRST.id: COVERED, SECOND.id: COVERED, THIRD.id: COVERED})
BAD = grade({FIRST.id: MISSING, SECOND.id: MISSING, THIRD.id: MISSING})
GAP = grade({FIRST.id: COVERED, SECOND.id: PARTIAL, THIRD.id: MISSING})


# What is due


def test_a_new_interview_asks_a_question_and_then_waits() -> None:
    state = begun()
    (first,) = decide(state)
    assert isinstance(first, AskQuestion)
    state = asked(state, BY_REF[first.ref])
    assert decide(state) == ()
    assert state.open_turn is not None


def test_a_stored_answer_is_graded_before_anything_else() -> None:
    state = step(asked(begun(), BANK[0]), Answered(at=NOON, turn_id=1, text="An answer."))
    assert decide(state) == (GradeAnswer(turn_id=1),)


def test_the_same_seed_asks_the_same_questions_and_another_does_not() -> None:
    def order(seed: int) -> list[str]:
        state = begun(seed=seed, length=8)
        for _ in range(8):
            state = answered(asked(state, next_question(state)), GOOD)
        return [thread.question.ref for thread in state.threads]

    assert order(1) == order(1)
    assert order(1) != order(2)


@pytest.mark.parametrize(
    ("verdicts", "wanted"),
    [
        ({FIRST.id: COVERED, SECOND.id: COVERED, THIRD.id: MISSING}, None),
        ({FIRST.id: COVERED, SECOND.id: MISSING, THIRD.id: COVERED}, (SECOND.id,)),
        ({FIRST.id: CONTRADICTED, SECOND.id: PARTIAL, THIRD.id: COVERED}, (FIRST.id, SECOND.id)),
    ],
)
def test_a_follow_up_goes_for_essential_points_that_are_not_covered(verdicts: dict, wanted: tuple[str, ...] | None) -> None:
    steps = decide(answered(asked(begun(), BANK[0]), grade(verdicts)))
    if wanted is None:
        assert not any(isinstance(each, AskFollowUp) for each in steps)
    else:
        assert steps[0] == AskFollowUp(points=wanted)
        assert isinstance(steps[1], AskQuestion)  # what to do when no follow-up can be found


def test_at_most_two_follow_ups_are_asked() -> None:
    state = answered(asked(begun(), BANK[0]), BAD)
    for point in (FIRST, SECOND):
        assert isinstance(decide(state)[0], AskFollowUp)
        state = answered(asked(state, BANK[0], follow_up=point.id), BAD)
    assert isinstance(decide(state)[0], AskQuestion)


def test_a_point_that_was_asked_for_is_asked_for_again_only_when_it_has_begun_to_come() -> None:
    state = answered(asked(begun(), BANK[0]), GAP)
    missed = answered(
        asked(state, BANK[0], follow_up=SECOND.id), grade({SECOND.id: MISSING}), grade({FIRST.id: COVERED, SECOND.id: MISSING})
    )
    assert isinstance(decide(missed)[0], AskQuestion)
    begun_to = answered(asked(state, BANK[0], follow_up=SECOND.id), grade({SECOND.id: PARTIAL}), GAP)
    assert decide(begun_to)[0] == AskFollowUp(points=(SECOND.id,))


def test_after_a_pass_the_next_question_comes() -> None:
    state = step(asked(begun(), BANK[0]), Passed(at=NOON, turn_id=1))
    assert isinstance(decide(state)[0], AskQuestion)
    state = asked(answered(asked(begun(), BANK[0]), BAD), BANK[0], follow_up=FIRST.id)
    assert isinstance(decide(step(state, Passed(at=NOON, turn_id=2)))[0], AskQuestion)


def test_after_the_model_answer_no_follow_up_is_asked() -> None:
    state = step(asked(begun(), BANK[0]), ModelAnswerShown(at=NOON, turn_id=1))
    assert isinstance(decide(answered(state, BAD))[0], AskQuestion)


def test_a_point_that_a_hint_told_is_not_asked_for() -> None:
    state = asked(begun(), BANK[0])
    state = step(state, Hinted(at=NOON, turn_id=1, level=3, text="…", point_id=FIRST.id))
    assert decide(answered(state, BAD))[0] == AskFollowUp(points=(SECOND.id,))


def test_an_answer_that_could_not_be_graded_is_not_followed_up() -> None:
    ungraded = grade({}, ungraded="Answers in this language cannot be graded.")
    assert isinstance(decide(answered(asked(begun(), BANK[0]), ungraded))[0], AskQuestion)


def test_off_topic_once_is_followed_up_and_twice_is_not() -> None:
    away = grade({}, reason="off topic")
    state = answered(asked(begun(), BANK[0]), away)
    assert decide(state)[0] == AskFollowUp(points=(FIRST.id, SECOND.id))
    state = answered(asked(state, BANK[0], follow_up=FIRST.id), away)
    assert isinstance(decide(state)[0], AskQuestion)


def test_a_rubric_without_essential_points_has_only_essential_points() -> None:
    plain = question().model_copy(update={"key_points": (KeyPoint.of("One."), KeyPoint.of("Two."))})
    assert plain.essential_points == plain.key_points


# Difficulty


def test_good_answers_make_it_harder_and_bad_ones_easier() -> None:
    state = begun(length=9)
    levels = []
    for verdict in (GOOD, GOOD, GOOD, BAD, BAD, BAD):
        state = answered(asked(state, next_question(state)), verdict)
        levels.append(LEVELS[target_level(state)])
    assert levels == ["intermediate", "advanced", "advanced", "advanced", "intermediate", "core"]


def test_a_pass_makes_it_easier_and_what_could_not_be_graded_changes_nothing() -> None:
    state = answered(asked(begun(), BANK[0]), GOOD)
    assert target_level(answered(asked(state, BANK[1]), grade({}, ungraded="a garbled transcript"))) == 1
    passed = step(asked(step(asked(state, BANK[1]), Passed(at=NOON, turn_id=2)), BANK[2]), Passed(at=NOON, turn_id=3))
    assert target_level(passed) == 0


def test_topics_that_were_not_asked_come_first() -> None:
    state = begun(length=3, level="core")
    for _ in range(3):
        state = answered(asked(state, next_question(state)), grade({FIRST.id: COVERED, SECOND.id: COVERED}))
    assert {thread.question.topic for thread in state.threads} == {"a", "b", "c"}


def test_the_interview_is_over_when_the_length_is_reached_or_the_pool_is_empty() -> None:
    state = answered(asked(begun(length=1), BANK[0]), GOOD)
    assert decide(state) == (Finish(),)
    state = answered(asked(begun(BANK[:1], length=5), BANK[0]), GOOD)
    assert decide(state) == (Finish(),)
    assert state.planned == 1


def test_a_question_that_is_gone_is_not_asked() -> None:
    assert decide(begun(BANK[:2]), without=frozenset({BANK[0].ref}))[0].ref == BANK[1].ref
    assert decide(begun(BANK[:1]), without=frozenset({BANK[0].ref})) == (Finish(),)


# What is not possible

OPEN = asked(begun(), BANK[0])
WAITING = step(OPEN, Answered(at=NOON, turn_id=1, text="An answer."))
UNSURE = answered(OPEN, grade({FIRST.id: PARTIAL, SECOND.id: COVERED, THIRD.id: MISSING}, unsure=frozenset({FIRST.id})))
CLARIFIED = answered(
    step(UNSURE, Asked(at=NOON, turn_id=2, role="clarification", question=BANK[0], text="Which?", point_id=FIRST.id)), GOOD
)
OVER = step(OPEN, Ended(at=NOON, reason="stopped"))


@pytest.mark.parametrize(
    ("state", "event"),
    [
        (None, Ended(at=NOON, reason="stopped")),
        (OPEN, Started(at=NOON, setup=Setup(), pool=())),
        (OPEN, Answered(at=NOON, turn_id=2, text="too early")),
        (OPEN, Graded(at=NOON, turn_id=1, grade=GOOD, thread_grade=GOOD)),
        (OPEN, Asked(at=NOON, turn_id=2, role="question", question=BANK[1], text="?")),
        (WAITING, Answered(at=NOON, turn_id=1, text="twice")),
        (WAITING, Passed(at=NOON, turn_id=1)),
        (WAITING, Hinted(at=NOON, turn_id=1, level=1, text="…", point_id=FIRST.id)),
        (WAITING, Asked(at=NOON, turn_id=2, role="question", question=BANK[1], text="?")),
        (answered(OPEN, GOOD), Asked(at=NOON, turn_id=7, role="question", question=BANK[1], text="?")),
        (answered(OPEN, GOOD), Asked(at=NOON, turn_id=2, role="follow_up", question=BANK[1], text="?")),
        (CLARIFIED, Asked(at=NOON, turn_id=3, role="clarification", question=BANK[0], text="?", point_id=SECOND.id)),
        (OPEN, Disputed(at=NOON, turn_id=1, point_id=FIRST.id, verdict=COVERED)),
        (UNSURE, Disputed(at=NOON, turn_id=1, point_id=FIRST.id, verdict=PARTIAL)),
        (UNSURE, Disputed(at=NOON, turn_id=9, point_id=FIRST.id, verdict=COVERED)),
        (UNSURE, DisputeWithdrawn(at=NOON, turn_id=1, point_id=FIRST.id)),
        (OVER, Answered(at=NOON, turn_id=1, text="too late")),
        (OVER, Ended(at=NOON, reason="stopped")),
        (begun(), Answered(at=NOON, turn_id=1, text="nothing was asked")),
    ],
)
def test_an_event_that_is_not_possible_is_refused(state: InterviewState | None, event: Event) -> None:
    with pytest.raises(UsageError):
        step(state, event)


def test_a_fold_over_nothing_is_refused() -> None:
    with pytest.raises(UsageError, match="not begun"):
        fold([])


# Properties: whatever a candidate does, however slow the machine

unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
KINDS = st.sampled_from([COVERED, PARTIAL, MISSING, CONTRADICTED])
GUESSES = st.frozensets(st.sampled_from([FIRST.id, SECOND.id, THIRD.id]))
GRADES = st.one_of(
    st.builds(lambda a, b, c, unsure: grade({FIRST.id: a, SECOND.id: b, THIRD.id: c}, unsure=unsure), KINDS, KINDS, KINDS, GUESSES),
    st.sampled_from([grade({}, reason="off topic"), grade({}, ungraded="another language")]),
)


@st.composite
def interviews(draw: st.DrawFn) -> list[Event]:
    """Every event of an interview in which the candidate does whatever is possible, up to its end or to any moment of it."""
    pool = draw(st.lists(st.sampled_from(BANK), min_size=1, max_size=12, unique_by=lambda q: q.ref))
    setup = Setup(length=draw(st.integers(1, 6)), seed=draw(st.integers(0, 99)), level=draw(st.sampled_from(["adaptive", "core"])))
    events: list[Event] = [Started(at=NOON, setup=setup, pool=tuple(QuestionRef.of(q) for q in pool))]
    state = fold(events)

    def happens(event: Event) -> None:
        nonlocal state
        events.append(event)
        state = step(state, event)

    for tick in range(draw(st.integers(0, 40))):
        at = NOON + timedelta(seconds=tick)
        steps = decide(state)
        if state.ended is not None:
            break
        if not steps:
            turn = state.open_turn.id
            choice = draw(st.sampled_from(["answer", "answer", "answer", "pass", "hint", "look", "end"]))
            moves = {
                "answer": Answered(at=at, turn_id=turn, text=draw(st.text(max_size=20))),
                "pass": Passed(at=at, turn_id=turn),
                "hint": Hinted(at=at, turn_id=turn, level=draw(st.sampled_from([1, 2, 3])), text="…", point_id=FIRST.id),
                "look": ModelAnswerShown(at=at, turn_id=turn),
                "end": Ended(at=at, reason="stopped"),
            }
            happens(moves[choice])
        elif isinstance(steps[0], GradeAnswer):
            verdict = draw(GRADES)
            happens(Graded(at=at, turn_id=steps[0].turn_id, grade=verdict, thread_grade=verdict))
        elif isinstance(steps[0], AskToClarify):
            q, turn_id = state.thread.question, state.turn.id + 1
            point_id = steps[0].point_id
            happens(Asked(at=at, turn_id=turn_id, role="clarification", question=q, text="Which?", point_id=point_id))
        elif isinstance(steps[0], AskFollowUp) and draw(st.booleans()):
            q = state.thread.question
            turn_id = sum(len(thread.turns) for thread in state.threads) + 1
            happens(Asked(at=at, turn_id=turn_id, role="follow_up", question=q, text="And?", point_id=steps[0].points[0]))
        elif isinstance(steps[-1], AskQuestion):
            q = BY_REF[steps[-1].ref]
            turn_id = sum(len(thread.turns) for thread in state.threads) + 1
            happens(Asked(at=at, turn_id=turn_id, role="question", question=q, text=q.text))
        else:
            happens(Ended(at=at, reason="finished"))
    return events


@unhurried
@given(interviews())
def test_no_question_has_more_than_one_clarification_and_it_is_of_an_essential_point_that_was_a_guess(events: list[Event]) -> None:
    for thread in fold(events).threads:
        asked = [(number, turn) for number, turn in enumerate(thread.turns) if turn.role == "clarification"]
        assert len(asked) <= 1
        for number, turn in asked:
            guesses = {v.id for v in thread.turns[number - 1].thread_grade.points if v.probabilities}
            assert turn.point_id in guesses & {FIRST.id, SECOND.id}
            assert turn.point_id not in {before.point_id for before in thread.turns[:number]}


@unhurried
@given(interviews(), st.data())
def test_disputes_change_nothing_but_themselves_and_can_all_be_taken_back(events: list[Event], data: st.DataObject) -> None:
    state = fold(events)
    turns = [turn for thread in state.threads for turn in thread.turns if turn.thread_grade is not None]
    graded = [(turn.id, verdict) for turn in turns for verdict in turn.thread_grade.points]
    changed = state
    for turn_id, verdict in data.draw(st.lists(st.sampled_from(graded), max_size=5)) if graded else ():
        meant = data.draw(KINDS.filter(lambda kind, was=verdict: kind != was.verdict))
        changed = step(changed, Disputed(at=NOON, turn_id=turn_id, point_id=verdict.id, verdict=meant))
    assert decide(changed) == decide(state)
    assert [thread.grade for thread in changed.threads] == [thread.grade for thread in state.threads]
    for thread in changed.threads:
        for dispute in thread.disputes:
            changed = step(changed, DisputeWithdrawn(at=NOON, turn_id=dispute.turn_id, point_id=dispute.point_id))
    assert changed.threads == state.threads


@unhurried
@given(interviews())
def test_folding_any_prefix_is_the_same_as_stepping_and_as_reading_it_back(events: list[Event]) -> None:
    state = None
    for count, event in enumerate(events, 1):
        state = step(state, event)
        assert fold(events[:count]) == state
        assert state.seq == count
    assert fold(EVENT.validate_json(EVENT.dump_json(event)) for event in events) == state


@unhurried
@given(interviews())
def test_no_more_questions_than_wished_for_none_twice_and_two_follow_ups_at_most(events: list[Event]) -> None:
    state = fold(events)
    refs = [thread.question.ref for thread in state.threads]
    assert len(refs) == len(set(refs)) <= state.planned
    assert all(len(thread.turns) <= 3 for thread in state.threads)
    assert {ref for ref in refs} <= {ref.ref for ref in state.pool}


@unhurried
@given(interviews())
def test_ending_at_any_moment_gives_a_report(events: list[Event]) -> None:
    for count in range(1, len(events) + 1):
        state = fold(events[:count])
        if state.ended is None:
            state = step(state, Ended(at=NOON, reason="stopped"))
        assert decide(state) == ()
        report = report_of("s", state)
        assert report == report_of("s", state)
        assert len(report.threads) == len(state.threads)
        assert to_markdown(report).startswith("# Interview report")


@unhurried
@given(interviews())
def test_something_is_due_or_a_candidate_is_awaited_until_the_end(events: list[Event]) -> None:
    state = fold(events)
    assert (state.ended is not None) + (state.open_turn is not None) + bool(decide(state)) == 1
