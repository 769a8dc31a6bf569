"""A whole interview in a real browser."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pages
import pytest
from browsing import Server, Tab, indexed_home
from playwright.sync_api import expect

from coach.domain import Question
from coach.events import Answered
from coach.interview import fold
from coach.store import Store

pytestmark = [pytest.mark.browser, pytest.mark.model]
BUNDLED = "deep-learning"
VERDICT = re.compile("Covered|Partly covered|Not mentioned|Contradicted")


def first_sentence(text: str) -> str:
    return re.split(r"(?<=[.!?])\s", text)[0]


def test_an_interview_on_the_bundled_questions_from_start_to_report(server: Server, tab: Tab, corpus: dict[str, Question]) -> None:
    page = tab.page
    pages.start(page, server.url, bank=BUNDLED, length="3")
    followed_up = 0
    for number in (1, 2, 3):
        expect(page.get_by_text(f"Question {number} of 3")).to_be_visible()
        question = corpus[pages.question(page).inner_text()]
        expect(pages.points(page)).to_have_count(len(question.key_points))
        for n, point in enumerate(question.key_points, start=1):
            expect(pages.points(page).nth(n - 1)).to_have_text(f"Point {n}")
            expect(page.locator("#ic-side")).not_to_contain_text(point.text)
        pages.answer(page, first_sentence(question.answer) if number < 3 else question.answer)
        expect(page.locator(".ic-current .ic-score")).to_be_visible()
        pages.settled(page)
        expect(pages.points(page).first).to_contain_text(VERDICT)
        expect(page.locator(".ic-grade").last).to_contain_text("Quick check")
        expect(page.locator(".ic-grade").last).to_contain_text(re.compile(r"\d+ of 100"))
        followed_up += pages.finish_question(page, "I have nothing to add to that.")
        if number == 3:
            evidence = page.locator("#ic-side details", has_text="Your words").first
            evidence.locator("summary").click()
            quote = evidence.locator("blockquote").inner_text().strip("“” \n")
            assert " ".join(quote.split()) in " ".join(question.answer.split())
        page.locator("#ic-next").click()
    assert followed_up
    expect(page.get_by_role("heading", name="Your report")).to_be_visible()
    with page.expect_download() as markdown:
        page.get_by_role("link", name="Download as Markdown").click()
    assert "# " in Path(markdown.value.path()).read_text(encoding="utf-8")
    with page.expect_download() as document:
        page.get_by_role("link", name="Download as JSON").click()
    assert len(json.loads(Path(document.value.path()).read_text(encoding="utf-8"))["threads"]) == 3


def test_a_page_that_is_reloaded_goes_on_where_it_was(server: Server, tab: Tab, corpus: dict[str, Question]) -> None:
    page = tab.page
    pages.start(page, server.url, bank=BUNDLED)
    title = pages.question(page).inner_text()
    assert re.search(r"\?session=[0-9a-f]{32}$", page.url)
    page.get_by_role("button", name="Hint").click()
    expect(page.locator(".ic-hint")).to_be_visible()
    pages.box(page).fill("A thought that is not sent yet")
    page.reload()
    expect(pages.question(page)).to_have_text(title)
    expect(page.locator(".ic-hint")).to_be_visible()
    expect(pages.box(page)).to_have_value("A thought that is not sent yet")
    said = first_sentence(corpus[title].answer)
    pages.answer(page, said)
    pages.settled(page)
    page.reload()
    expect(page.get_by_role("log")).to_contain_text(said)
    expect(page.get_by_role("log")).to_contain_text(re.compile(r"of 100|Question 2 of 5"))


def test_the_last_interview_can_be_continued_from_a_fresh_page(server: Server, tab: Tab) -> None:
    page = tab.page
    pages.start(page, server.url, bank=BUNDLED)
    title, address = pages.question(page).inner_text(), page.url
    pages.visit(page, server.url)
    page.get_by_role("link", name="Continue your last interview").click()
    expect(pages.question(page)).to_have_text(title)
    assert page.url == address


def test_an_answer_that_was_stored_before_a_crash_is_graded_after_it(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, tab: Tab, corpus: dict[str, Question]
) -> None:
    server = Server(indexed_home(tmp_path / "home", tmp_path_factory))
    server.start()
    page = tab.page
    pages.start(page, server.url, bank=BUNDLED)
    title, session = pages.question(page).inner_text(), page.url.rpartition("=")[2]
    page.goto("about:blank")
    server.stop(kill=True)
    store = Store.open(f"sqlite:///{server.home / 'coach.db'}")
    seq = fold(store.events(session)).seq
    store.append(session, Answered(at=datetime.now(UTC), turn_id=1, text=corpus[title].answer), expected=seq)
    store.close()
    server.start()
    page.goto(f"{server.url}/?session={session}")
    expect(page.locator(".ic-score")).to_be_visible()
    expect(page.get_by_role("log")).to_contain_text(first_sentence(corpus[title].answer))
    server.stop()


def test_a_mock_interview_shows_grades_only_at_its_end(server: Server, tab: Tab, corpus: dict[str, Question]) -> None:
    page = tab.page
    pages.start(page, server.url, bank=BUNDLED, mode="Mock", length="3")
    expect(page.get_by_role("button", name="Hint")).to_be_hidden()
    expect(page.get_by_role("button", name="Show model answer")).to_be_hidden()
    pages.answer(page, corpus[pages.question(page).inner_text()].answer)
    expect(page.get_by_role("log")).to_contain_text("Grades come at the end.")
    pages.settled(page)
    expect(page.locator(".ic-score")).to_have_count(0)
    page.get_by_role("button", name="End interview").click()
    expect(page.get_by_role("heading", name="Your report")).to_be_visible()
    expect(page.locator(".ic-score")).to_be_visible()


def test_skip_hint_and_model_answer(server: Server, tab: Tab, corpus: dict[str, Question]) -> None:
    page = tab.page
    pages.start(page, server.url, bank=BUNDLED)
    question = corpus[pages.question(page).inner_text()]
    for level in (1, 2, 3):
        page.get_by_role("button", name="Hint").click()
        expect(page.get_by_text(f"Hint {level} of 3")).to_be_visible()
    page.get_by_role("button", name="Show model answer").click()
    expect(page.locator(".ic-model-answer")).to_contain_text(first_sentence(question.answer))
    page.get_by_role("button", name="Skip").click()
    expect(page.get_by_text("Question 2 of 5")).to_be_visible()
    expect(page.locator(".ic-earlier")).to_contain_text("skipped")


def test_an_empty_answer_is_refused_in_one_sentence_and_nothing_is_lost(server: Server, tab: Tab) -> None:
    page = tab.page
    pages.start(page, server.url, bank=BUNDLED)
    pages.answer(page, "   ")
    expect(page.get_by_role("alert")).to_contain_text("There is no answer yet.")
    expect(pages.box(page)).to_be_visible()


def test_an_answer_that_cannot_be_stored_stays_in_the_box(server: Server, tab: Tab) -> None:
    page = tab.page
    pages.start(page, server.url, bank=BUNDLED)
    session = page.url.rpartition("=")[2]
    store = Store.open(f"sqlite:///{server.home / 'coach.db'}")
    store.delete_session(session)  # somebody else deleted it
    store.close()
    pages.answer(page, "An answer that took me ten minutes")
    expect(page.get_by_role("alert")).to_be_visible()
    expect(pages.box(page)).to_have_value("An answer that took me ten minutes")
    expect(page.locator("body")).not_to_contain_text("Traceback")


def test_a_session_can_be_exported_and_deleted(server: Server, tab: Tab) -> None:
    page = tab.page
    pages.start(page, server.url, bank=BUNDLED)
    address = page.url
    with page.expect_download() as download:
        page.get_by_role("link", name="Export this session").click()
    assert json.loads(Path(download.value.path()).read_text(encoding="utf-8"))
    page.get_by_role("button", name="Delete this session").click()
    page.get_by_role("button", name="Delete for good").click()
    expect(page.get_by_text("The session was deleted.")).to_be_visible()
    assert "session=" not in page.url
    page.goto(address)
    expect(page.get_by_role("heading", name="That interview is not here any more")).to_be_visible()
    expect(page.get_by_role("button", name="Start the interview")).to_be_visible()
