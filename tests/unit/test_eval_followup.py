"""The follow-up benchmark's figures, on follow-ups whose worth is known."""

from __future__ import annotations

import math
from collections.abc import Mapping

import pytest
from interviews import FIRST, SECOND, THIRD, grade, question

from coach.domain import Question, VerdictKind
from coach.followup import FollowUpAsk
from eval.bench import Case, Outcome
from eval.cases import LabelledAnswer, LabelledPoint
from eval.followup import (
    FollowUpContent,
    FollowUpValues,
    Put,
    grade_by_labels,
    measure,
    put_after,
    reason_of,
    repeats,
    says_of_point,
    well_formed,
)
from eval.metrics import Metric
from eval.shares import share_of
from eval.versions import source_version

COVERED, PARTIAL, MISSING = VerdictKind.COVERED, VerdictKind.PARTIAL, VerdictKind.MISSING
DROPOUT = question()
Said = Mapping[str, VerdictKind]
SAID: Said = {FIRST.id: MISSING, SECOND.id: COVERED}
ASKED = "What happens to a unit in a training step?"


def labelled(kinds: Mapping[str, VerdictKind], span: str | None = None) -> LabelledAnswer:
    points = [LabelledPoint(id=point.id, text=point.text, verdict=kinds.get(point.id, COVERED), span=span) for point in DROPOUT.key_points]
    return LabelledAnswer(
        id="one", bank="b", question_id="q", split="test", kind="half", answer="It makes the network smaller.", points=tuple(points),
        wrong_claims=(), score=5, note="", labelled_by="model",
    )  # fmt: skip


def case(kinds: Mapping[str, VerdictKind], group: str = "q") -> Case:
    points = [
        {"id": point.id, "text": point.text, "essential": point.essential, "label": kinds.get(point.id, COVERED)}
        for point in DROPOUT.key_points
    ]
    content = FollowUpContent.model_validate(
        {"question": DROPOUT.text, "source": "", "kind": "half", "answer": "It makes the network smaller.", "points": points}
    )
    return Case(id="one", group=group, content=content.model_dump(mode="json"))


def outcome(point: str | None, text: str = ASKED, written_by: str = "corpus", *, role: str = "follow_up", said: Said = SAID) -> Outcome:
    ask = {"text": text, "point_id": point, "written_by": written_by}
    put = None if point is None else Put.model_validate({"role": role, "ask": ask})
    values = FollowUpValues(put=dict.fromkeys(("graded", "labels", "composed"), put), verdicts=dict(said))
    return Outcome(id="one", values=values.model_dump(mode="json"))


def figures(*pairs: tuple[Case, Outcome]) -> dict[str, float]:
    metrics = measure([case for case, _ in pairs], [outcome for _, outcome in pairs])
    return {name.removeprefix("graded."): metric.value for name, metric in metrics.items() if name.startswith("graded.")}


GAP = case({FIRST.id: MISSING})
COMPLETE = case({})


def test_a_follow_up_that_asks_for_what_is_missing_is_right() -> None:
    found = figures((GAP, outcome(FIRST.id)))
    assert (found["gap_followed"], found["probes_a_gap"], found["essential_first"], found["needless"]) == (1, 1, 1, 0)
    assert (found["from_corpus"], found["well_formed"], found["repeats_question"], found["gives_away"]) == (1, 1, 0, 0)


def test_a_follow_up_that_asks_for_what_was_said_misses_the_gap() -> None:
    found = figures((GAP, outcome(SECOND.id)))
    assert (found["gap_followed"], found["probes_a_gap"], found["essential_first"], found["needless"]) == (1, 0, 0, 0)


def test_a_follow_up_after_a_complete_answer_is_needless() -> None:
    found = figures((COMPLETE, outcome(FIRST.id)), (GAP, outcome(FIRST.id)), (COMPLETE, outcome(None)))
    assert (found["needless"], found["complete_followed"], found["probes_a_gap"]) == (0.5, 0.5, 0.5)


