"""Where the coach is unsure it asks; where a candidate disagrees it takes note."""

from __future__ import annotations

import json
import re
import secrets
from datetime import UTC, datetime

import pages
import pytest
from browsing import Server, Tab
from playwright.sync_api import Page, expect

from coach.domain import Grade, Question, Verdict, VerdictKind, Versions
from coach.events import Answered, Asked, Event, Graded, QuestionRef, Setup, Started
from coach.store import Store

pytestmark = [pytest.mark.browser, pytest.mark.model]

SAID = "Dropout switches something off while the network trains."
NOTED = "Noted. Your score stays; this helps to improve the grader."


def unsure_interview(server: Server, question: Question, *, mode: str = "practice") -> str:
    """An interview that broke off after a grade that guesses at the first point; gives back the address of its page."""
    guess = {VerdictKind.PARTIAL: 0.4, VerdictKind.COVERED: 0.3, VerdictKind.MISSING: 0.3, VerdictKind.CONTRADICTED: 0.0}
    points = tuple(
        Verdict(
            id=point.id,
            text=point.text,
            essential=point.essential,
            verdict=VerdictKind.MISSING if number else VerdictKind.PARTIAL,
            quote=None if number else "Dropout switches something off",
            confidence=0.95 if number else 0.4,
            source=None,
            probabilities={VerdictKind.MISSING: 0.95, VerdictKind.PARTIAL: 0.05} if number else guess,
        )
        for number, point in enumerate(question.key_points)
    )
    versions = Versions(model=None, prompt=None, calibration=None, embedder=None)
    grade = Grade(
        bank=question.bank, question_id=question.id, score=32, low=14, high=52, band="not yet", grader="fast", points=points,
        feedback="A start.", versions=versions,
    )  # fmt: skip
    now, session = datetime.now(UTC), secrets.token_hex(16)
    events: list[Event] = [
        Started(at=now, setup=Setup.model_validate({"length": 1, "mode": mode}), pool=(QuestionRef.of(question),)),
        Asked(at=now, turn_id=1, role="question", question=question, text=question.text),
        Answered(at=now, turn_id=1, text=SAID),
        Graded(at=now, turn_id=1, grade=grade, thread_grade=grade),
    ]
    store = Store.open(f"sqlite:///{server.home / 'coach.db'}")
    store.create_session(session, events[0])
    for seq, event in enumerate(events[1:], 1):
        store.append(session, event, expected=seq)
    store.close()
    return f"{server.url}/?session={session}"


@pytest.fixture
def dropout(corpus: dict[str, Question]) -> Question:
    return next(question for question in corpus.values() if question.ref == "deep-learning/dropout")


def check_fits(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), "the page scrolls sideways"


def test_where_the_coach_is_unsure_it_asks_one_question_and_the_reply_settles_it(server: Server, tab: Tab, dropout: Question) -> None:
    page = tab.page
    page.goto(unsure_interview(server, dropout))
    asked = page.locator(".ic-current .ic-follow-up")
    expect(asked).to_contain_text("To be sure")
    expect(asked).to_contain_text("so your score lies somewhere from 14 to 52")
    expect(page.locator("#ic-side .ic-point-text", has_text=dropout.key_points[0].text)).to_have_count(0)
    page.reload()
    expect(asked).to_contain_text("To be sure")
    expect(asked).to_have_count(1)
    pages.answer(page, f"{dropout.key_points[0].text} That is what I mean.")
    pages.settled(page)
    expect(pages.points(page).first).to_contain_text("Covered")
    expect(page.locator(".ic-current .ic-follow-up", has_text="To be sure")).to_have_count(1)
    assert pages.finish_question(page, "I have nothing to add to that.") <= 1
    expect(page.locator(".ic-current .ic-follow-up", has_text="To be sure")).to_have_count(1)


def test_a_clarifying_question_that_is_skipped_leaves_the_grade_as_it_is(server: Server, phone: Tab, dropout: Question) -> None:
    page = phone.page
    page.goto(unsure_interview(server, dropout))
    expect(page.locator(".ic-current .ic-follow-up")).to_contain_text("To be sure")
    check_fits(page)
    page.get_by_role("button", name="Skip").click()
    expect(page.get_by_role("heading", name="Your report")).to_be_visible()
    expect(page.locator(".ic-report-head")).to_contain_text("32 of 100")
    expect(page.locator(".ic-report-head")).to_contain_text("likely 14 to 52")


def test_a_mock_interview_asks_without_showing_a_grade(server: Server, tab: Tab, dropout: Question) -> None:
    page = tab.page
    page.goto(unsure_interview(server, dropout, mode="mock"))
    expect(page.locator(".ic-current .ic-follow-up")).to_contain_text("One question to settle it")
    expect(page.get_by_role("log")).not_to_contain_text("14 to 52")
    expect(page.locator(".ic-score")).to_have_count(0)


def test_a_verdict_can_be_disputed_survives_a_reload_and_can_be_taken_back(server: Server, tab: Tab, corpus: dict[str, Question]) -> None:
    page = tab.page
    pages.start(page, server.url, bank="deep-learning", length="3")
    pages.answer(page, corpus[pages.question(page).inner_text()].answer)
    pages.settled(page)
    pages.finish_question(page, "I have nothing to add to that.")
    score = page.locator(".ic-current .ic-score").inner_text()
    title = pages.question(page).inner_text()
    row = pages.points(page).first
    row.get_by_text("I disagree").click()
    row.get_by_role("radio").last.check()
    row.get_by_label("Why, if you like to say it").fill("That is <b>not</b> what I said.")
    check_fits(page)
    row.get_by_role("button", name="Send").click()
    expect(row).to_contain_text(NOTED)
    expect(row).to_contain_text("That is <b>not</b> what I said.")
    expect(row.get_by_role("button", name="Take it back")).to_be_focused()
    assert page.locator(".ic-current .ic-score").inner_text() == score
    assert pages.question(page).inner_text() == title  # the grade stays in view until one goes on
    with page.expect_download() as download:
        page.get_by_role("link", name="Export this session").click()
    exported = json.loads(download.value.path().read_text(encoding="utf-8"))
    assert [event["why"] for event in exported["events"] if event["kind"] == "disputed"] == ["That is <b>not</b> what I said."]
    page.reload()
    page.locator(".ic-earlier summary").first.click()
    past = page.locator(".ic-past .ic-point").first
    expect(past).to_contain_text(NOTED)
    past.get_by_role("button", name="Take it back").click()
    expect(past.get_by_text("I disagree")).to_be_visible()
    expect(page.locator(".ic-earlier details").first).to_have_attribute("open", "")


def test_a_finished_interview_can_be_disputed_in_its_report(server: Server, phone: Tab, corpus: dict[str, Question]) -> None:
    page = phone.page
    pages.start(page, server.url, bank="deep-learning", mode="Mock", length="3")
    pages.answer(page, corpus[pages.question(page).inner_text()].answer)
    pages.settled(page)
    page.get_by_role("button", name="End interview").click()
    expect(page.get_by_role("heading", name="Your report")).to_be_visible()
    page.locator(".ic-past > summary").first.click()
    row = page.locator(".ic-past .ic-point").first
    row.get_by_text("I disagree").click()
    row.get_by_role("button", name="Send").click()
    expect(row).to_contain_text(NOTED)
    expect(page.get_by_role("heading", name="Where you disagree")).to_be_visible()
    expect(page.get_by_text(re.compile("You disagree with one verdict; the score is the coach's."))).to_be_visible()
    check_fits(page)
