"""The database of what happened and what was decided: SQLite by itself, PostgreSQL when told."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Engine,
    Float,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    create_engine,
    event,
    make_url,
)
from sqlalchemy import Connection as Connection  # what a transaction hands to the stores
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.sql.dml import Insert

from riskcore.core.errors import StoreError

TABLES = MetaData()

EVENTS = Table(
    "events",
    TABLES,
    Column("scenario", Text, primary_key=True),
    Column("event_id", Text, primary_key=True),
    Column("time_us", BigInteger, nullable=False),  # microseconds since 1970, UTC
    Column("body", Text, nullable=False),  # the validated event as JSON, keys sorted
    Index("event_of_time", "scenario", "time_us"),
)
# One line for each entity that an event touches, in the order in which the past of an entity is read.
TOUCHED = Table(
    "touched",
    TABLES,
    Column("scenario", Text, primary_key=True),
    Column("entity", Text, primary_key=True),  # the column: user_id, device_hash, ip
    Column("value", Text, primary_key=True),
    Column("time_us", BigInteger, primary_key=True),
    Column("event_id", Text, primary_key=True),
    sqlite_with_rowid=False,
)
DECISIONS = Table(
    "decisions",
    TABLES,
    Column("number", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("scenario", Text, nullable=False),
    Column("event_id", Text, nullable=False),
    Column("recorded", Text, nullable=False),  # ISO 8601, UTC
    Column("model", Text, nullable=False),
    Column("policy", Text, nullable=False),  # fingerprint
    Column("risk", Float(53), nullable=False),
    Column("raw", Float(53), nullable=False),
    Column("action", Text, nullable=False),
    Column("enforced", Boolean, nullable=False),  # false in a dry run
    Index("decision_of_event", "scenario", "event_id"),
)


class Database:
    """Connections to one database; its tables are made when it is first used."""

    def __init__(self, url: str) -> None:
        """Raises `StoreError` where the address cannot be one of a database."""
        try:
            self.url = make_url(url)
        except ArgumentError:
            raise StoreError(
                "RISKCORE_DATABASE_URL is no address of a database; one looks like sqlite:///risk.db or "
                "postgresql+psycopg://user@host/name."
            ) from None
        self._engine: Engine | None = None

    @property
    def begun(self) -> bool:
        """Whether anything can be stored: SQLite's file is made when it is first used.  Nothing is opened."""
        file = self.url.database or ":memory:"
        return self._engine is not None or self.url.get_backend_name() != "sqlite" or Path(file).exists()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A consistent view of what is stored."""
        with self._told(), self.engine().connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction: all of it is stored, or nothing; writers wait for one another."""
        with self._told(), self.engine().execution_options(writes=True).begin() as connection:
            yield connection

    def engine(self) -> Engine:
        """The pool of connections."""
        if self._engine is None:
            self._engine = _engine(self.url)
            TABLES.create_all(self._engine)
        return self._engine

    def close(self) -> None:
        """Give all connections back."""
        if self._engine is not None:
            self._engine.dispose()
            self._engine = None

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except SQLAlchemyError as error:
            reason = str(getattr(error, "orig", error)).splitlines()[0]
            where = self.url.render_as_string(hide_password=True)
            said = f"The database {where} did not answer as it should: {reason}. Nothing was stored."
            raise StoreError(said) from error


def new_only(connection: Connection, table: Table) -> Insert:
    """An insert that leaves lines alone that are there already."""
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    return insert(table).on_conflict_do_nothing()


def _engine(url: Any) -> Engine:
    if url.get_backend_name() != "sqlite":
        return create_engine(url, pool_pre_ping=True)
    if url.database and url.database != ":memory:":
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url)
    event.listen(engine, "connect", _set_up)
    event.listen(engine, "begin", _begin)
    return engine


def _set_up(connection: Any, record: Any) -> None:
    """Readers beside one writer (WAL), and waiting instead of failing; transactions are begun by `_begin`."""
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "busy_timeout=10000"):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    # A transaction that reads first and writes later could not get the lock; so writers take it at once.
    connection.exec_driver_sql("BEGIN IMMEDIATE" if connection.get_execution_options().get("writes") else "BEGIN")
