"""The page by keyboard, on a phone, in the dark, and for a screen reader."""

from __future__ import annotations

import pages
import pytest
from browsing import Server, Tab
from pages import check
from playwright.sync_api import expect

from coach.domain import Question

pytestmark = [pytest.mark.browser, pytest.mark.model]


def test_an_interview_by_keyboard_alone(server: Server, tab: Tab) -> None:
    page = tab.page
    pages.visit(page, server.url)
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == "ic-start":
            break
    page.keyboard.press("Enter")
    expect(pages.box(page)).to_be_focused()
    page.keyboard.type("The letters h, s and m are typed here: hints, skips, models?")
    expect(page.locator(".ic-hint")).to_have_count(0)
    page.keyboard.press("Escape")
    page.keyboard.press("h")
    expect(page.locator(".ic-hint")).to_be_visible()
    page.keyboard.press("?")
    expect(page.get_by_text("send the answer")).to_be_visible()
    page.keyboard.press("?")
    page.keyboard.press("/")
    expect(pages.box(page)).to_be_focused()
    page.keyboard.press("Control+Enter")
    expect(page.locator(".ic-score")).to_be_visible()
    pages.settled(page)
    while not page.locator("#ic-next").is_visible():
        expect(pages.box(page)).to_be_focused()
        page.keyboard.press("Escape")
        page.keyboard.press("s")
        expect(page.locator("#ic-next").or_(page.get_by_text("Question 2 of 5")).first).to_be_visible()
        if page.get_by_text("Question 2 of 5").is_visible():
            return
    expect(page.locator("#ic-next")).to_be_focused()
    page.keyboard.press("n")
    expect(page.get_by_text("Question 2 of 5")).to_be_visible()


def test_the_page_fits_a_phone_in_every_phase(server: Server, phone: Tab, corpus: dict[str, Question]) -> None:
    page = phone.page
    pages.visit(page, server.url)
    expect(page.get_by_role("button", name="Start the interview")).to_be_visible()
    check(page)
    pages.start(page, server.url, bank="deep-learning")
    check(page)
    pages.answer(page, "Averyveryverylongwordwithoutanybreak" * 12 + " " + corpus[pages.question(page).inner_text()].answer)
    pages.settled(page)
    check(page)
    if page.locator("#ic-next").is_visible():
        page.locator("#ic-next").click()
        expect(page.get_by_text("Question 2 of 5")).to_be_visible()
        check(page)
    page.get_by_role("button", name="End interview").click()
    expect(page.get_by_role("heading", name="Your report")).to_be_visible()
    check(page)
    page.get_by_role("tab", name="Library").click()
    expect(page.get_by_text("In the library")).to_be_visible()
    check(page)


def test_everything_that_can_be_used_has_a_name(server: Server, tab: Tab) -> None:
    page = tab.page
    pages.start(page, server.url)
    check(page)
    pages.answer(page, "It is a way to learn from data.")
    pages.settled(page)
    check(page)
    page.get_by_role("tab", name="Library").click()
    expect(page.get_by_text("In the library")).to_be_visible()
    check(page)


def test_what_happens_is_spoken(server: Server, tab: Tab) -> None:
    page = tab.page
    pages.start(page, server.url)
    expect(page.get_by_role("log", name="Interview")).to_be_visible()
    assert page.locator("[role=status][aria-live=polite].ic-sr").count() == 1
    assert page.evaluate("document.documentElement.lang") == "en"
    assert page.locator("h1").count() == 1


def test_the_theme_follows_the_system_and_can_be_switched(server: Server, phone: Tab) -> None:
    page = phone.page
    pages.visit(page, server.url)
    expect(page.locator("body.dark")).to_have_count(1)
    page.get_by_role("button", name="Light theme").click()
    expect(page.locator("body.dark")).to_have_count(0)
    page.reload()
    expect(page.get_by_role("button", name="Dark theme")).to_be_visible()
    expect(page.locator("body.dark")).to_have_count(0)


def test_an_opened_detail_stays_open_when_the_page_is_updated(server: Server, tab: Tab) -> None:
    page = tab.page
    pages.start(page, server.url)
    pages.answer(page, "It is a way to learn from data, and it takes examples.")
    pages.settled(page)
    first = page.locator("#ic-side details").first
    first.locator("summary").click()
    expect(first).to_have_attribute("open", "")
    if page.get_by_role("button", name="Hint").is_visible():
        page.get_by_role("button", name="Hint").click()
        expect(page.locator(".ic-hint").last).to_be_visible()
        expect(first).to_have_attribute("open", "")
    first.locator("summary").click()
    expect(first).not_to_have_attribute("open", "")
