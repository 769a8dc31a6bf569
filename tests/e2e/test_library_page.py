"""A document dropped on the page becomes a bank to be interviewed on."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pages
import pytest
from browsing import ROOT, Server, Tab
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.model]

NOTES = """# Notes on version control

## What is a rebase?

A rebase takes the commits of a branch and applies them again on top of another commit. The history becomes a straight line.
Because every commit gets a new hash, a branch that others have fetched should not be rebased.

## What does a merge commit record?

A merge commit has two parents. It records that two lines of work were joined, and keeps both histories as they were.

## Why are small commits useful?

A small commit is easier to review. It can be reverted alone, and a search for the change that broke something ends sooner.
"""


def article() -> Path | None:
    named = os.environ.get("COACH_ARTICLE")
    found = [Path(named)] if named else sorted((ROOT.parent / "shared" / "seeds").glob("*.txt"))
    return found[0] if found and found[0].is_file() else None


def test_notes_are_read_accepted_asked_and_removed(server: Server, tab: Tab, tmp_path: Path) -> None:
    path = tmp_path / "version control.md"
    path.write_text(NOTES, encoding="utf-8")
    page = tab.page
    pages.visit(page, server.url)
    pages.drop(page, path)
    expect(page.get_by_role("heading", name="3 questions found in version control.md")).to_be_visible()
    page.get_by_role("checkbox", name=re.compile("small commits")).uncheck()
    page.get_by_label("Name of the bank").fill("git notes")
    page.get_by_role("button", name="Accept these questions").click()
    expect(page.get_by_text("2 questions from version control.md are now in the bank “git-notes”")).to_be_visible()
    page.get_by_role("tab", name="Interview").click()
    page.get_by_label("Question bank").click()
    page.get_by_role("option", name="git-notes (2)").click()
    page.get_by_role("button", name="Start the interview").click()
    expect(page.get_by_text("Question 1 of 2")).to_be_visible()
    expect(pages.question(page)).to_have_text(re.compile("rebase|merge commit"))
    page.get_by_role("tab", name="Library").click()
    page.get_by_label("Remove a document").click()
    page.get_by_role("option", name="git-notes / version control.md").click()
    page.get_by_role("button", name="Remove it").click()
    expect(page.get_by_text("version control.md was removed.")).to_be_visible()
    expect(page.locator("details.ic-bank", has_text="git-notes")).to_have_count(0)


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("empty.md", b"", "empty"),
        ("binary.txt", bytes(range(256)) * 20, "binary"),
        ("nothing.txt", b"Just a line of prose without anything to ask.\n", "No question"),
    ],
)
def test_a_document_that_cannot_be_used_says_why_in_one_sentence(
    server: Server, tab: Tab, tmp_path: Path, name: str, data: bytes, message: str
) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    page = tab.page
    pages.visit(page, server.url)
    pages.drop(page, path)
    expect(page.get_by_role("alert")).to_contain_text(re.compile(message, re.IGNORECASE))
    expect(page.get_by_role("button", name="Accept these questions")).to_be_hidden()


def test_an_interview_on_an_article(server: Server, tab: Tab) -> None:
    path = article()
    if path is None:
        assert not os.environ.get("CI"), "CI needs the article: set COACH_ARTICLE to its path"
        pytest.skip("No article: set COACH_ARTICLE to the path of one.")
    page = tab.page
    pages.visit(page, server.url)
    pages.drop(page, path)
    expect(page.get_by_role("heading", name=re.compile(r"\d+ questions found"))).to_be_visible()
    labels = page.locator(".ic-found .ic-check span").all_inner_texts()
    page.locator(".ic-found").evaluate("list => list.querySelectorAll('details').forEach(d => { d.open = true; })")
    answers = page.locator(".ic-found details:nth-of-type(2) .ic-text").all_inner_texts()
    told = {re.sub(r"^\d+\. ", "", label): text for label, text in zip(labels, answers, strict=True)}
    page.get_by_label("Name of the bank").fill("article")
    page.get_by_role("button", name="Accept these questions").click()
    expect(page.get_by_text("are now in the bank “article”")).to_be_visible()
    page.get_by_role("tab", name="Interview").click()
    page.get_by_label("Question bank").click()
    page.get_by_role("option", name=re.compile(r"^article \(")).click()
    page.get_by_role("radio", name="3", exact=True).check()
    page.get_by_role("button", name="Start the interview").click()
    followed_up = quoted = 0
    for number in (1, 2, 3):
        expect(page.get_by_text(f"Question {number} of 3")).to_be_visible()
        title = pages.question(page).inner_text()
        sentences = re.split(r"(?<=[.!?])\s+", told[title])
        pages.answer(page, " ".join(sentences[: 1 if number < 3 else None]))
        pages.settled(page)
        if number == 1:
            page.reload()
            expect(page.locator(".ic-current, .ic-earlier").first).to_be_visible()
            if page.get_by_text("Question 2 of 3").is_visible():
                continue
        followed_up += pages.finish_question(page, "That is all I know about it.")
        quoted += page.locator("#ic-side blockquote").count()
        page.locator("#ic-next").click()
    assert followed_up
    assert quoted
    expect(page.get_by_role("heading", name="Your report")).to_be_visible()
