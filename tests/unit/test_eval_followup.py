"""The follow-up benchmark's figures, on follow-ups whose worth is known."""

from __future__ import annotations

import math
from collections.abc import Mapping

import pytest
from interviews import FIRST, SECOND, question

from coach.domain import Question, VerdictKind
from coach.followup import FollowUpAsk
from eval.bench import Case, Outcome
from eval.cases import LabelledAnswer, LabelledPoint
from eval.followup import (
    FollowUpContent,
    FollowUpValues,
    follow_up,
    grade_by_labels,
    measure,
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


def outcome(point: str | None, text: str = ASKED, written_by: str = "corpus") -> Outcome:
    ask = None if point is None else FollowUpAsk.model_validate({"text": text, "point_id": point, "written_by": written_by})
    values = FollowUpValues(asked=dict.fromkeys(("graded", "labels", "composed"), ask))
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
    ask = follow_up(DROPOUT, "It makes the network smaller.", grade_by_labels(DROPOUT, labelled({FIRST.id: MISSING})))
    assert ask is not None
    assert (ask.point_id, ask.text) == (FIRST.id, ASKED)
    assert follow_up(DROPOUT, "Everything.", grade_by_labels(DROPOUT, labelled({}))) is None


def test_a_grade_by_labels_quotes_only_what_was_said() -> None:
    said = grade_by_labels(DROPOUT, labelled({FIRST.id: PARTIAL}, span="makes the network smaller"))
    invented = grade_by_labels(DROPOUT, labelled({FIRST.id: PARTIAL}, span="makes it faster"))
    assert said.points[0].quote == "makes the network smaller"
    assert invented.points[0].quote is None
    assert grade_by_labels(DROPOUT, labelled({FIRST.id: MISSING}, span="makes the network smaller")).points[0].quote is None


def test_an_answer_that_could_not_be_graded_is_not_followed_up() -> None:
    grade = grade_by_labels(DROPOUT, labelled({FIRST.id: MISSING}))
    ungraded = grade.model_copy(update={"score": None, "ungraded": "Another language.", "points": ()})
    assert follow_up(DROPOUT, "Je ne sais pas.", ungraded) is None


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
    first, second = (FollowUpAsk(text=ASKED, point_id=id, written_by="corpus") for id in (FIRST.id, SECOND.id))
    assert reason_of(gap, first) == f"It asks for “{FIRST.text}”, which is missing by label."
    assert reason_of(gap, second).endswith(f"which is covered by label; “{FIRST.text}” is missing.")
    assert reason_of(gap, None) == f"Nothing was asked, although by label “{FIRST.text}” is missing."
    assert reason_of(complete, None) == "Nothing was asked, and every essential point is covered by label."
    assert reason_of(complete, first).endswith("although by label nothing is missing.")


def test_a_share_of_nothing_is_no_number() -> None:
    nothing = share_of([])
    assert math.isnan(nothing.value)
    assert nothing[1:] == (None, None, 0)
    assert share_of([("a", True), ("a", False)]) == Metric(0.5, None, None, 2)


def test_a_version_is_of_the_sources_it_names() -> None:
    assert source_version("coach.bank") == source_version("coach.bank")
    assert len({source_version("coach.bank"), source_version("coach.followup"), source_version("coach.bank", "coach.followup")}) == 3
    with pytest.raises(ModuleNotFoundError):
        source_version("coach.nowhere")


def test_questions_without_own_follow_ups_get_composed_ones() -> None:
    bare: Question = DROPOUT.model_copy(update={"follow_ups": ()})
    ask = follow_up(bare, "It makes the network smaller.", grade_by_labels(bare, labelled({FIRST.id: MISSING})))
    assert ask is not None
    assert ask.written_by == "template"
