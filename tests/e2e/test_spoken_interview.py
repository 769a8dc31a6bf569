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

pytestmark = [pytest.mark.browser, pytest.mark.model]
VERDICT = re.compile("Covered|Partly covered|Not mentioned|Contradicted")


def beginning(question: Question, sentences: int) -> str:
    """The first sentences of a question's model answer."""
    return " ".join(re.split(r"(?<=[.!?])\s", question.answer)[:sentences])


def pass_follow_ups(page: Page, number: int) -> None:
    """Pass over what is still asked about question `number`, by voice."""
    while page.get_by_text(f"Question {number} of 3").is_visible() and talks.our_turn(page):
        if not page.get_by_text(f"Question {number} of 3").is_visible():
            return
        before = page.evaluate("performance.now()")
        talks.say(page, "Let's skip this question, please.")
        page.wait_for_function(
            "(since) => fakeVoice.messages.some(({type, at}) => type === 'moved' && at > since)", arg=before, timeout=talks.PATIENCE
        )
        page.wait_for_timeout(1500)


def test_a_spoken_interview_of_three_questions(server: Server, tab: Tab, corpus: dict[str, Question]) -> None:
    page = talks.give_microphone(tab)
    pages.start(page, server.url, bank="deep-learning", length="3")
    talks.talk(page)

    # The first question is heard to its end, and answered in part: transcript, verdicts, a follow-up that is asked aloud.
    first = corpus[pages.question(page).inner_text()]
    assert talks.our_turn(page)
    assert page.evaluate("fakeVoice.sounds.length") > 0
    assert any(first.text[:30] in said for said in talks.messages(page, "say"))
    answer = beginning(first, 2)
    ended = talks.say(page, answer)
    talks.replied(page, ended)
    expect(page.locator("#ic-middle .ic-answer")).to_be_visible()
    assert talks.share_heard(answer, page.locator("#ic-middle .ic-answer").first.inner_text()) > 0.6
    expect(page.locator(".ic-current .ic-score")).to_be_visible()
    expect(pages.points(page).first).to_contain_text(VERDICT)
    expect(page.locator(".ic-follow-up")).to_be_visible(timeout=talks.PATIENCE)
    follow_up = page.locator(".ic-follow-up-text").last.inner_text()
    assert talks.our_turn(page)
    assert any(follow_up[:30] in said for said in talks.messages(page, "say"))
    pass_follow_ups(page, 1)

    # The second is broken in upon: the coach falls silent at once, and what is said counts as the answer.
    expect(page.get_by_text("Question 2 of 3")).to_be_visible(timeout=talks.PATIENCE)
    second = corpus[pages.question(page).inner_text()]
    page.wait_for_function(
        "() => document.querySelector('#ic-talk').dataset.playing && fakeVoice.state === 'asking'", timeout=talks.PATIENCE
    )
    answer = beginning(second, 2)
    ended = talks.say(page, answer)
    assert page.evaluate("fakeVoice.loud") < ended, "the coach went on while the candidate spoke"
    talks.replied(page, ended)
    assert "stop" in page.evaluate("fakeVoice.messages.map(({type}) => type)")
    expect(page.locator("#ic-middle .ic-current .ic-answer")).to_be_visible()
    assert talks.share_heard(answer, page.locator("#ic-middle .ic-current .ic-answer").first.inner_text()) > 0.5
    expect(page.locator(".ic-current .ic-score")).to_be_visible()
    pass_follow_ups(page, 2)

    # The third ends the interview: the coach says goodbye, and the report has what was said.
    expect(page.get_by_text("Question 3 of 3")).to_be_visible(timeout=talks.PATIENCE)
    third = corpus[pages.question(page).inner_text()]
    assert talks.our_turn(page)
    ended = talks.say(page, beginning(third, 2))
    talks.replied(page, ended)
    pass_follow_ups(page, 3)
    expect(page.get_by_role("heading", name="Your report")).to_be_visible(timeout=talks.PATIENCE)
    expect(page.locator("#ic-talk")).to_be_hidden(timeout=talks.PATIENCE)
    with page.expect_download() as document:
        page.get_by_role("link", name="Download as JSON").click()
    report = json.loads(Path(document.value.path()).read_text(encoding="utf-8"))
    assert len(report["threads"]) == 3
    assert json.dumps(report).count('"words_per_minute"') >= 3  # how each answer sounded
    assert not (server.home / "recordings").exists(), "nobody asked for recordings"


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
        arg=title[:30],
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
