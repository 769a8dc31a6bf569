"""The line under the title: what is loading, which check is ready, and whether answers leave this machine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Protocol

from coach.ui import wording
from coach.ui.markup import Html, icon, join, tag

LoadPhase = Literal["waiting", "fetching", "loading", "ready", "failed", "off"]
MARK = '<path d="M4 6a3 3 0 0 1 3-3h10a3 3 0 0 1 3 3v8a3 3 0 0 1-3 3h-6l-5 4v-4a2 2 0 0 1-2-2z"/><path d="m8.5 10.2 2.3 2.3 4.7-4.8"/>'


class Load(Protocol):
    """What the status line reads of a thing that loads: bytes or pieces `done` of `total`, 0 when unknown."""

    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def state(self) -> str: ...  # noqa: D102
    @property
    def done(self) -> int: ...  # noqa: D102
    @property
    def total(self) -> int: ...  # noqa: D102
    @property
    def message(self) -> str: ...  # noqa: D102


class Rates:
    """Bytes a second of what is being fetched, from the two latest looks at it."""

    def __init__(self) -> None:
        """Nothing was seen yet."""
        self._seen: dict[str, tuple[float, int, float]] = {}

    def look(self, load: Load, now: float) -> float:
        """The rate of this load at `now` (seconds of any steady clock); 0 while it is unknown."""
        then, before, rate = self._seen.get(load.name, (now, load.done, 0.0))
        if now - then >= 1 and load.done >= before:
            rate = (load.done - before) / (now - then)
            self._seen[load.name] = (now, load.done, rate)
        elif load.name not in self._seen or load.done < before:
            self._seen[load.name] = (now, load.done, 0.0)
        return rate


def settled(loads: Sequence[Load]) -> bool:
    """Nothing is on its way any more."""
    return all(load.state in ("ready", "failed", "off") for load in loads)


def status_line(
    loads: Sequence[Load], *, rates: dict[str, float] | None = None, leaves_to: str | None = None, voice_to: str | None = None
) -> Html:
    """The line. `leaves_to` names the model that answers are sent to, when it is not on this machine, `voice_to` where voices are sent."""
    parts = [_load(load, (rates or {}).get(load.name, 0.0)) for load in loads if load.state not in ("ready", "off")]
    if not parts and loads:
        full = any(load.state == "ready" and load.name == "chat" for load in loads)
        words = "Ready: quick and full check" if full else "Ready: quick check"
        parts = [tag("span", tag("span", class_="ic-dot ic-ready", aria_hidden="true"), words)]
    if leaves_to:
        parts.append(tag("span", f"Answers leave this machine: they are sent to {leaves_to}.", class_="ic-leaves"))
    if voice_to:
        parts.append(tag("span", f"What is said aloud leaves this machine: it is sent to {voice_to}.", class_="ic-leaves"))
    return tag("div", *parts, class_="ic-status", role="status", aria_live="off")


NAMES = {"chat": "Full check", "encoders": "Quick check", "library": "Library", "voice": "Voice"}


def _load(load: Load, rate: float) -> Html:
    name = NAMES.get(load.name, load.name)
    if load.state == "failed":
        return tag("span", tag("span", class_="ic-dot ic-failed", aria_hidden="true"), f"{name}: {load.message or 'could not be loaded.'}")
    dot = tag("span", class_="ic-dot ic-busy", aria_hidden="true")
    if load.state == "fetching" and load.total:
        words = f"{name}: fetching {load.message or 'the model'}, {wording.size(load.done)} of {wording.size(load.total)}"
        if rate > 0:
            words += f" ({wording.size(rate)}/s, {wording.duration((load.total - load.done) / rate)} left)"
        bar = tag("progress", value=load.done, max=load.total, aria_label=f"{name}: share fetched")
        return tag("span", dot, words, bar)
    if load.state == "waiting" and load.message:
        return tag("span", dot, f"{name}: waiting. {load.message}")
    count = f" ({load.done:,} of {load.total:,})" if load.total and load.total < 1_000_000 else ""
    words = {"waiting": "waiting for its turn", "loading": "getting ready", "fetching": "fetching the model"}.get(load.state, load.state)
    return tag("span", dot, f"{name}: {words}{count}")


def header() -> Html:
    """The name of the thing, and the switch between light and dark."""
    continue_link = tag("a", "Continue your last interview", class_="ic-plain-button", id="ic-continue", href="#", hidden=True)
    theme = tag("button", class_="ic-plain-button", id="ic-theme", type="button")
    return tag(
        "div",
        tag("h1", icon(MARK), "Interview Coach", class_="ic-brand"),
        tag("div", continue_link, theme, class_="ic-top-actions"),
        class_="ic-top",
    )


def notice(message: str | None, *, info: bool = False) -> Html:
    """A sentence that must be seen: what went wrong and what to do, or what just happened."""
    if not message:
        return Html("")
    return tag("p", message, class_="ic-notice ic-info" if info else "ic-notice", role="status" if info else "alert")


def keys_help() -> Html:
    """The keyboard shortcuts, and the switch that turns the single letters off (WCAG 2.1.4)."""
    keys = (
        ("Ctrl or ⌘ + Enter", "send the answer"),
        ("/", "go to the answer box"),
        ("Esc", "leave the answer box"),
        ("N", "next question"),
        ("H", "hint"),
        ("S", "skip"),
        ("M", "show the model answer"),
        ("X", "stop grading"),
        ("V", "start or stop talking"),
        ("D", "done with what you say, or pass over what the coach says"),
        ("T", "time to think while you talk"),
        ("U", "mute or unmute"),
        ("?", "open or close this list"),
    )
    rows = join(join([tag("dt", tag("kbd", key)), tag("dd", what)]) for key, what in keys)
    switch = tag("label", tag("input", type="checkbox", id="ic-letters", checked=True), "Single letters work outside of the answer box")
    return tag("details", tag("summary", "Keyboard shortcuts"), tag("dl", rows), switch, class_="ic-keys", id="ic-keys")
