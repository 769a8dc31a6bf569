"""A candidate who talks: a microphone in the page that says what it is told to, an ear on what the page plays, and their words for both."""

from __future__ import annotations

import base64
import re
from functools import lru_cache

from browsing import Tab
from playwright.sync_api import Page, expect

from coach.voice.sound import RATE, Samples, to_int16
from coach.voice.speakable import sentences
from eval.voice.page import SCRIPT
from eval.voice.speakers import said, speakers

PATIENCE = 180_000  # milliseconds: models load, and a busy machine takes its time
SILENT = 700  # milliseconds without a sound after which the coach has said what it had to say


@lru_cache
def voice(text: str) -> Samples:
    """A text, spoken: 16 kHz mono. Asked for ahead of time, it can be said at once."""
    (speaker,) = speakers(["hibari"])
    return said(speaker, text)


def give_microphone(tab: Tab) -> Page:
    """A page whose microphone and loudspeaker are ours."""
    tab.page.add_init_script(path=SCRIPT)
    return tab.page


def talk(page: Page) -> None:
    """Press Talk, and wait until the coach asks."""
    page.locator("#ic-talk-start").click()
    expect(page.locator('#ic-talk[data-state="asking"]')).to_be_visible(timeout=PATIENCE)


def our_turn(page: Page) -> bool:
    """Wait until the coach listens and is silent; False when the interview is over instead."""
    page.wait_for_function(
        f"fakeVoice.state === 'over' || (fakeVoice.state === 'listening' && performance.now() - fakeVoice.loud > {SILENT})",
        timeout=PATIENCE,
    )
    return str(page.evaluate("fakeVoice.state")) == "listening"


def say(page: Page, text: str) -> float:
    """Say something, to its end; gives the time at which it ended, in milliseconds of the page."""
    samples = voice(text)
    times: dict[str, float] = page.evaluate(
        "([sound, rate]) => fakeVoice.speak(sound, rate)", [base64.b64encode(to_int16(samples)).decode(), RATE]
    )
    page.wait_for_timeout(1000 * len(samples) / RATE)
    return times["ends"]


def replied(page: Page, since: float) -> None:
    """Wait until the coach can be heard again after this time."""
    page.wait_for_function("(since) => fakeVoice.sounds.some((at) => at > since)", arg=since, timeout=PATIENCE)


def messages(page: Page, kind: str) -> list[str]:
    """The texts of what the server sent of this kind."""
    found: list[str | None] = page.evaluate("(kind) => fakeVoice.messages.filter(({type}) => type === kind).map(({text}) => text)", kind)
    return [text or "" for text in found]


def was_said(page: Page, text: str) -> bool:
    """Whether the coach was told to say all of this, sentence by sentence, in the words of which a voice makes sense."""
    return set(sentences(text)) <= set(messages(page, "say"))


def words(text: str) -> set[str]:
    """The words of a text that are longer than three letters."""
    return set(re.findall(r"[a-z]{4,}", text.casefold()))


def share_heard(text: str, heard: str) -> float:
    """How much of a text is in what was heard of it."""
    return len(words(text) & words(heard)) / max(1, len(words(text)))
