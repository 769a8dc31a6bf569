"""The store on a real PostgreSQL: the URL of an empty database is in COACH_TEST_POSTGRES."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import create_engine, text

from coach.domain import Document, Passage, Question
from coach.errors import BankError, StoreError
from coach.events import Answered, Asked, Ended, QuestionRef, Setup, Started
from coach.store import Store
from coach.store.database import parse_url

URL = os.environ.get("COACH_TEST_POSTGRES", "")
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
QUESTION = Question(id="dropout", bank="ml", text="What is dropout?", answer="Units are switched off. \x00 🙂", source="notes.md")
PASSAGE = Passage(id="p", bank="ml", document="notes.md", text="Units are switched off.")

pytestmark = pytest.mark.skipif(not URL, reason="COACH_TEST_POSTGRES names no database")


@pytest.fixture
def url() -> Iterator[str]:
    """The database with a schema of this test's own, dropped when it is over."""
    schema = f"test_{secrets.token_hex(6)}"
    engine = create_engine(parse_url(URL), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE SCHEMA {schema}"))
    yield parse_url(URL).update_query_dict({"options": f"-csearch_path={schema}"}).render_as_string(hide_password=False)
    with engine.connect() as connection:
        connection.execute(text(f"DROP SCHEMA {schema} CASCADE"))
    engine.dispose()


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    store = Store.open(url)
    yield store
    store.close()


def document(name: str = "notes.md", *questions: Question) -> Document:
    return Document(name=name, bank="ml", sha256="0" * 64, questions=questions or (QUESTION,), passages=(PASSAGE,), left_out=("an advert",))


def started(at: datetime = NOON) -> Started:
    return Started(at=at, setup=Setup(banks=("ml",), length=1), pool=(QuestionRef.of(QUESTION),))


def asked(at: datetime = NOON) -> Asked:
    return Asked(at=at, turn_id=1, role="question", question=QUESTION, text=QUESTION.text)


def test_documents_are_kept_replaced_and_removed(store: Store) -> None:
    store.save_document(document())
    assert store.document("ml", "notes.md") == document()
    assert store.all_documents() == [document()]
    assert store.questions("ml") == [QUESTION]
    assert store.passages() == [PASSAGE]
    assert store.generation() == 1
    other = QUESTION.model_copy(update={"id": "momentum"})
    store.save_document(document("notes.md", other))
    assert store.question("ml", "momentum") == other
    with pytest.raises(BankError):
        store.save_document(document("b.md", other))
    assert store.documents()[0].added_at.utcoffset() == timedelta(0)
    assert store.remove_document("ml", "notes.md")
    assert store.banks() == []
    assert store.generation() == 3


def test_many_threads_save_at_once(store: Store) -> None:
    def save(n: int) -> None:
        store.save_document(document(f"{n}.md", QUESTION.model_copy(update={"id": f"q{n}"})))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(save, range(16)))
    assert store.generation() == 16
    assert sorted(row.name for row in store.documents()) == sorted(f"{n}.md" for n in range(16))


def test_replicas_that_start_at_once_make_the_tables_once(url: str) -> None:
    with ThreadPoolExecutor(6) as pool:
        stores = list(pool.map(lambda _: Store.open(url), range(6)))
    assert [store.generation() for store in stores] == [0] * 6
    for store in stores:
        store.close()


def test_events_come_back_and_of_many_writers_one_is_served(store: Store, url: str) -> None:
    store.create_session("s", started())
    other = Store.open(url)

    def write(n: int) -> str:
        try:
            (store if n % 2 else other).append("s", asked(), expected=1)
        except StoreError as error:
            return str(error)
        return ""

    with ThreadPoolExecutor(8) as pool:
        said = list(pool.map(write, range(8)))
    assert said.count("") == 1
    assert all("Reload" in message for message in said if message)
    assert store.events("s") == [started(), asked()]
    other.close()


def test_sessions_are_listed_exported_and_deleted(store: Store) -> None:
    for n in range(3):
        store.create_session(f"s{n}", started(NOON + timedelta(hours=n)))
    store.append("s1", asked(), expected=1)
    store.append("s1", Answered(at=NOON, turn_id=1, text="\x00 🙂"), expected=2)
    store.append("s1", Ended(at=NOON + timedelta(hours=9), reason="stopped"), expected=3)
    rows = store.sessions()
    assert [row.id for row in rows] == ["s2", "s1", "s0"]
    assert (rows[1].answers, rows[1].ended, rows[1].last_at) == (1, True, NOON + timedelta(hours=9))
    assert len(store.export_session("s1")["events"]) == 4
    assert store.delete_session("s1")
    with pytest.raises(StoreError, match="no session"):
        store.events("s1")


def test_a_wrong_password_is_said_and_not_shown() -> None:
    wrong = parse_url(URL).set(username="nobody-here", password="hunter2-secret")
    with pytest.raises(StoreError, match="COACH_DATABASE_URL") as raised:
        Store.open(wrong.render_as_string(hide_password=False))
    assert "hunter2-secret" not in str(raised.value)
