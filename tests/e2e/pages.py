"""What a candidate does on the page, in the candidate's words."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

NAMELESS = """() => [...document.querySelectorAll('input, textarea, select, button, a[href], summary, [role=tab]')]
  .filter(e => e.getClientRects().length && getComputedStyle(e).visibility !== 'hidden' && e.type !== 'hidden')
  .filter(e => {
    const by = (e.getAttribute('aria-labelledby') || '').split(' ').map(id => document.getElementById(id)?.textContent || '').join('');
    const label = [...(e.labels || [])].map(l => l.textContent).join('');
    const own = ['BUTTON', 'A', 'SUMMARY'].includes(e.tagName) ? e.textContent : '';
    return ![e.getAttribute('aria-label'), by, label, own, e.title].some(text => text && text.trim());
  })
  .map(e => e.outerHTML.slice(0, 160))"""


def visit(page: Page, url: str) -> None:
    """Open the page, and wait until it can be used."""
    page.goto(url)
    expect(page.get_by_role("heading", name="Interview Coach")).to_be_visible()


def start(page: Page, url: str, *, bank: str | None = None, mode: str | None = None, length: str | None = None) -> None:
    """Open the page and start an interview."""
    visit(page, url)
    if bank:
        page.get_by_label("Question bank").click()
        page.get_by_role("option", name=re.compile(rf"^{re.escape(bank)} \(")).click()
    if mode:
        page.get_by_role("radio", name=re.compile(mode)).check()
    if length:
        page.get_by_role("radio", name=length, exact=True).check()
    page.get_by_role("button", name="Start the interview").click()
    expect(question(page)).to_be_visible()


def question(page: Page) -> Locator:
    """The question that is on."""
    return page.locator(".ic-current .ic-question")


def box(page: Page) -> Locator:
    """The answer box."""
    return page.get_by_label("Your answer")


def answer(page: Page, text: str) -> None:
    """Write an answer and send it."""
    before = page.locator("#ic-middle .ic-answer").count()
    box(page).fill(text)
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator("#ic-middle .ic-answer").nth(before).or_(page.get_by_role("alert")).first).to_be_visible()


def settled(page: Page) -> None:
    """Wait until the check is over: there is something to answer, to go on to, or the report."""
    expect(page.get_by_role("button", name="Stop grading")).to_be_hidden()
    ready = page.get_by_label("Your answer").or_(page.locator("#ic-next")).or_(page.get_by_role("heading", name="Your report"))
    expect(ready.first).to_be_visible()


def finish_question(page: Page, text: str) -> int:
    """Answer follow-ups with this text until the question is over; says how many there were."""
    asked = 0
    while not page.locator("#ic-next").is_visible():
        asked += 1
        assert asked <= 2, "a question has at most two follow-ups"
        answer(page, text)
        settled(page)
    return asked


def points(page: Page) -> Locator:
    """The rows of the checklist."""
    return page.locator("#ic-side .ic-points").last.locator("li.ic-point")


def drop(page: Page, path: Path) -> None:
    """Drop a file on the library tab and wait until its questions are there."""
    page.get_by_role("tab", name="Library").click()
    page.locator("#ic-file input[type=file]").set_input_files(path)


def check(page: Page) -> None:
    """Nothing scrolls sideways, and everything that can be used has a name."""
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), "the page scrolls sideways"
    assert page.evaluate(NAMELESS) == []
