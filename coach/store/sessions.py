"""Sessions: each a row of append-only events, numbered from 1."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Connection, case, delete, func, insert, select
from sqlalchemy.exc import IntegrityError

from coach.domain import Frozen
from coach.errors import StoreError
from coach.events import EVENT, Event, Setup, Started
from coach.store.database import Database
from coach.store.database import events as _events
from coach.store.database import sessions as _sessions

EXPORT_FORM = 1  # the form of an exported session


class SessionRow(Frozen):
    """A session as a list shows it; `questions` and `answers` are counts."""

    id: str
    setup: Setup
    started_at: datetime
    last_at: datetime
    questions: int
    answers: int
    ended: bool


class SessionStore:
    """Events by session. An event that was written is never changed. Every method raises StoreError when it cannot be done."""

    def __init__(self, database: Database) -> None:
        """Keep the sessions of an open database."""
        self._database = database

    def create_session(self, session_id: str, first: Event) -> int:
        """Begin a session with its first event, and return that event's number, 1. Raises StoreError when the id is taken."""
        with self._database.writing() as connection:
            if connection.scalar(select(_sessions.c.id).where(_sessions.c.id == session_id)) is not None:
                raise StoreError("A session of this id is there already. Start a new one.")
            connection.execute(insert(_sessions).values(id=session_id, started_at=first.at))
            _insert(connection, session_id, 1, first)
        return 1

    def append(self, session_id: str, event: Event, *, expected: int) -> int:
        """Append an event after event number `expected`, the last one that the writer knows of, and return its number.

        Raises StoreError when somebody else has written meanwhile, or the session is not there.
        """
        with self._database.writing() as connection:
            last = connection.scalar(select(func.max(_events.c.seq)).where(_events.c.session_id == session_id))
            if last is None:
                raise _no_session()
            if last != expected:
                raise _open_elsewhere()
            try:
                _insert(connection, session_id, expected + 1, event)
            except IntegrityError as error:  # PostgreSQL: another replica was quicker between the look and the write
                raise _open_elsewhere() from error
        return expected + 1

    def events(self, session_id: str) -> list[Event]:
        """All events of a session, in order. Raises StoreError when there is no such session."""
        query = select(_events.c.payload).where(_events.c.session_id == session_id).order_by(_events.c.seq)
        with self._database.reading() as connection:
            payloads = connection.scalars(query).all()
        if not payloads:
            raise _no_session()
        return [_event(payload) for payload in payloads]

    def sessions(self, limit: int = 20) -> list[SessionRow]:
        """The latest sessions, the newest first."""
        s, e = _sessions.c, _events.c

        def count(condition: Any) -> Any:
            return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)

        query = (
            select(
                s.id,
                s.started_at,
                func.max(e.at, type_=e.at.type).label("last_at"),
                count(e.kind == "asked").label("asked"),
                count(e.kind == "answered").label("answers"),
                count(e.kind == "ended").label("ended"),
            )
            .join(_events, e.session_id == s.id)
            .group_by(s.id, s.started_at)
            .order_by(s.started_at.desc(), s.id)
            .limit(limit)
        )
        with self._database.reading() as connection:
            rows = connection.execute(query).all()
            ids = [row.id for row in rows]
            firsts = connection.execute(select(e.session_id, e.payload).where(e.seq == 1, e.session_id.in_(ids))).all()
        setups = {row.session_id: _event(row.payload) for row in firsts}
        return [
            SessionRow(
                id=row.id,
                setup=first.setup,
                started_at=row.started_at,
                last_at=row.last_at,
                questions=row.asked,
                answers=row.answers,
                ended=row.ended > 0,
            )
            for row in rows
            if isinstance(first := setups[row.id], Started)
        ]

    def disputed_sessions(self) -> list[str]:
        """Ids of the sessions in which somebody has ever disagreed with a verdict, the oldest first."""
        s, e = _sessions.c, _events.c
        query = select(s.id).where(s.id.in_(select(e.session_id).where(e.kind == "disputed"))).order_by(s.started_at, s.id)
        with self._database.reading() as connection:
            return list(connection.scalars(query))

    def export_session(self, session_id: str) -> dict[str, Any]:
        """Everything that is kept of a session, as JSON would have it. Raises StoreError when there is no such session."""
        found = self.events(session_id)
        return {"form": EXPORT_FORM, "session": session_id, "events": [event.model_dump(mode="json") for event in found]}

    def delete_session(self, session_id: str) -> bool:
        """Delete a session with all of its events; False when there is none of that id."""
        with self._database.writing() as connection:
            return bool(connection.execute(delete(_sessions).where(_sessions.c.id == session_id)).rowcount)


def _insert(connection: Connection, session_id: str, seq: int, event: Event) -> None:
    row = {"session_id": session_id, "seq": seq, "kind": event.kind, "payload": event.model_dump(mode="json"), "at": event.at}
    connection.execute(insert(_events).values(row))


def _event(payload: Any) -> Event:
    try:
        return EVENT.validate_python(payload)
    except ValidationError as error:
        raise StoreError("This session was written by another version and cannot be read. Upgrade Interview Coach.") from error


def _no_session() -> StoreError:
    return StoreError("There is no session of this id: it was deleted, or belongs to another database. Start a new interview.")


def _open_elsewhere() -> StoreError:
    return StoreError("This interview is open elsewhere and has moved on there. Reload the page to continue from where it stands.")
