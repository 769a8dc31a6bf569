"""The store's sessions, on a real SQLite file."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from coach.domain import Question
from coach.errors import StoreError
from coach.events import Answered, Asked, Ended, QuestionRef, Setup, Started
from coach.interview import fold
from coach.store import Store

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
QUESTION = Question(id="dropout", bank="ml", text="What is dropout?", answer="Units are switched off.")


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'coach.db'}"


@pytest.fixture
def store(url: str):
    store = Store.open(url)
    yield store
    store.close()


def started(at: datetime = NOON, seed: int = 0) -> Started:
    return Started(at=at, setup=Setup(banks=("ml",), length=1, seed=seed), pool=(QuestionRef.of(QUESTION),))


def asked(at: datetime = NOON) -> Asked:
    return Asked(at=at, turn_id=1, role="question", question=QUESTION, text=QUESTION.text)


def test_events_come_back_in_order_and_equal_with_their_zone(store: Store) -> None:
    summer = datetime(2026, 7, 1, 14, 30, tzinfo=timezone(timedelta(hours=2)))
    events = [started(summer), asked(summer), Answered(at=summer, turn_id=1, text="Naïve 🙂 \x00 <b>answer</b>\r\n")]
    assert store.create_session("s", events[0]) == 1
    for seq, event in enumerate(events[1:], 1):
        assert store.append("s", event, expected=seq) == seq + 1
    assert store.events("s") == events
    assert store.events("s")[0].at.utcoffset() is not None


def test_a_writer_that_missed_an_event_is_refused_and_told_to_reload(store: Store, url: str) -> None:
    store.create_session("s", started())
    other = Store.open(url)
    other.append("s", asked(), expected=1)
    with pytest.raises(StoreError, match=r"open elsewhere.*Reload"):
        store.append("s", asked(), expected=1)
    assert len(store.events("s")) == 2
    other.close()


def test_of_many_writers_at_once_exactly_one_is_served(store: Store) -> None:
    store.create_session("s", started())

    def write(_: int) -> bool:
        try:
            store.append("s", asked(), expected=1)
        except StoreError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(write, range(8))) == 1
    assert len(store.events("s")) == 2


def test_a_session_that_is_not_there_is_said(store: Store) -> None:
    for call in (
        lambda: store.events("nobody"),
        lambda: store.append("nobody", asked(), expected=1),
        lambda: store.export_session("nobody"),
    ):
        with pytest.raises(StoreError, match="no session"):
            call()


def test_a_session_id_is_taken_only_once(store: Store) -> None:
    store.create_session("s", started())
    with pytest.raises(StoreError, match="there already"):
        store.create_session("s", started())


def test_sessions_are_listed_newest_first_with_what_was_done(store: Store) -> None:
    for n in range(3):
        store.create_session(f"s{n}", started(NOON + timedelta(hours=n), seed=n))
    store.append("s1", asked(NOON + timedelta(hours=5)), expected=1)
    store.append("s1", Answered(at=NOON + timedelta(hours=6), turn_id=1, text="…"), expected=2)
    store.append("s1", Ended(at=NOON + timedelta(hours=7), reason="stopped"), expected=3)
    rows = store.sessions()
    assert [row.id for row in rows] == ["s2", "s1", "s0"]
    assert (rows[1].questions, rows[1].answers, rows[1].ended, rows[1].setup.seed) == (1, 1, True, 1)
    assert rows[1].started_at == NOON + timedelta(hours=1)
    assert rows[1].last_at == NOON + timedelta(hours=7)
    assert not rows[0].ended
    assert [row.id for row in store.sessions(limit=1)] == ["s2"]


def test_an_exported_session_holds_every_event(store: Store) -> None:
    store.create_session("s", started())
    store.append("s", asked(), expected=1)
    exported = store.export_session("s")
    assert [event["kind"] for event in exported["events"]] == ["started", "asked"]
    assert exported["session"] == "s"


def test_a_deleted_session_leaves_nothing_behind(store: Store) -> None:
    store.create_session("s", started())
    store.append("s", asked(), expected=1)
    assert store.delete_session("s") is True
    assert store.delete_session("s") is False
    assert store.sessions() == []
    with pytest.raises(StoreError):
        store.events("s")


def test_another_process_reads_the_session_where_it_stands(store: Store, url: str) -> None:
    store.create_session("s", started())
    store.append("s", asked(), expected=1)
    other = Store.open(url)
    assert fold(other.events("s")).open_turn is not None
    other.close()