def test_a_gap_that_is_passed_over_counts_and_a_complete_answer_that_is_does_not() -> None:
    found = figures((GAP, outcome(None)), (COMPLETE, outcome(None)))
    assert (found["gap_followed"], found["complete_followed"]) == (0, 0)
    assert math.isnan(found["probes_a_gap"])


def test_a_case_that_failed_counts_against_the_figures() -> None:
    found = figures((GAP, Outcome(id="one", error="It is gone.")), (GAP, outcome(FIRST.id)))
    assert (found["gap_followed"], found["probes_a_gap"], found["essential_first"], found["well_formed"]) == (0.5, 0.5, 0.5, 0.5)


def test_without_a_marked_point_every_open_one_is_essential() -> None:
    content = FollowUpContent.model_validate(GAP.content)
    unmarked = content.model_copy(update={"points": tuple(point.model_copy(update={"essential": False}) for point in content.points)})
    assert [point.id for point in unmarked.open(unmarked.essential())] == [FIRST.id]


def test_a_grade_by_labels_is_followed_up_where_the_labels_see_a_gap() -> None:
    put = put_after(DROPOUT, "It makes the network smaller.", grade_by_labels(DROPOUT, labelled({FIRST.id: MISSING})))
    assert put is not None
    assert (put.role, put.ask.point_id, put.ask.text) == ("follow_up", FIRST.id, ASKED)
    assert put_after(DROPOUT, "Everything.", grade_by_labels(DROPOUT, labelled({}))) is None


def test_after_a_grade_that_is_unsure_the_interview_asks_to_clarify_and_not_for_the_gap() -> None:
    unsure = grade({FIRST.id: PARTIAL, SECOND.id: MISSING, THIRD.id: MISSING}, unsure=frozenset({FIRST.id}))
    put = put_after(DROPOUT, "It makes the network smaller.", unsure)
    assert put is not None
    assert (put.role, put.ask.point_id) == ("clarification", FIRST.id)
    sure = put_after(DROPOUT, "It makes the network smaller.", grade({FIRST.id: PARTIAL, SECOND.id: MISSING, THIRD.id: MISSING}))
    assert sure is not None
    assert sure.role == "follow_up"


def test_clarifications_have_figures_of_their_own() -> None:
    right, wrong = outcome(FIRST.id, role="clarification"), outcome(FIRST.id, role="clarification", said={**SAID, FIRST.id: COVERED})
    pairs = [(GAP, right), (GAP, wrong), (GAP, outcome(FIRST.id)), (GAP, Outcome(id="one", error="It is gone."))]
    metrics = measure([case for case, _ in pairs], [outcome for _, outcome in pairs])
    asked, about, others = (metrics[f"clarification.{name}"] for name in ("asked", "verdict_wrong", "other_verdicts_wrong"))
    assert (asked.value, about.value, about.n, others.value, others.n) == (0.5, 0.5, 2, 0, 4)
    assert (metrics["graded.gap_followed"].value, metrics["graded.gap_followed"].n) == (0.5, 2)  # a question to clarify is no follow-up


def test_where_nothing_is_clarified_nothing_is_known_of_it() -> None:
    metrics = measure([GAP], [outcome(FIRST.id)])
    assert metrics["clarification.asked"].value == 0
    assert math.isnan(metrics["clarification.verdict_wrong"].value)


def test_a_grade_by_labels_quotes_only_what_was_said() -> None:
    said = grade_by_labels(DROPOUT, labelled({FIRST.id: PARTIAL}, span="makes the network smaller"))
    invented = grade_by_labels(DROPOUT, labelled({FIRST.id: PARTIAL}, span="makes it faster"))
    assert said.points[0].quote == "makes the network smaller"
    assert invented.points[0].quote is None
    assert grade_by_labels(DROPOUT, labelled({FIRST.id: MISSING}, span="makes the network smaller")).points[0].quote is None


