"""A whole interview by voice, in a real browser, with real models: no key is touched after Talk."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pages
import pytest
import talks
from browsing import Server, Tab
from playwright.sync_api import Page, expect

from coach.domain import Question
from coach.voice.speakable import sentences
from eval.voice.page import answer_to

pytestmark = [pytest.mark.browser, pytest.mark.model]
VERDICT = re.compile("Covered|Partly covered|Not mentioned|Contradicted")


SKIP = "Let's skip this question, please."


def pass_follow_ups(page: Page, number: int) -> None:
    """Pass over what is still asked about question `number`, by voice."""
    here = page.get_by_text(f"Question {number} of 3")
    while talks.our_turn(page) and here.is_visible():
        since: float = page.evaluate("performance.now()")
        talks.say(page, SKIP)
        page.wait_for_function(
            "(since) => fakeVoice.state === 'over' || fakeVoice.messages.some(({type, at}) => type === 'say' && at > since)",
            arg=since,
            timeout=talks.PATIENCE,
        )


def test_a_spoken_interview_of_three_questions(server: Server, tab: Tab, corpus: dict[str, Question]) -> None:
    page = talks.give_microphone(tab)
    pages.start(page, server.url, bank="deep-learning", length="3")
    talks.talk(page)
    followed = 0
    for number in (1, 2, 3):
        expect(page.get_by_text(f"Question {number} of 3")).to_be_visible(timeout=talks.PATIENCE)
        question = corpus[pages.question(page).inner_text()]
        assert talks.our_turn(page)
        assert page.evaluate("fakeVoice.sounds.length") >= number, "the question was heard"
        assert talks.was_said(page, question.text)
        answer = answer_to(question, 0)
        ended = talks.say(page, answer)
        talks.replied(page, ended)
        given = page.locator("#ic-middle .ic-current .ic-answer").first
        expect(given).to_be_visible()
        assert talks.share_heard(answer, given.inner_text()) > 0.6
        expect(page.locator(".ic-current .ic-score").first).to_be_visible(timeout=talks.PATIENCE)
        expect(pages.points(page).first).to_contain_text(VERDICT)
        follow_up = page.locator(".ic-current .ic-follow-up-text").last
        if talks.our_turn(page) and follow_up.is_visible():  # none is due where the one point that was told is all that is essential
            followed += 1
            assert talks.was_said(page, follow_up.inner_text())
        pass_follow_ups(page, number)
    assert followed, "one of three questions of which one point was told has a gap to ask for"
    expect(page.get_by_role("heading", name="Your report")).to_be_visible(timeout=talks.PATIENCE)
    expect(page.locator("#ic-talk")).to_be_hidden(timeout=talks.PATIENCE)
    with page.expect_download() as document:
        page.get_by_role("link", name="Download as JSON").click()
    report = json.loads(Path(document.value.path()).read_text(encoding="utf-8"))
    assert len(report["threads"]) == 3
    assert json.dumps(report).count('"words_per_minute"') >= 3, "how each answer sounded"
    session = page.url.rpartition("=")[2]
    assert not (server.home / "recordings" / session).exists(), "nobody asked for recordings"


def test_breaking_in_stops_the_coach(server: Server, tab: Tab, corpus: dict[str, Question]) -> None:
    page = talks.give_microphone(tab)
    pages.start(page, server.url, bank="deep-learning")
    answer = answer_to(corpus[pages.question(page).inner_text()], 0)
    talks.voice(answer)
    talks.talk(page)
    page.wait_for_function("fakeVoice.sounds.length && document.querySelector('#ic-talk').dataset.playing", timeout=talks.PATIENCE)
    page.wait_for_timeout(1500)
    ended = talks.say(page, answer)
    stopped: float = page.evaluate("fakeVoice.messages.find(({type}) => type === 'stop').at")
    assert stopped < ended
    assert page.evaluate("fakeVoice.loud") < stopped + 300, "the page played on"
    talks.replied(page, ended)
    given = page.locator("#ic-middle .ic-answer")
    expect(given).to_be_visible()
    assert talks.share_heard(answer, given.inner_text()) > 0.6, "what broke in is the answer"


def test_recordings_are_kept_when_that_is_switched_on(server: Server, tab: Tab, corpus: dict[str, Question]) -> None:
    page = talks.give_microphone(tab)
    pages.start(page, server.url, bank="deep-learning")
    talks.talk(page)
    page.locator("#ic-talk-settings summary").click()
    page.get_by_label("Keep a recording of my answers").check()
    assert talks.our_turn(page)
    talks.say(page, answer_to(corpus[pages.question(page).inner_text()], 0))
    expect(page.locator("#ic-middle .ic-answer")).to_be_visible(timeout=talks.PATIENCE)
    session = page.url.rpartition("=")[2]
    assert len(list((server.home / "recordings" / session).glob("*.wav"))) == 1
    page.get_by_role("button", name="Delete this session").click()
    page.get_by_role("button", name="Delete for good").click()
    expect(page.get_by_text("The session was deleted.")).to_be_visible()
    assert not (server.home / "recordings" / session).exists()
    expect(page.locator("#ic-talk")).to_be_hidden()


def test_typing_and_skipping_while_the_microphone_is_open(server: Server, tab: Tab) -> None:
    page = talks.give_microphone(tab)
    pages.start(page, server.url, bank="deep-learning")
    talks.talk(page)
    assert talks.our_turn(page)
    page.get_by_role("button", name="Skip").click()
    expect(page.get_by_text("Question 2 of 5")).to_be_visible()
    title = pages.question(page).inner_text()
    page.wait_for_function(
        "(title) => fakeVoice.messages.some(({type, text}) => type === 'say' && text.includes(title))",
        arg=sentences(title)[0],
        timeout=talks.PATIENCE,
    )
    assert talks.our_turn(page)
    asked = len(talks.messages(page, "say"))
    pages.answer(page, "It is a way to learn from data, and it takes many examples.")
    page.wait_for_function(
        "(asked) => fakeVoice.messages.filter(({type}) => type === 'say').length > asked", arg=asked, timeout=talks.PATIENCE
    )
    expect(page.locator("#ic-talk-problem")).to_be_hidden()


def test_a_page_that_is_reloaded_goes_on_talking(server: Server, tab: Tab) -> None:
    page = talks.give_microphone(tab)
    tab.context.grant_permissions(["microphone"])
    pages.start(page, server.url, bank="deep-learning")
    talks.talk(page)
    title = pages.question(page).inner_text()
    page.reload()
    expect(pages.question(page)).to_have_text(title)
    back = page.locator("#ic-talk-problem", has_text="Press Talk to go on").or_(page.locator('#ic-talk[data-state="asking"]'))
    expect(back).to_be_visible(timeout=talks.PATIENCE)
    if page.locator("#ic-talk-start").is_visible():  # this browser wants a click before a page may make a sound
        talks.talk(page)
    page.locator("#ic-talk-stop").click()
    expect(page.locator("#ic-talk-start")).to_be_focused()
    page.reload()
    expect(page.locator("#ic-talk-start")).to_be_visible()
    expect(page.locator("#ic-talk-problem")).to_be_hidden()
