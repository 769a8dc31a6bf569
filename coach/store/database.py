"""The database behind the store: its tables, how it is opened, and what its errors mean to a person.

SQLite by default (write-ahead log, foreign keys on), PostgreSQL by URL. The SQL is SQLAlchemy Core and portable.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from sqlalchemy import (
    JSON,
    Column,
    Connection,
    DateTime,
    Dialect,
    Engine,
    ForeignKey,
    ForeignKeyConstraint,
    Integer,
    MetaData,
    String,
    Table,
    TypeDecorator,
    create_engine,
    event,
    insert,
    make_url,
    select,
    text,
)
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from coach.errors import StoreError

SCHEMA = 1  # raised by every change of the tables that an older version could not read
BUSY_SECONDS = 15.0  # how long a writer waits for another one
_STARTUP_LOCK = 0x636F6163  # any number that replicas agree on: it serialises the making of tables in PostgreSQL


Model = TypeVar("Model", bound=BaseModel)


class UtcDateTime(TypeDecorator[datetime]):
    """A moment in UTC, aware on both sides: SQLite would drop the zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """To UTC, refusing a naive time: it could mean any moment."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a stored time needs a zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """With its zone, which SQLite does not keep."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


metadata = MetaData()

meta = Table(
    "coach_meta",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("value", Integer, nullable=False),
)

