"""What the talk panel says and does where the microphone, or the way to the coach, is not as it should be."""

from __future__ import annotations

import wave
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pages
import pytest
import talks
from browsing import FLAGS, WIDE, Server, Tab, chromium
from pages import check
from playwright.sync_api import Browser, Page, expect

from coach.voice.sound import RATE, resample, write_wav

pytestmark = [pytest.mark.browser, pytest.mark.model]
ANSWER = "It keeps the network from relying on single units, so that it generalises better to data it has not seen."
NO_SOCKETS = (
    "window.WebSocket = class { readyState = 3; constructor() { setTimeout(() => this.onclose({ code: 1006 }), 10); } close() {} };"
)
KEPT_SOCKETS = """window.kept = [];
window.away = false;
window.WebSocket = class extends WebSocket {
    constructor(address) {
        super(window.away ? address.replace('/voice/', '/nowhere/') : address);
        kept.push(this);
    }
};"""
BREAK_AND_SEND = """() => {
    kept.filter((socket) => socket.url.includes('/voice/')).at(-1).close();
    document.getElementById('ic-talk-record').click();
}"""
LONG_AWAY = 17.0  # seconds: after so long a line is given up that holds nothing
NO_DEVICE = "navigator.mediaDevices.getUserMedia = async () => { throw new DOMException('', 'NotFoundError'); };"


@pytest.fixture(scope="module")
def spoken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An answer, spoken, with silence around it: 48 kHz, as a browser's fake microphone wants it."""
    path = tmp_path_factory.mktemp("microphone") / "answer.wav"
    write_wav(path, np.concatenate([np.zeros(48_000, np.float32), resample(talks.voice(ANSWER), RATE, 48_000)]), 48_000)
    return path


@pytest.fixture(scope="module")
def microphone(browser: Browser, spoken: Path) -> Iterator[Browser]:
    """A Chromium with a fake device for a microphone, which plays the answer again and again, and an address that is not secure."""
    flags = ["--use-fake-device-for-media-stream", f"--use-file-for-fake-audio-capture={spoken}"]
    name = ["--host-resolver-rules=MAP coach.test 127.0.0.1", "--autoplay-policy=no-user-gesture-required"]
    with_device = browser.browser_type.launch(executable_path=chromium(), args=[*FLAGS, *flags, *name])
    yield with_device
    with_device.close()


def press(page: Page, url: str) -> None:
    pages.start(page, url, bank="deep-learning")
    page.locator("#ic-talk-start").click()


def problem(page: Page, words: str) -> None:
    """The panel says this, as an alert, and nobody talks."""
    expect(page.locator("#ic-talk-problem[role=alert]")).to_contain_text(words, timeout=talks.PATIENCE)
    check(page)


def heard(page: Page) -> None:
    """The answer is on the page as it was heard, and graded."""
    expect(page.locator("#ic-middle .ic-answer")).to_be_visible(timeout=talks.PATIENCE)
    assert talks.share_heard(ANSWER, page.locator("#ic-middle .ic-answer").first.inner_text()) > 0.6
    expect(page.locator(".ic-current .ic-score")).to_be_visible(timeout=talks.PATIENCE)


def test_a_microphone_that_is_denied(server: Server, microphone: Browser, spoken: Path) -> None:
    context = microphone.new_context(viewport=WIDE, permissions=[])
    page = context.new_page()
    press(page, server.url)
    problem(page, "told not to give this page the microphone")
    page.locator("#ic-talk-rescue input").set_input_files(spoken)
    heard(page)
    context.close()


def test_no_microphone_at_all(server: Server, tab: Tab) -> None:
    tab.page.add_init_script(NO_DEVICE)
    press(tab.page, server.url)
    problem(tab.page, "No microphone was found.")
    expect(tab.page.locator("#ic-talk-rescue")).to_be_visible()
    expect(tab.page.locator("#ic-talk-start")).to_be_visible()


def test_a_page_that_is_not_secure(server: Server, microphone: Browser, spoken: Path) -> None:
    context = microphone.new_context(viewport=WIDE, permissions=["microphone"])
    page = context.new_page()
    press(page, server.url.replace("127.0.0.1", "coach.test"))
    problem(page, "http://localhost")
    page.locator("#ic-talk-rescue input").set_input_files(spoken)
    heard(page)
    context.close()


def test_a_file_that_is_no_sound(server: Server, tab: Tab, tmp_path: Path) -> None:
    (tmp_path / "notes.wav").write_text("no sound", encoding="utf-8")
    page = tab.page
    page.add_init_script(NO_DEVICE)
    press(page, server.url)
    page.locator("#ic-talk-rescue input").set_input_files(tmp_path / "notes.wav")
    problem(page, "cannot be read as sound")


def record_first(page: Page) -> None:
    """Have answers recorded, as soon as the talk has begun: the microphone speaks all the time, and so may break in at once."""
    expect(page.locator('#ic-talk[data-state="asking"], #ic-talk[data-state="listening"]')).to_be_visible(timeout=talks.PATIENCE)
    page.locator("#ic-talk-settings summary").click()
    page.get_by_label("Record each answer first, then send it").check()


