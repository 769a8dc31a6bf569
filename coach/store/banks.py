"""Banks of documents, with their questions and passages."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Select, delete, func, insert, select, update

from coach.domain import Document, Frozen, Passage, Question
from coach.errors import BankError
from coach.store.database import Database, read_payload
from coach.store.database import bundled as _bundled
from coach.store.database import documents as _documents
from coach.store.database import meta as _meta
from coach.store.database import passages as _passages
from coach.store.database import questions as _questions


class DocumentRow(Frozen):
    """A document as a list shows it; `questions` and `passages` are counts."""

    name: str
    bank: str
    sha256: str
    questions: int
    passages: int
    added_at: datetime


class BankRow(Frozen):
    """A bank as a list shows it; both numbers are counts."""

    name: str
    documents: int
    questions: int


class BankStore:
    """Documents by bank and name. Every change is one transaction; every method raises StoreError when it cannot be done."""

    def __init__(self, database: Database) -> None:
        """Keep the documents of an open database."""
        self._database = database

    def documents(self, bank: str | None = None) -> list[DocumentRow]:
        """The documents of one bank or of all, in the order in which they were added."""
        d, q, p = _documents.c, _questions.c, _passages.c
        asked = select(func.count()).where(q.bank == d.bank, q.document == d.name).scalar_subquery()
        pieces = select(func.count()).where(p.bank == d.bank, p.document == d.name).scalar_subquery()
        query = select(d.name, d.bank, d.sha256, asked.label("questions"), pieces.label("passages"), d.added_at)
        query = _of_bank(query.order_by(d.position, d.bank, d.name), d.bank, bank)
        with self._database.reading() as connection:
            return [DocumentRow.model_validate(dict(row)) for row in connection.execute(query).mappings()]

    def document(self, bank: str, name: str) -> Document | None:
        """A whole document as it was saved, or None."""
        found = self._whole_documents(_documents.c.bank == bank, _documents.c.name == name)
        return found[0] if found else None

    def all_documents(self) -> list[Document]:
        """Every document, whole, in the order in which they were added."""
        return self._whole_documents()

    def _whole_documents(self, *conditions: Any) -> list[Document]:
        d = _documents.c
        parts: dict[tuple[str, str], tuple[list[Any], list[Any]]] = {}
        with self._database.reading() as connection:
            rows = connection.execute(select(_documents).where(*conditions).order_by(d.position, d.bank, d.name)).mappings().all()
            for place, table in enumerate((_questions, _passages)):
                columns = (table.c.bank, table.c.document, table.c.payload)
                for part in connection.execute(_in_order(select(*columns), table).where(*conditions)):
                    parts.setdefault((part.bank, part.document), ([], []))[place].append(part.payload)
        found = []
        for row in rows:
            asked, pieces = parts.get((row["bank"], row["name"]), ([], []))
            whole = {key: row[key] for key in ("name", "bank", "sha256", "left_out", "warnings")}
            found.append(read_payload(Document, {**whole, "questions": asked, "passages": pieces}))
        return found

    def save_document(self, document: Document) -> None:
        """Insert the document, or replace the one of its bank and name, which keeps its place in the order.

        Saving what is there already changes nothing. Raises BankError when another document of the bank has a
        question of the same id, or when its own ids repeat.
        """
        d = _documents.c
        here = (d.bank == document.bank, d.name == document.name)
        if self.document(document.bank, document.name) == document:
            return
        with self._database.writing() as connection:
            # First of all: the row's lock makes writers of other replicas wait their turn.
            connection.execute(update(_meta).where(_meta.c.name == "generation").values(value=_meta.c.value + 1))
            self._refuse_taken_ids(connection, document)
            position = connection.scalar(select(d.position).where(*here))
            if position is None:
                position = (connection.scalar(select(func.max(d.position))) or 0) + 1
            connection.execute(delete(_documents).where(*here))
            row = {
                "bank": document.bank,
                "name": document.name,
                "position": position,
                "sha256": document.sha256,
                "left_out": list(document.left_out),
                "warnings": list(document.warnings),
                "added_at": datetime.now(UTC),
            }
            connection.execute(insert(_documents).values(row))
            place = {"bank": document.bank, "document": document.name}
            asked = [{**place, "id": q.id, "position": n, "payload": q.model_dump(mode="json")} for n, q in enumerate(document.questions)]
            pieces = [{**place, "position": n, "payload": p.model_dump(mode="json")} for n, p in enumerate(document.passages)]
            for table, rows in ((_questions, asked), (_passages, pieces)):
                if rows:
                    connection.execute(insert(table), rows)

    def remove_document(self, bank: str, name: str) -> bool:
        """Remove a document with its questions and passages; False when there is none of that name."""
        d = _documents.c
        with self._database.writing() as connection:
            gone = connection.execute(delete(_documents).where(d.bank == bank, d.name == name)).rowcount
            if gone:
                connection.execute(update(_meta).where(_meta.c.name == "generation").values(value=_meta.c.value + 1))
            return bool(gone)

    def bundled(self, bank: str) -> dict[str, str]:
        """The SHA-256 of what the bundled corpus last brought, by the document's name."""
        b = _bundled.c
        with self._database.reading() as connection:
            return {row.name: row.sha256 for row in connection.execute(select(b.name, b.sha256).where(b.bank == bank))}

    def note_bundled(self, bank: str, brought: Mapping[str, str]) -> None:
        """Remember that the bundled corpus brought these."""
        b = _bundled.c
        with self._database.writing() as connection:
            for name, sha256 in brought.items():
                connection.execute(delete(_bundled).where(b.bank == bank, b.name == name))
                connection.execute(insert(_bundled).values(bank=bank, name=name, sha256=sha256))

    def banks(self) -> list[BankRow]:
        """The banks, by name."""
        rows: dict[str, BankRow] = {}
        for row in self.documents():
            before = rows.get(row.bank, BankRow(name=row.bank, documents=0, questions=0))
            rows[row.bank] = BankRow(name=row.bank, documents=before.documents + 1, questions=before.questions + row.questions)
        return [rows[name] for name in sorted(rows)]

    def questions(self, bank: str | None = None) -> list[Question]:
        """The questions of one bank or of all, in the order of the documents and within each."""
        query = _in_order(select(_questions.c.payload), _questions)
        with self._database.reading() as connection:
            return [read_payload(Question, payload) for payload in connection.scalars(_of_bank(query, _questions.c.bank, bank))]

    def question(self, bank: str, id: str) -> Question | None:
        """One question, or None."""
        query = select(_questions.c.payload).where(_questions.c.bank == bank, _questions.c.id == id)
        with self._database.reading() as connection:
            payload = connection.scalar(query)
        return None if payload is None else read_payload(Question, payload)

    def passages(self, bank: str | None = None) -> list[Passage]:
        """The passages of one bank or of all, in the order of the documents and within each."""
        query = _in_order(select(_passages.c.payload), _passages)
        with self._database.reading() as connection:
            return [read_payload(Passage, payload) for payload in connection.scalars(_of_bank(query, _passages.c.bank, bank))]

    def generation(self) -> int:
        """A number that every change of the documents raises: what was read before may be out of date when it has moved."""
        with self._database.reading() as connection:
            return connection.scalar(select(_meta.c.value).where(_meta.c.name == "generation")) or 0

    @staticmethod
    def _refuse_taken_ids(connection: Any, document: Document) -> None:
        ids = [question.id for question in document.questions]
        repeated = sorted({id for id in ids if ids.count(id) > 1})
        if repeated:
            raise BankError(f"“{document.name}” has more than one question with the id “{repeated[0]}”. Give each its own.")
        q = _questions.c
        query = select(q.id, q.document).where(q.bank == document.bank, q.document != document.name)
        taken = {row.id: row.document for row in connection.execute(query) if row.id in set(ids)}
        for id, name in sorted(taken.items()):
            raise BankError(
                f"The bank “{document.bank}” has a question “{id}” already, from “{name}”. Use another bank, or remove that document first."
            )


def _of_bank(query: Select[Any], column: Any, bank: str | None) -> Select[Any]:
    return query if bank is None else query.where(column == bank)


def _in_order(query: Select[Any], table: Any) -> Select[Any]:
    d, t = _documents.c, table.c
    joined = query.join(_documents, (t.bank == d.bank) & (t.document == d.name))
    return joined.order_by(d.position, d.bank, d.name, t.position)
