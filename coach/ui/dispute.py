"""Disagreeing with a verdict: a quiet form under a judged point, and what stands there once it was sent. The browser sends it."""

from __future__ import annotations

from collections.abc import Sequence

from coach.disputes import MEANT
from coach.domain import Frozen, Verdict, VerdictKind
from coach.interview import Thread
from coach.session import MAX_WHY
from coach.ui import wording
from coach.ui.markup import Html, tag


class Wish(Frozen):
    """What the browser sends. No verdict takes a dispute back; `pause` is the number of the question that the page stays with."""

    number: int
    point: str
    verdict: VerdictKind | None
    why: str = ""
    pause: int | None = None


class Disputing(Frozen):
    """The question whose verdicts can be disagreed with; `meant` has, by point, what a verdict should be, and why."""

    number: int
    meant: dict[str, tuple[VerdictKind, str]]

    @classmethod
    def of(cls, thread: Thread) -> Disputing:
        """A question as it stands."""
        return cls(number=thread.number, meant={each.point_id: (each.verdict, each.why) for each in thread.open_disputes})


def dispute_box(verdict: Verdict, number: int, disputing: Disputing, *, key: str) -> Html:
    """The form for a point, or what was sent with it. `number` is the point's own, for screen readers."""
    sent = disputing.meant.get(verdict.id)
    address: dict[str, str | int] = {"id": f"dispute-{key}", "data_question": disputing.number, "data_point": verdict.id}
    return _form(verdict, number, key, address) if sent is None else _sent(*sent, number, address)


def disputed_line(verdict: VerdictKind, meant: VerdictKind, why: str) -> Sequence[Html]:
    """Both sides in words: `The coach: not mentioned. You: I said it.`, and why."""
    sides = tag("p", f"The coach: {wording.VERDICT[verdict].lower()}. You: {MEANT[meant]}.", class_="ic-small")
    return [sides, tag("p", f"“{why}”", class_="ic-small ic-text")] if why else [sides]


def _form(verdict: Verdict, number: int, key: str, address: dict[str, str | int]) -> Html:
    choices = [(kind, words) for kind, words in MEANT.items() if kind != verdict.verdict]
    options = [
        tag("label", tag("input", type="radio", name_=f"meant-{key}", value=kind.value, checked=n == 0), tag("span", words))
        for n, (kind, words) in enumerate(choices)
    ]
    reason = tag(
        "label",
        tag("span", "Why, if you like to say it"),
        tag("textarea", rows=2, maxlength=MAX_WHY),
        class_="ic-dispute-why",
    )
    return tag(
        "details",
        tag("summary", "I disagree", tag("span", f" with the verdict on point {number}", class_="ic-sr")),
        tag("fieldset", tag("legend", "What should it be?"), *options),
        reason,
        tag("button", "Send", type="button", data_dispute="send", class_="ic-plain-button"),
        class_="ic-dispute",
        **address,
    )


def _sent(meant: VerdictKind, why: str, number: int, address: dict[str, str | int]) -> Html:
    return tag(
        "div",
        tag("p", tag("span", f"You disagree: {MEANT[meant]}.", class_="ic-strong")),
        tag("p", f"“{why}”", class_="ic-text") if why else None,
        tag("p", wording.NOTED, class_="ic-quiet"),
        tag(
            "button",
            "Take it back",
            tag("span", f" for point {number}", class_="ic-sr"),
            type="button",
            data_dispute="back",
            class_="ic-plain-button",
        ),
        class_="ic-dispute ic-small",
        **address,
    )
