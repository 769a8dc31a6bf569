"""The store's banks, on a real SQLite file."""

from __future__ import annotations

import os
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from coach.domain import Document, FollowUp, KeyPoint, Misconception, Passage, Question, Span
from coach.errors import BankError, StoreError
from coach.store import BankRow, Store


def url_of(folder: Path) -> str:
    return f"sqlite:///{folder / 'home' / 'coach.db'}"


@pytest.fixture
def store(tmp_path: Path):
    store = Store.open(url_of(tmp_path))
    yield store
    store.close()


def question(id: str, bank: str = "ml", document: str = "notes.md") -> Question:
    return Question(
        id=id,
        bank=bank,
        text=f"What is {id}?",
        answer="A thing.\nWith a naïve “answer” \x00 🙂",
        topic="basics",
        key_points=(KeyPoint.of(f"{id} is a thing", essential=True, span=Span(start=0, end=8)),),
        misconceptions=(Misconception(claim="It is not.", correction="It is."),),
        follow_ups=(FollowUp(text="Why?", point_id=None),),
        source=document,
    )


def document(name: str = "notes.md", *ids: str, bank: str = "ml", sha: str = "0" * 64) -> Document:
    questions = tuple(question(id, bank, name) for id in ids)
    passages = tuple(Passage(id=f"p-{id}", bank=bank, document=name, text=f"text of {id}", question_id=id) for id in ids)
    return Document(name=name, bank=bank, sha256=sha, questions=questions, passages=passages, left_out=("an advert",), warnings=("w",))


def test_a_document_comes_back_as_it_was_saved(store: Store) -> None:
    saved = document("notes.md", "dropout", "momentum")
    store.save_document(saved)
    assert store.document("ml", "notes.md") == saved
    assert store.question("ml", "momentum") == saved.questions[1]
    assert store.passages("ml") == list(saved.passages)
    row = store.documents()[0]
    assert (row.name, row.bank, row.questions, row.passages) == ("notes.md", "ml", 2, 2)
    assert row.added_at.utcoffset() is not None
    assert row.added_at.utcoffset().total_seconds() == 0


def test_what_is_not_there_is_none_or_empty(store: Store) -> None:
    assert store.document("ml", "notes.md") is None
    assert store.question("ml", "dropout") is None
    assert store.questions() == []
    assert store.passages("other") == []
    assert store.banks() == []
    assert store.remove_document("ml", "notes.md") is False
    assert store.generation() == 0


def test_a_document_without_questions_is_kept(store: Store) -> None:
    store.save_document(document("empty.md"))
    assert store.document("ml", "empty.md") == document("empty.md")


def test_questions_come_in_the_order_of_documents_and_a_replaced_document_keeps_its_place(store: Store) -> None:
    store.save_document(document("b.md", "b1", "b2"))
    store.save_document(document("a.md", "a1"))
    store.save_document(document("b.md", "b2", "b3", sha="1" * 64))
    assert [q.id for q in store.questions("ml")] == ["b2", "b3", "a1"]
    assert [row.name for row in store.documents("ml")] == ["b.md", "a.md"]
    assert store.all_documents() == [document("b.md", "b2", "b3", sha="1" * 64), document("a.md", "a1")]


def test_banks_are_kept_apart(store: Store) -> None:
    store.save_document(document("notes.md", "dropout"))
    store.save_document(document("notes.md", "dropout", "momentum", bank="mine"))
    assert store.banks() == [BankRow(name="mine", documents=1, questions=2), BankRow(name="ml", documents=1, questions=1)]
    assert store.remove_document("mine", "notes.md") is True
    assert [q.ref for q in store.questions()] == ["ml/dropout"]
    assert [p.id for p in store.passages()] == ["p-dropout"]


def test_every_change_raises_the_generation_and_saving_the_same_again_does_not(store: Store) -> None:
    store.save_document(document("notes.md", "dropout"))
    first = store.generation()
    store.save_document(document("notes.md", "dropout"))
    assert store.generation() == first
    store.save_document(document("notes.md", "dropout", "momentum"))
    assert store.generation() > first
    second = store.generation()
    store.remove_document("ml", "notes.md")
    assert store.generation() > second


def test_a_question_id_that_another_document_has_is_refused_and_nothing_is_half_saved(store: Store) -> None:
    store.save_document(document("a.md", "dropout"))
    before = store.generation()
    with pytest.raises(BankError, match=r"“dropout” already, from “a\.md”"):
        store.save_document(document("b.md", "momentum", "dropout"))
    with pytest.raises(BankError, match="more than one question with the id “x”"):
        store.save_document(document("c.md", "x", "x"))
    assert [row.name for row in store.documents()] == ["a.md"]
    assert store.generation() == before


def test_threads_save_at_once_without_losing_a_document(store: Store) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: store.save_document(document(f"{n}.md", f"q{n}")), range(24)))
    assert len(store.documents()) == 24
    assert store.generation() == 24
    assert len({q.id for q in store.questions()}) == 24


def test_a_second_store_on_the_same_file_sees_the_first_ones_changes(store: Store, tmp_path: Path) -> None:
    other = Store.open(url_of(tmp_path))
    store.save_document(document("notes.md", "dropout"))
    assert [q.id for q in other.questions()] == ["dropout"]
    assert other.generation() == store.generation()
    other.close()


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("sqlite://", "would lose the sessions"),
        ("sqlite:///:memory:", "would lose the sessions"),
        ("mysql://root:secret@host/db", "not supported"),
        ("://user:secret@nowhere", "cannot be read"),
        ("oracle+nonsense://a:secret@b", "not supported"),
        ("postgresql://coach:secret@127.0.0.1:1/coach", "postgres"),
    ],
)
def test_a_database_that_cannot_be_used_is_said_without_its_password(url: str, said: str) -> None:
    with pytest.raises(StoreError, match=said) as raised:
        Store.open(url)
    assert "secret" not in str(raised.value)


def test_a_file_that_is_no_database_is_said_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "coach.db"
    path.write_bytes(b"these are my holiday notes, not a database" * 100)
    with pytest.raises(StoreError, match="Move it away"):
        Store.open(f"sqlite:///{path}")
    assert path.read_bytes().startswith(b"these are my holiday notes")


def test_a_database_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    Store.open(url_of(tmp_path)).close()
    with sqlite3.connect(tmp_path / "home" / "coach.db") as connection:
        connection.execute("UPDATE coach_meta SET value = 99 WHERE name = 'schema'")
    connection.close()
    with pytest.raises(StoreError, match="newer version"):
        Store.open(url_of(tmp_path))


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file stands where the folder should")
    with pytest.raises(StoreError, match="COACH_HOME"):
        Store.open(url_of(tmp_path))


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_without_the_right_to_write_is_said(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir(mode=0o500)
    with pytest.raises(StoreError, match="COACH_HOME"):
        Store.open(url_of(tmp_path))


def test_a_question_that_this_version_cannot_read_is_said(store: Store, tmp_path: Path) -> None:
    store.save_document(document("notes.md", "dropout"))
    with sqlite3.connect(tmp_path / "home" / "coach.db") as connection:
        connection.execute("UPDATE coach_questions SET payload = '{\"strange\": 1}'")
    connection.close()
    with pytest.raises(StoreError, match="cannot read"):
        store.questions()
