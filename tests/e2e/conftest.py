"""Fixtures: a server, Chromium, and tabs in it."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from browsing import FLAGS, PHONE, ROOT, WIDE, Server, Tab, chromium, indexed_home
from playwright.sync_api import Browser, Playwright, expect, sync_playwright

from coach.bank.markdown import parse_question
from coach.domain import Question

expect.set_options(timeout=30_000)  # a busy machine takes its time


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server for all tests that do not harm it."""
    running = Server(indexed_home(tmp_path_factory.mktemp("coach") / "home", tmp_path_factory))
    try:
        running.start()
        yield running
    finally:
        running.stop()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium. In CI its absence fails; elsewhere the test is skipped, naming what to install."""
    path = chromium()
    if path is None:
        message = "Chromium is not installed: apt-get install -y chromium"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    with sync_playwright() as playwright:
        yield _launch(playwright, path)


def _launch(playwright: Playwright, path: str) -> Browser:
    return playwright.chromium.launch(executable_path=path, args=FLAGS)


def _tab(browser: Browser, **options: object) -> Iterator[Tab]:
    context = browser.new_context(**options)  # type: ignore[arg-type]  # Playwright's own option names
    tab = Tab(context)
    yield tab
    context.close()
    assert tab.outside == [], "something tried to reach beyond this machine"
    assert tab.complaints == [], "the browser's console has errors"


@pytest.fixture
def tab(browser: Browser) -> Iterator[Tab]:
    """A wide window."""
    yield from _tab(browser, viewport=WIDE)


@pytest.fixture
def phone(browser: Browser) -> Iterator[Tab]:
    """A phone in the hand, dark."""
    yield from _tab(browser, viewport=PHONE, has_touch=True, is_mobile=True, color_scheme="dark")


@pytest.fixture(scope="session")
def corpus() -> dict[str, Question]:
    """The bundled questions by their text."""
    files = sorted((ROOT / "corpus").glob("*/*.md"))
    questions = [parse_question(f.read_text(encoding="utf-8"), bank=f.parent.name, id=f.stem, source=f.name) for f in files]
    return {question.text: question for question in questions}