def record(page: Page, seconds: float, send: str | None = None) -> None:
    """Record an answer and send it, by a script where one is given."""
    button = page.locator("#ic-talk-record")
    expect(button).to_have_text("Record my answerD", timeout=talks.PATIENCE)
    button.click()
    expect(page.locator("#ic-talk-state")).to_have_text("Recording your answer")
    page.wait_for_timeout(1000 * seconds)
    if send is None:
        button.click()
    else:
        page.evaluate(send)


def length(path: Path) -> float:
    with wave.open(str(path)) as sound:
        return sound.getnframes() / sound.getframerate()


def test_an_answer_is_recorded_first_and_then_sent(server: Server, microphone: Browser, spoken: Path) -> None:
    context = microphone.new_context(viewport=WIDE, permissions=["microphone"])
    page = context.new_page()
    press(page, server.url)
    record_first(page)
    record(page, length(spoken) + 0.5)
    heard(page)
    context.close()


@pytest.mark.parametrize("away", [False, True], ids=["for-a-moment", "for-long"])
def test_a_recording_that_is_sent_as_the_line_breaks_arrives_all_the_same(
    server: Server, microphone: Browser, spoken: Path, away: bool
) -> None:
    context = microphone.new_context(viewport=WIDE, permissions=["microphone"])
    page = context.new_page()
    page.add_init_script(KEPT_SOCKETS)
    press(page, server.url)
    record_first(page)
    expect(page.locator("#ic-talk-record")).to_have_text("Record my answerD", timeout=talks.PATIENCE)  # its own line is there
    page.evaluate("(away) => { window.away = away; }", away)  # which the next socket notices
    record(page, length(spoken) + 0.5, send=BREAK_AND_SEND)
    if away:
        still_waits(page)
        page.evaluate("window.away = false")
    heard(page)
    context.close()


def test_a_line_by_requests_is_begun_anew_and_nothing_is_lost(server: Server, microphone: Browser, spoken: Path) -> None:
    context = microphone.new_context(viewport=WIDE, permissions=["microphone"])
    page = context.new_page()
    page.add_init_script(NO_SOCKETS)
    press(page, server.url)
    problem(page, "lets no live sound through")
    record(page, length(spoken) + 0.5, send="() => {}")
    page.route("**/voice/**", lambda route: route.abort())
    page.locator("#ic-talk-record").click()
    still_waits(page)
    page.unroute_all()
    heard(page)
    context.close()


def still_waits(page: Page) -> None:
    """The line is away, is tried again and again, and is not given up."""
    expect(page.locator('#ic-talk[data-state="waiting"]')).to_be_visible(timeout=talks.PATIENCE)
    page.wait_for_timeout(1000 * LONG_AWAY)
    expect(page.locator('#ic-talk[data-state="waiting"]')).to_be_visible()


def test_where_no_socket_gets_through_answers_are_recorded_and_sent_by_requests(server: Server, microphone: Browser, spoken: Path) -> None:
    context = microphone.new_context(viewport=WIDE, permissions=["microphone"])
    page = context.new_page()
    page.add_init_script(NO_SOCKETS)
    press(page, server.url)
    problem(page, "lets no live sound through")
    record(page, length(spoken) + 0.5)
    heard(page)
    context.close()


def test_the_panel_fits_a_phone_and_its_parts_have_names(server: Server, phone: Tab) -> None:
    page = talks.give_microphone(phone)
    pages.start(page, server.url, bank="deep-learning")
    check(page)
    talks.talk(page)
    check(page)
    page.locator("#ic-talk-settings summary").click()
    check(page)
    assert page.get_by_label("Keep a recording of my answers").is_checked() is False
    box = page.locator("#ic-talk").bounding_box()
    assert box is not None
    assert box["y"] + box["height"] <= 844, "the panel stays in sight"


def test_the_talk_has_keys(server: Server, tab: Tab) -> None:
    page = talks.give_microphone(tab)
    pages.start(page, server.url, bank="deep-learning")
    talks.talk(page)
    page.keyboard.press("d")
    expect(page.locator('#ic-talk[data-state="listening"]')).to_be_visible()
    expect(page.locator("#ic-talk[data-playing]")).to_have_count(0)
    page.keyboard.press("u")
    expect(page.locator("#ic-talk-state")).to_have_text("You are muted")
    page.keyboard.press("u")
    page.keyboard.press("t")
    expect(page.locator("#ic-talk-state")).to_have_text("Take your time.")
    page.keyboard.press("v")
    expect(page.locator("#ic-talk-start")).to_be_visible()


def test_a_talk_goes_on_in_the_newest_window(server: Server, tab: Tab) -> None:
    page = talks.give_microphone(tab)
    pages.start(page, server.url, bank="deep-learning")
    talks.talk(page)
    second = tab.open()
    second.add_init_script(path=talks.SCRIPT)
    second.goto(page.url)
    talks.talk(second)
    problem(page, "goes on in another window")
    expect(second.locator('#ic-talk:not([data-state="off"])')).to_be_visible()
