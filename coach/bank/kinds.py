"""What a question wants: its kind, and the points of a good story for one about experience."""

from __future__ import annotations

from coach.bank.english import pattern
from coach.domain import KeyPoint, Kind

_EXPERIENCE = pattern("experience")
_FAMILIAR = pattern("familiarity")
_COMPARE = pattern("comparison")
_CODE = pattern("code")
_DESIGN = pattern("design")

_STORY = (
    ("Describes one concrete situation to do with {topic}, and what the goal in it was.", True),
    ("Says what their own part in the work on {topic} was, as distinct from the team's.", True),
    ("Names the technique or tool that was chosen for {topic}, with the reason for the choice.", False),
    ("Gives the result with a figure, or with another change that could be observed.", False),
    ("Says what was learnt about {topic}, or what would be done differently next time.", False),
)


def kind_of(question: str) -> Kind:
    """Whether the question asks for a story, a comparison, code, a way to do something, or a concept."""
    if _EXPERIENCE.search(question) and not _FAMILIAR.search(question):
        return "experience"
    if _CODE.search(question):
        return "code"
    if _COMPARE.search(question):
        return "compare"
    return "design" if _DESIGN.search(question) else "concept"


def story_points(topic: str) -> tuple[KeyPoint, ...]:
    """What a good answer to "have you used…" has, phrased for the topic: never one person's biography."""
    return tuple(KeyPoint.of(text.format(topic=topic), essential=essential) for text, essential in _STORY)