documents = Table(
    "coach_documents",
    metadata,
    Column("bank", String(200), primary_key=True),
    Column("name", String(400), primary_key=True),
    Column("position", Integer, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("left_out", JSON, nullable=False),
    Column("warnings", JSON, nullable=False),
    Column("added_at", UtcDateTime, nullable=False),
)

questions = Table(
    "coach_questions",
    metadata,
    Column("bank", String(200), primary_key=True),
    Column("id", String(200), primary_key=True),
    Column("document", String(400), nullable=False),
    Column("position", Integer, nullable=False),
    Column("payload", JSON, nullable=False),
    ForeignKeyConstraint(["bank", "document"], ["coach_documents.bank", "coach_documents.name"], ondelete="CASCADE"),
)

passages = Table(
    "coach_passages",
    metadata,
    Column("bank", String(200), primary_key=True),
    Column("document", String(400), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("payload", JSON, nullable=False),
    ForeignKeyConstraint(["bank", "document"], ["coach_documents.bank", "coach_documents.name"], ondelete="CASCADE"),
)

bundled = Table(  # what the bundled corpus last brought under a name: tells our documents from those that somebody changed or removed
    "coach_bundled",
    metadata,
    Column("bank", String(200), primary_key=True),
    Column("name", String(400), primary_key=True),
    Column("sha256", String(64), nullable=False),
)

sessions = Table(
    "coach_sessions",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("started_at", UtcDateTime, nullable=False, index=True),
)

events = Table(
    "coach_events",
    metadata,
    Column("session_id", String(64), ForeignKey("coach_sessions.id", ondelete="CASCADE"), primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("kind", String(40), nullable=False),
    Column("payload", JSON, nullable=False),
    Column("at", UtcDateTime, nullable=False),
)


class Database:
    """An open database whose tables are there. Safe to use from several threads: each takes a connection of its own."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._writer = engine.execution_options(coach_write=True)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that only reads. Raises StoreError."""
        with mended(self._engine.url), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction: all of it or nothing. Raises StoreError."""
        with mended(self._engine.url), self._writer.begin() as connection:
            yield connection

    def close(self) -> None:
        """Let go of every connection."""
        self._engine.dispose()


def open_database(url: str) -> Database:
    """Open the database of a SQLAlchemy URL, making its folder and tables where they are missing.

    Raises StoreError when it cannot be read, written, reached, or was made by a newer version.
    """
    parsed = parse_url(url)
    if parsed.get_backend_name() == "sqlite":
        _make_folder(parsed)
    with mended(parsed):
        engine = _engine(parsed)
        try:
            with engine.execution_options(coach_write=True).begin() as connection:
                _make_tables(connection, parsed)
        except BaseException:
            engine.dispose()
            raise
    return Database(engine)


def parse_url(url: str) -> URL:
    """The URL in the form that SQLAlchemy wants. Raises StoreError, never repeating what may hold a password."""
    try:
        parsed = make_url(url)
        backend = parsed.get_backend_name()
    except (ArgumentError, ValueError, NoSuchModuleError) as error:
        raise StoreError(
            "The database URL cannot be read. Set COACH_DATABASE_URL to something like postgresql://user@host/name, or leave it empty."
        ) from error
    if backend in ("postgresql", "postgres"):
        return parsed.set(drivername="postgresql+psycopg")
    if backend != "sqlite":
        raise StoreError(f"The database “{backend}” is not supported: COACH_DATABASE_URL takes PostgreSQL or SQLite, or may be empty.")
    if parsed.database in (None, "", ":memory:"):
        raise StoreError("A database in memory would lose the sessions. Name a file in COACH_DATABASE_URL, such as sqlite:///coach.db.")
    return parsed


def _make_folder(url: URL) -> None:
    folder = Path(str(url.database)).resolve().parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = error.strerror or error
        raise StoreError(f"The folder {folder} cannot be made ({reason}). Set COACH_HOME to a folder that you may write to.") from error


def _engine(url: URL) -> Engine:
    if url.get_backend_name() != "sqlite":
        # A pooled connection may have died while nobody used it: ask it first.
        return create_engine(url, pool_pre_ping=True, connect_args={"connect_timeout": 10})
    engine = create_engine(url, connect_args={"timeout": BUSY_SECONDS})

    @event.listens_for(engine, "connect")
    def _on_connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves: the driver's own would leave reads outside the transaction
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout={int(BUSY_SECONDS * 1000)}")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _on_begin(connection: Connection) -> None:
        # A writer takes the lock at once: one that reads first and upgrades later is refused without waiting.
        writes = connection.get_execution_options().get("coach_write", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _make_tables(connection: Connection, url: URL) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _STARTUP_LOCK})
    metadata.create_all(connection)
    found: dict[str, int] = {row.name: row.value for row in connection.execute(select(meta.c.name, meta.c.value))}
    for name, value in (("schema", SCHEMA), ("generation", 0)):
        if name not in found:
            connection.execute(insert(meta).values(name=name, value=value))
    if found.get("schema", SCHEMA) > SCHEMA:
        raise StoreError(
            f"The database {shown(url)} was made by a newer version. Upgrade Interview Coach, or set COACH_HOME to another folder."
        )


def read_payload(model: type[Model], payload: Any) -> Model:
    """A stored value. Raises StoreError when this version cannot read it."""
    try:
        return model.model_validate(payload)
    except ValidationError as error:
        what = model.__name__.lower()
        raise StoreError(
            f"The database holds a {what} that this version cannot read. Upgrade Interview Coach, or ingest it again."
        ) from error


def shown(url: URL) -> str:
    """The database's name for a message: a file's path, or the URL without its password."""
    return str(url.database) if url.get_backend_name() == "sqlite" else url.render_as_string(hide_password=True)


@contextmanager
def mended(url: URL) -> Iterator[None]:
    """Turn the database's errors into a StoreError that says what to do."""
    try:
        yield
    except SQLAlchemyError as error:
        raise StoreError(_message(url, error)) from error
    except ModuleNotFoundError as error:
        if error.name != "psycopg":
            raise
        raise StoreError("PostgreSQL needs an extra that is not installed: pip install 'interview-coach[postgres]'.") from error


def _message(url: URL, error: SQLAlchemyError) -> str:
    reason = " ".join(str(getattr(error, "orig", None) or error).split())
    if url.password:
        reason = reason.replace(str(url.password), "***")
    name = shown(url)
    if url.get_backend_name() != "sqlite":
        return f"The database {name} does not do what was asked ({reason}). Check that it runs and that COACH_DATABASE_URL is right."
    for sign, mend in _SQLITE_MENDS:
        if sign in reason:
            return f"The database {name} {mend}"
    return f"The database {name} cannot be used ({reason})."


_SQLITE_MENDS = (
    ("not a database", "is damaged or is no database. Move it away and start again: a new one is made."),
    ("malformed", "is damaged. Move it away and start again (a new one is made), or bring back a copy."),
    ("unable to open", "cannot be opened. Check that you may write to its folder, or set COACH_HOME to another one."),
    ("readonly", "may not be written to. Check the rights of the file and its folder, or set COACH_HOME to another one."),
    ("disk is full", "cannot grow: the disk is full. Make room and try again."),
    ("locked", "is busy: another process has been writing for long. Try again in a moment."),
)
