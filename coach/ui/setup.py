"""The left column: what can be chosen before an interview, and where one stands while it runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from coach.events import Setup
from coach.interview import InterviewState
from coach.ui import wording
from coach.ui.markup import Html, tag

LEVELS = [("Adapts to you", "adaptive"), ("Core", "core"), ("Intermediate", "intermediate"), ("Advanced", "advanced")]
MODES = [("Practice: hints, grades at once", "practice"), ("Mock: grades at the end", "mock")]
LENGTHS = [3, 5, 8, 12, 20]


class Bank(Protocol):
    """What the choice of a bank needs to know of one."""

    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def questions(self) -> int: ...  # noqa: D102


def bank_choices(banks: Sequence[Bank]) -> list[tuple[str, str]]:
    """Label and value of each bank, all of them first."""
    total = sum(bank.questions for bank in banks)
    return [(f"All banks ({total:,})", ""), *((f"{bank.name} ({bank.questions:,})", bank.name) for bank in banks)]


def setup_of(bank: str | None, topics: Sequence[str] | None, level: str, length: int, mode: str, *, seed: int) -> Setup:
    """The set-up that was chosen."""
    banks = (bank,) if bank else ()
    return Setup.model_validate(
        {"banks": banks, "topics": tuple(topics or ()), "level": level, "length": length, "mode": mode, "seed": seed}
    )


def summary(state: InterviewState, *, session_id: str) -> Html:
    """Where the interview stands."""
    setup = state.setup
    done = len(state.threads) - (0 if state.ended else 1)
    marks = ["ic-done" if n < done else "ic-now" if n == done and not state.ended else None for n in range(state.planned)]
    meter = tag(
        "div",
        *(tag("span", class_=mark) for mark in marks),
        class_="ic-meter",
        role="img",
        aria_label=f"{max(0, done)} of {wording.plural(state.planned, 'question')} done",
    )
    level = next((label for label, value in LEVELS if value == setup.level), setup.level)
    facts = [
        ("Questions", ", ".join(setup.banks) or "all banks"),
        ("Topics", ", ".join(setup.topics) or "all"),
        ("Level", level),
        ("Mode", "Mock" if setup.mode == "mock" else "Practice"),
    ]
    rows = [part for name, value in facts for part in (tag("dt", name), tag("dd", value))]
    export = tag("a", "Export this session", href=f"session/{session_id}/export.json", download=True, class_="ic-plain-button")
    return tag("div", tag("h2", "This interview"), meter, tag("dl", *rows, class_="ic-facts"), tag("p", export, class_="ic-links"))
