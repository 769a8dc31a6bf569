"""Feedback says what the verdicts say: praise for what was covered, corrections, and the next thing to add."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coach.domain import KeyPoint, Kind, Question, Verdict, VerdictKind, WrongClaim
from coach.grading.feedback import CONTRADICTION, CORE_PRAISE, MAX_SENTENCES, MORE_PRAISE, SIDE_PRAISE, STORY_DONE, compose

COVERED, PARTIAL, MISSING, CONTRADICTED = VerdictKind.COVERED, VerdictKind.PARTIAL, VerdictKind.MISSING, VerdictKind.CONTRADICTED
FACTS = (
    "During training each unit is switched off at random.",
    "At inference every unit takes part.",
    "Units learn not to rely on each other",
    "Adam keeps a moving average of the squared gradients.",
    "L2 regularisation is not the same as dropout!",
    "ReLU passes positive inputs unchanged.",
)
STORY = (
    "Names the platform and the size of the data.",
    "Says which trade-off the speaker weighed.",
    "Gives a number that shows the result.",
    "Identifies what the speaker's team would do differently.",
)
CLAIMS = (WrongClaim(quote="units are dropped when predicting", correction="Dropout is off at inference."),)
KINDS = st.lists(st.sampled_from(list(VerdictKind)), max_size=6)


def asked(kind: Kind = "concept") -> Question:
    texts = STORY if kind == "experience" else FACTS
    return Question(id="q", bank="b", text="What does dropout do?", answer="…", kind=kind, key_points=tuple(map(KeyPoint.of, texts)))


def verdicts_of(question: Question, kinds: list[VerdictKind], essential: int = 2) -> list[Verdict]:
    return [
        Verdict(
            id=point.id, text=point.text, essential=number < essential, verdict=kind,
            quote=None if kind is MISSING else "said", confidence=0.9, source=None,
        )
        for number, (point, kind) in enumerate(zip(question.key_points, kinds, strict=False))
    ]  # fmt: skip


def in_words(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))


def sentences_with(templates: tuple[str, ...], feedback: str) -> list[str]:
    """What fills the slots of these templates in the feedback."""
    return [
        found for template in templates for found in re.findall(re.escape(template).replace(r"\{0\}", "(.+?)") + r"(?=\s[A-Z]|$)", feedback)
    ]


@given(KINDS, st.integers(0, 6))
@settings(max_examples=200)
def test_only_what_was_covered_is_praised(kinds: list[VerdictKind], essential: int) -> None:
    verdicts = verdicts_of(asked(), kinds, essential)
    praised = {in_words(text) for text in sentences_with(CORE_PRAISE + MORE_PRAISE + SIDE_PRAISE, compose(asked(), verdicts))}
    assert praised <= {in_words(verdict.text) for verdict in verdicts if verdict.verdict is COVERED}
    assert bool(praised) == any(verdict.verdict is COVERED for verdict in verdicts)


@given(KINDS, st.sampled_from(["concept", "experience"]), st.booleans())
@settings(max_examples=200)
def test_feedback_is_at_most_five_whole_sentences_and_always_the_same(kinds: list[VerdictKind], kind: Kind, wrong: bool) -> None:
    question = asked(kind)
    verdicts = verdicts_of(question, kinds)
    claims = CLAIMS if wrong and CONTRADICTED in kinds else ()
    feedback = compose(question, verdicts, claims)
    assert feedback == compose(question, verdicts, claims)
    assert feedback.endswith((".", "!", "?"))
    assert feedback[0].isupper()
    assert 1 <= len(re.findall(r"[.!?](?=\s+[A-Z]|$)", feedback)) <= MAX_SENTENCES
    assert not re.search(r"\.\.|\.!|!\.| {2}|\{", feedback)


@given(KINDS)
def test_what_was_covered_is_never_asked_for_again(kinds: list[VerdictKind]) -> None:
    verdicts = verdicts_of(asked(), kinds)
    said = in_words(compose(asked(), verdicts))
    assert all(said.count(in_words(verdict.text)) <= 1 for verdict in verdicts)


def test_the_correction_comes_before_the_gaps() -> None:
    feedback = compose(asked(), verdicts_of(asked(), [COVERED, CONTRADICTED, MISSING]), CLAIMS)
    assert sentences_with(CONTRADICTION, feedback)
    assert feedback.index("ropout is off at inference") < feedback.index("nits learn not to rely")


def test_essential_gaps_come_first() -> None:
    verdicts = verdicts_of(asked(), [COVERED, MISSING, MISSING], essential=0)
    urgent = [verdicts[0], verdicts[1], verdicts[2].model_copy(update={"essential": True})]
    feedback = compose(asked(), urgent)
    assert feedback.index("nits learn not to rely") < feedback.index("t inference every unit")


def test_a_complete_answer_is_not_sent_for_more() -> None:
    feedback = compose(asked(), verdicts_of(asked(), [COVERED] * 6))
    assert not re.search(r"missing|next time|wait for|gap", feedback, re.IGNORECASE)


def test_an_empty_rubric_or_a_miss_of_everything_is_said_kindly_and_without_praise() -> None:
    for verdicts in ([], verdicts_of(asked(), [MISSING] * 3)):
        assert "come across" in compose(asked(), verdicts) or "came across" in compose(asked(), verdicts)


@pytest.mark.parametrize(
    ("kinds", "said", "unsaid"),
    [
        ([COVERED], ("named the platform and the size of the data",), ("Names the platform",)),
        ([MISSING, COVERED], ("name the platform", "said which trade-off you weighed"), ("the speaker",)),
        ([MISSING, MISSING, MISSING], ("name the platform", "say which trade-off you weighed"), ("Gives", "the speaker")),
        ([COVERED, COVERED, COVERED, MISSING], ("identify what your team would do differently",), ("the speaker's", "Identifies")),
    ],
)
def test_a_story_is_spoken_of_to_the_one_who_told_it(kinds: list[VerdictKind], said: tuple[str, ...], unsaid: tuple[str, ...]) -> None:
    question = asked("experience")
    feedback = compose(question, verdicts_of(question, kinds))
    assert all(words in feedback for words in said), feedback
    assert not any(words in feedback for words in unsaid), feedback
    assert bool(sentences_with(STORY_DONE, feedback)) == (COVERED in kinds)
