"""The talk panel: its markup, its words and settings for the script that moves it, and the tags for the page's head."""

from __future__ import annotations

import json
from pathlib import Path

from coach.domain import Frozen
from coach.ui.markup import Html, icon, join, tag
from coach.ui.voice import words

FOLDER = Path(__file__).parent / "static"
SCRIPTS = "/voice/script"  # where the scripts are served; a worklet has to come from an address of its own

MICROPHONE = '<rect x="9" y="3" width="6" height="11" rx="3"/><path d="M5 11a7 7 0 0 0 14 0M12 18v3"/>'
SPEAKER = '<path d="M11 5 6.5 9H3v6h3.5L11 19zM15.5 9a4 4 0 0 1 0 6M18.5 6.5a8 8 0 0 1 0 11"/>'

# What is offered, as a multiple of the usual patience.
PAUSES = ((0.6, "Short: I speak without pauses"), (1.0, "Usual"), (1.75, "Long: I think while I speak"), (3.0, "Very long"))
LEAST, MOST = 0.3, 5.0  # seconds


class Talking(Frozen):
    """What the panel has to know of this server.

    `heard_by` and `spoken_by` name the service that the candidate's voice, and what the coach says, are sent to, if they are.
    """

    available: bool = True
    heard_by: str | None = None
    spoken_by: str | None = None
    patience: float
    keep: bool = False


def panel(talking: Talking) -> Html:
    """The panel in all of its states; the script shows what fits. While nobody talks it is a button and a sentence."""
    if not talking.available:
        return tag("section", tag("p", words.UNAVAILABLE, class_="ic-quiet ic-small"), id="ic-talk", aria_label="Talk", data_state="none")
    return tag(
        "section",
        tag("div", tag("p", id="ic-talk-problem-text"), _file("Send a recording", "ic-talk-rescue"), id="ic-talk-problem", hidden=True),
        _off(talking),
        _on(),
        id="ic-talk",
        aria_label="Talk",
        data_state="off",
        data_mode="live",
    )


def _off(talking: Talking) -> Html:
    button = tag(
        "button", icon(MICROPHONE), "Talk", id="ic-talk-start", class_="ic-talk-button ic-talk-main", type="button", aria_keyshortcuts="V"
    )
    about = tag("p", tag("span", words.ABOUT), " ", tag("span", words.privacy(talking.heard_by, talking.spoken_by)), id="ic-talk-about")
    return tag("div", button, about, class_="ic-talk-off")


def _on() -> Html:
    orb = tag("span", icon(MICROPHONE, class_="ic-icon ic-talk-in"), icon(SPEAKER, class_="ic-icon ic-talk-out"), aria_hidden="true")
    return tag(
        "div",
        tag(
            "div",
            tag("div", orb, class_="ic-talk-orb"),
            tag("p", role="status", aria_live="polite", id="ic-talk-state"),
            tag("p", tag("span", id="ic-talk-dots", aria_hidden="true"), tag("span", id="ic-talk-count"), id="ic-talk-points", hidden=True),
            class_="ic-talk-head",
        ),
        tag("div", tag("p", id="ic-talk-coach"), tag("p", id="ic-talk-you"), id="ic-talk-caption"),
        tag(
            "div",
            _button("done", words.LABEL["done"], "D", primary=True),
            _button("record", words.LABEL["record"], "D", primary=True),
            _file("Choose a recording", "ic-talk-choose"),
            _button("again", "Start over"),
            _button("think", "Give me time", "T"),
            _button("mute", words.LABEL["mute"], "U"),
            _button("stop", "End the talk", "V"),
            class_="ic-talk-buttons",
        ),
        class_="ic-talk-on",
    )


def settings(talking: Talking) -> Html:
    """What can be set while talking: patience, recordings, one answer at a time."""
    options = []
    for times, name in PAUSES:
        seconds = round(min(MOST, max(LEAST, times * talking.patience)), 2)
        options.append(tag("option", name, value=seconds, selected=times == 1.0))
    return tag(
        "details",
        tag("summary", "Voice settings"),
        tag("label", tag("span", "How long a pause may be"), tag("select", *options, id="ic-talk-patience"), class_="ic-talk-row"),
        _switch("ic-talk-keep", "Keep a recording of my answers", on=talking.keep),
        _switch("ic-talk-one", "Record each answer first, then send it", on=False),
        tag("p", words.privacy(talking.heard_by, talking.spoken_by), " ", words.KEPT, class_="ic-quiet ic-small"),
        class_="ic-talk-settings",
        id="ic-talk-settings",
    )


def _switch(id: str, words: str, *, on: bool) -> Html:
    return tag("label", tag("input", type="checkbox", id=id, checked=on), tag("span", words), class_="ic-talk-row")


def _button(name: str, words: str, key: str | None = None, *, primary: bool = False) -> Html:
    look = "ic-talk-button ic-talk-main" if primary else "ic-talk-button"
    hint = tag("kbd", key, aria_hidden="true") if key else None
    return tag("button", tag("span", words), hint, id=f"ic-talk-{name}", class_=look, type="button", aria_keyshortcuts=key)


def _file(words: str, id: str) -> Html:
    """A button that opens the choice of a file; a phone offers its recorder there, too."""
    return tag("label", words, tag("input", type="file", accept="audio/*", class_="ic-sr"), class_="ic-talk-button", id=id)


def panel_style() -> str:
    """The panel's CSS."""
    return (FOLDER / "talk.css").read_text(encoding="utf-8")


def head(talking: Talking) -> str:
    """For the page's head: what the script puts into the page, its words, and the script."""
    data = {
        "panel": join([panel(talking), settings(talking)]) if talking.available else panel(talking),
        "state": words.STATE,
        "placeholder": words.PLACEHOLDER,
        "problem": words.PROBLEM,
        "label": words.LABEL,
    }
    text = json.dumps(data).replace("<", "\\u003c")  # nothing in it can end the element
    return f'<script type="application/json" id="ic-talk-data">{text}</script>\n<script type="module" src="{SCRIPTS}/talk.js"></script>'
