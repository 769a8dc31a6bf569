"""The talk panel's markup and words, and what it is told about the server."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from coach.settings import Settings
from coach.ui.status import status_line
from coach.ui.voice import words
from coach.ui.voice.lines import WORDS
from coach.ui.voice.panel import FOLDER, Talking, head, panel, settings
from coach.ui.voice.serve import talking_on, voice_leaves_to

TALKING = Talking(patience=0.8)


def script(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")


def test_every_part_that_the_script_reaches_for_is_in_the_markup() -> None:
    markup = panel(TALKING) + settings(TALKING)
    wanted = set(re.findall(r'(?:part|visible|write|label)\("([\w-]+)"', script("panel.js")))
    assert wanted
    assert {name for name in wanted if f'id="ic-talk-{name}"' not in markup} == set()


def test_every_button_does_something() -> None:
    buttons = set(re.findall(r'<button[^>]* id="ic-talk-([\w-]+)"', panel(TALKING)))
    assert buttons == {name for name in re.findall(r'panel\.on\("(\w+)"', script("talk.js")) if f'id="ic-talk-{name}"' in panel(TALKING)}


def test_there_are_words_for_all_that_can_go_wrong() -> None:
    named = set(re.findall(r'(?:tell|problem|end)\("([\w ]+)"', "".join(map(script, ("microphone.js", "talk.js")))))
    named |= set(re.findall(r'(?:Error: |return |\? )"(\w+)"', script("microphone.js"))) | set(WORDS.values())
    assert {"gone", "silent", "denied", "refused", "elsewhere"} <= named
    assert named - set(words.PROBLEM) == set()


def test_what_stands_in_the_head_cannot_end_its_element() -> None:
    markup = head(TALKING)
    data = markup.partition(">")[2].partition("</script>")[0]
    assert "<" not in data
    assert "ic-talk-start" in json.loads(data)["panel"]


def test_nothing_is_recorded_unless_asked() -> None:
    keep = re.search(r"<input[^>]*ic-talk-keep[^>]*>", settings(TALKING))
    assert keep is not None
    assert "checked" not in keep.group()
    kept = re.search(r"<input[^>]*ic-talk-keep[^>]*>", settings(Talking(patience=0.8, keep=True)))
    assert kept is not None
    assert "checked" in kept.group()
    assert "Nothing is recorded unless you switch it on." in panel(TALKING)


@pytest.mark.parametrize("patience", [0.3, 0.8, 5.0])
def test_the_patience_of_the_settings_is_the_usual_one_and_all_can_be_taken(patience: float) -> None:
    markup = settings(Talking(patience=patience))
    values = [float(value) for value in re.findall(r'<option value="([\d.]+)"', markup)]
    assert values == sorted(values)
    assert all(0.3 <= value <= 5 for value in values)
    assert re.search(r'<option value="([\d.]+)" selected', markup).group(1) == str(patience)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("chosen", "leaves_to"),
    [
        ({}, None),
        ({"stt": "openai:whisper-1"}, "api.openai.com"),
        ({"tts": "openai:tts-1", "voice_base_url": "https://speech.example:8000/v1"}, "speech.example"),
        ({"stt": "openai:base", "stt_quick": "openai:base", "voice_base_url": "http://127.0.0.1:8000/v1"}, None),
    ],
)
def test_what_leaves_this_machine_is_said(tmp_path: Path, chosen: dict[str, str], leaves_to: str | None) -> None:
    settings_ = Settings(home=tmp_path, **chosen)
    assert voice_leaves_to(settings_) == leaves_to
    line = status_line([], voice_to=voice_leaves_to(settings_))
    assert ("leaves this machine" in line) == (leaves_to is not None)
    about = panel(talking_on(settings_))
    assert (leaves_to or "understood on this machine") in about


def test_without_the_extra_the_panel_names_what_to_install() -> None:
    markup = panel(Talking(patience=0.8, available=False))
    assert "interview-coach[voice]" in markup
    assert "<button" not in markup