def test_an_answer_that_could_not_be_graded_is_not_followed_up() -> None:
    grade = grade_by_labels(DROPOUT, labelled({FIRST.id: MISSING}))
    ungraded = grade.model_copy(update={"score": None, "ungraded": "Another language.", "points": ()})
    assert put_after(DROPOUT, "Je ne sais pas.", ungraded) is None


POINT = "Each unit is switched off at random with some probability."


@pytest.mark.parametrize(
    ("text", "answer", "share"),
    [
        ("What happens in a training step?", "", 0.0),
        ("Is each unit switched off at random with some probability?", "", 1.0),
        ("Is a unit switched off?", "", 0.5),
        ("Is a unit switched off?", "Units are switched off.", 0.0),
    ],
)
def test_a_point_is_told_by_its_words_beyond_the_question_and_the_answer(text: str, answer: str, share: float) -> None:
    assert says_of_point(text, POINT, "What is dropout?", answer) == pytest.approx(share)


@pytest.mark.parametrize(
    ("text", "fine"),
    [
        ("What happens to it?", True),
        ("Let us stay with the loss. Why is that so?", True),
        ("Explain what happens at inference.", True),
        ("At inference nothing is dropped.", False),
        (f"What happens {'and then ' * 25}at the end?", False),
    ],
)
def test_a_follow_up_asks_or_requests_in_few_words(text: str, fine: bool) -> None:
    assert well_formed(text) is fine


def test_the_question_once_more_is_told_from_a_new_one() -> None:
    assert repeats("So what does dropout do in a network?", "What does dropout do in a network?")
    assert not repeats("What happens at inference?", "What does dropout do in a network?")


def test_a_reason_says_what_was_asked_and_how_its_point_is_labelled() -> None:
    gap, complete = FollowUpContent.model_validate(GAP.content), FollowUpContent.model_validate(COMPLETE.content)
    asks = (FollowUpAsk(text=ASKED, point_id=id, written_by="corpus") for id in (FIRST.id, SECOND.id))
    first, second = (Put(role="follow_up", ask=ask) for ask in asks)
    assert reason_of(gap, first, SAID) == f"It asks for “{FIRST.text}”, which is missing by label."
    assert reason_of(gap, second, SAID).endswith(f"which is covered by label; “{FIRST.text}” is missing.")
    assert reason_of(gap, None, SAID) == f"Nothing was asked, although by label “{FIRST.text}” is missing."
    assert reason_of(complete, None, SAID) == "Nothing was asked, and every essential point is covered by label."
    assert reason_of(complete, first, SAID).endswith("although by label nothing is missing.")
    clarifying = Put(role="clarification", ask=first.ask)
    told = f"It asks whether “{FIRST.text}” was said, unsure that it is partial; by label it is missing."
    assert reason_of(gap, clarifying, {FIRST.id: PARTIAL}) == told


def test_a_share_of_nothing_is_no_number() -> None:
    nothing = share_of([])
    assert math.isnan(nothing.value)
    assert nothing[1:4] == (None, None, 0)
    assert share_of([("a", True), ("a", False)]) == Metric(0.5, None, None, 2)


def test_a_version_is_of_the_sources_it_names() -> None:
    assert source_version("coach.bank") == source_version("coach.bank")
    assert len({source_version("coach.bank"), source_version("coach.followup"), source_version("coach.bank", "coach.followup")}) == 3
    with pytest.raises(ModuleNotFoundError):
        source_version("coach.nowhere")


def test_questions_without_own_follow_ups_get_composed_ones() -> None:
    bare: Question = DROPOUT.model_copy(update={"follow_ups": ()})
    put = put_after(bare, "It makes the network smaller.", grade_by_labels(bare, labelled({FIRST.id: MISSING})))
    assert put is not None
    assert put.ask.written_by == "template"
