"""What is kept: banks of documents with their questions and passages, and sessions as append-only events."""

from __future__ import annotations

from typing import Self

from coach.store.banks import BankRow, BankStore, DocumentRow
from coach.store.database import open_database
from coach.store.sessions import SessionRow, SessionStore

__all__ = ["BankRow", "DocumentRow", "SessionRow", "Store"]


class Store(BankStore, SessionStore):
    """The database, in the nouns of the domain. Safe to share between threads."""

    @classmethod
    def open(cls, url: str) -> Self:
        """Open the database of a SQLAlchemy URL (SQLite or PostgreSQL), making what is missing. Raises StoreError."""
        return cls(open_database(url))

    def close(self) -> None:
        """Let go of the database."""
        self._database.close()
