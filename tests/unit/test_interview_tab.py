"""What the interview tab shows of a session that a talk leads."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Mapping
from typing import Any

import gradio as gr
import pytest
from interviews import by_keywords
from rooms import SpokenBench, spoken_bench

from coach.domain import VerdictKind
from coach.events import Setup
from coach.session import Session
from coach.ui.desk import Desk
from coach.ui.interview_tab import InterviewTab
from coach.ui.visit import Visit

FULL = "it says first second third of the points"


bench = pytest.fixture(spoken_bench)


class Page:
    """A page on a session of two questions, the first of which has just been answered; it is graded once somebody looks."""

    def __init__(self, bench: SpokenBench) -> None:
        self.graded = threading.Event()
        bench.fast.script = self._script
        self.desk = Desk(bench)  # type: ignore[arg-type]
        self.tab = asyncio.run(self._tab(bench))
        self.id = self.desk.begin(Setup(length=2)).id
        self.visit = Visit(self.id)
        self.desk.submit(self.id, FULL)

    async def _tab(self, bench: SpokenBench) -> InterviewTab:
        with gr.Blocks():  # in a loop: otherwise it opens one, and leaves it open
            return InterviewTab(bench, self.desk)  # type: ignore[arg-type]

    def _script(self, answer: str, only: frozenset[str] | None) -> Mapping[str, VerdictKind]:
        assert self.graded.wait(5)
        return by_keywords(answer, only)

    def shows(self, *, talk_at: int | None = None) -> tuple[str, str]:
        """The conversation, and what the button that goes on says, if it is there, to a page that looks until all that runs is done.

        The talk goes on to `talk_at` once it has begun to look.
        """
        last: dict[Any, Any] = {}

        async def look() -> None:
            async for update in self.tab.on_load(self.visit, self.id):
                last.update(update)
                if talk_at is not None:
                    self.desk.keep_at(self.id, talk_at)
                self.graded.set()

        asyncio.run(look())
        button = last[self.tab.next]
        return str(last[self.tab.conversation]), button["value"] if button["visible"] else ""

    def answers(self) -> None:
        """The next answer is stored."""
        self.graded.clear()
        self.desk.submit(self.id, FULL)

    def after(self, updates: AsyncIterator[dict[Any, Any]]) -> str:
        """The conversation at the end of what a button does."""

        async def press() -> str:
            return [str(update[self.tab.conversation]) async for update in updates][-1]

        return asyncio.run(press())


def test_the_page_stays_with_the_grade_until_the_talk_goes_on(bench: SpokenBench) -> None:
    page = Page(bench)
    page.desk.keep_at(page.id, 1)
    for _ in range(2):  # as it watches, and looking again when all is done
        conversation, button = page.shows()
        assert "Question 1 of 2" in conversation
        assert button == "Next question"
    page.desk.keep_at(page.id, 2)
    conversation, button = page.shows()
    assert "Question 2 of 2" in conversation
    assert button == ""


def test_a_watcher_that_is_late_shows_where_the_talk_is_and_not_where_it_began_to_watch(bench: SpokenBench) -> None:
    page = Page(bench)
    page.desk.keep_at(page.id, 1)
    conversation, button = page.shows(talk_at=2)
    assert "Question 2 of 2" in conversation
    assert button == ""
    page.answers()
    conversation, _ = page.shows(talk_at=3)
    assert "Your report" in conversation


def test_the_report_waits_for_the_talks_last_word(bench: SpokenBench) -> None:
    page = Page(bench)
    page.shows(talk_at=2)
    page.answers()
    for _ in range(2):  # as it watches, and looking again when all is done
        conversation, button = page.shows()
        assert "Question 2 of 2" in conversation
        assert button == "See the report"
    page.desk.keep_at(page.id, 3)
    conversation, _ = page.shows()
    assert "Your report" in conversation


def test_a_grade_that_comes_in_does_not_take_away_the_question_whether_to_delete(bench: SpokenBench) -> None:
    page = Page(bench)

    async def touched(updates: AsyncIterator[dict[Any, Any]]) -> list[bool]:
        return [page.tab.confirm in update async for update in updates]

    assert not any(asyncio.run(touched(page.tab.on_load(page.visit, page.id))))
    assert page.tab.on_new(page.visit)[page.tab.confirm]["visible"] is False


def test_nothing_of_a_session_is_shown_any_more_once_the_page_has_left_it(bench: SpokenBench) -> None:
    page = Page(bench)

    async def look() -> list[str]:
        notices = []
        async for update in page.tab.on_load(page.visit, page.id):
            notices.append(str(update.get(page.tab.notice, "")))
            if not page.graded.is_set():
                notices.append((await page.tab.on_delete(page.visit))[page.tab.notice])
                page.graded.set()
        return notices + [str(update) async for update in page.tab.on_refresh(page.visit) if page.tab.notice in update]

    first, deleted, last = asyncio.run(look())  # the last in case that the first one is late
    assert "The session was deleted." not in first
    assert "The session was deleted." in deleted
    assert last == deleted


def test_what_was_asked_for_before_the_page_left_and_comes_after_it_is_not_shown(bench: SpokenBench) -> None:
    page = Page(bench)
    page.graded.set()

    async def look() -> list[str]:
        page.visit.session_id = page.id
        opened = page.desk.open

        def slowly(session_id: str) -> Session:
            session = opened(session_id)
            page.tab.on_new(page.visit)
            return session

        page.desk.open = slowly  # type: ignore[method-assign]
        return [str(update[page.tab.conversation]) async for update in page.tab.on_next(page.visit) if page.tab.conversation in update]

    assert asyncio.run(look()) == []


def test_a_session_that_another_page_deletes_while_it_is_graded_is_said_to_be_gone(bench: SpokenBench) -> None:
    page = Page(bench)

    async def look() -> str:
        conversation = ""
        async for update in page.tab.on_load(page.visit, page.id):
            conversation = str(update.get(page.tab.conversation, conversation))
            page.desk.delete(page.id)
            page.graded.set()
        return conversation

    assert "not here any more" in asyncio.run(look())


def test_who_goes_on_by_hand_does_not_wait_for_the_talk(bench: SpokenBench) -> None:
    page = Page(bench)
    page.desk.keep_at(page.id, 1)
    page.shows()

    assert "Question 2 of 2" in page.after(page.tab.on_next(page.visit))
    page.desk.keep_at(page.id, 2)
    assert "Your report" in page.after(page.tab.on_skip(page.visit))
