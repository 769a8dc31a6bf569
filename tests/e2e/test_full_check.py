"""The full check with the real local model, on the page."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pages
import pytest
from browsing import Server, Tab, new_home
from playwright.sync_api import Page, expect

from coach.domain import Question
from coach.models import weights
from coach.models.catalogue import load_catalogue
from coach.settings import Settings

pytestmark = [pytest.mark.browser, pytest.mark.model, pytest.mark.chat]
SCORE = re.compile(r"\d+ of 100")
PATIENCE = 180_000  # milliseconds: two full checks one after the other on a busy machine


def checked(page: Page) -> None:
    """Wait until a full check is over."""
    expect(page.get_by_role("button", name="Stop grading")).to_be_hidden(timeout=PATIENCE)
    pages.settled(page)


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    home = new_home(tmp_path_factory.mktemp("full") / "home")
    weights.pull(load_catalogue().default("reader").name, Settings(home=home))
    running = Server(home, llm="local")
    try:
        running.start()
        yield running
    finally:
        running.stop()


def test_the_quick_grade_stands_until_the_full_one_takes_its_place(full: Server, tab: Tab, corpus: dict[str, Question]) -> None:
    page = tab.page
    pages.start(page, full.url, bank="deep-learning")
    expect(page.get_by_text("Ready: quick and full check")).to_be_visible(timeout=120_000)
    asked = corpus[pages.question(page).inner_text()]
    pages.answer(page, asked.answer)
    card = page.locator(".ic-grade").last
    expect(card).to_contain_text("Still checking: point")
    checked(page)
    expect(card).to_contain_text("Full check — local model")
    expect(card).to_contain_text(SCORE)
    expect(pages.points(page)).to_have_count(len(asked.key_points))


def test_a_full_check_that_is_stopped_leaves_the_quick_grade(full: Server, tab: Tab, corpus: dict[str, Question]) -> None:
    page = tab.page
    pages.start(page, full.url, bank="deep-learning")
    pages.answer(page, corpus[pages.question(page).inner_text()].answer)
    page.get_by_role("button", name="Stop grading").click()
    pages.settled(page)
    expect(page.get_by_role("log")).to_contain_text("The full check was stopped, so the quick grade stands.")
    expect(page.locator(".ic-grade").last).to_contain_text("Quick check")
    expect(page.locator(".ic-grade").last).to_contain_text(SCORE)


def test_two_people_at_once_wait_for_each_other_and_both_are_graded(full: Server, tab: Tab, corpus: dict[str, Question]) -> None:
    first, second = tab.page, tab.open()
    for page in (first, second):
        pages.start(page, full.url, bank="deep-learning")
    for page in (first, second):
        pages.answer(page, corpus[pages.question(page).inner_text()].answer)
    for page in (first, second):
        checked(page)
        expect(page.locator(".ic-grade").last).to_contain_text("Full check — local model")
