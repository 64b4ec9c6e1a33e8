"""Opening the database, and the ways into it: read a snapshot, with or without late arrivals, or write and commit."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError
from sqlmodel import Session

from app.core.batches import BatchNumbers
from app.core.reading_times import DEFAULT, PlausibleInstants
from app.store.archived_pages import ARCHIVE, Archive
from app.store.arrivals import hold_readings, organizations_with_arrivals
from app.store.damage import KnownDamage
from app.store.damaged_additions import make_anew
from app.store.directory import DirectoryCache
from app.store.entering import ArrivalRefused, enter_and_mark, set_aside_unreadable, settle
from app.store.file_queue import FileQueue
from app.store.outages import DatabaseAway, StorageFull, telling_outages
from app.store.page_cache import cache_of
from app.store.poolers import suit_poolers
from app.store.recent import RecentReadings

WRITES, SETTLED = "esg_writes", "esg_settled"
"""Options of a connection: it is in a writing transaction; what had arrived was entered before it began."""

_Entered = TypeVar("_Entered")
_SNAPSHOT = {"isolation_level": "REPEATABLE READ"}
"""Figures are made from several tables: on PostgreSQL, nothing that is committed meanwhile may be seen in part."""

_PATIENCE = {
    "connect_timeout": "5",
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "20000",
}
"""Seconds, and milliseconds for the last: a server whose machine has vanished is found out within half a minute, where
the system would wait for hours. What the address of the database says stands above it."""

_BUSY_TIMEOUT_MS = 30_000
_SQLITE_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    f"PRAGMA busy_timeout={_BUSY_TIMEOUT_MS}",
    "PRAGMA cache_size=-65536",
    "PRAGMA temp_store=MEMORY",
)


class UnknownDatabase(ValueError):
    """The address is of neither a SQLite file nor a PostgreSQL database."""

    def __init__(self) -> None:
        super().__init__("The address is of neither a SQLite file (sqlite:///esg.db) nor a PostgreSQL database")


class Database:
    """An engine with its transaction rules; one an application.

    On SQLite a writing transaction begins IMMEDIATE, since a read that turns into a write fails at once with
    "database is locked" whatever the busy timeout; writers queue, first come, first served: see `file_queue.py`.
    """

    def __init__(
        self,
        url: str,
        *,
        pool_size: int = 20,
        plausible: PlausibleInstants = DEFAULT,
        archive_directory: Path | None = None,
    ) -> None:
        self.url = database_url(url)
        self.archive = Archive(archive_directory)
        self.engine = _sqlite_engine(self.url, pool_size) if self.is_sqlite else _postgresql_engine(self.url, pool_size)
        self.engine.update_execution_options(**{ARCHIVE: self.archive})
        self._writer_engine = self.engine.execution_options(**{WRITES: True})
        self._reading_engine = self.engine if self.is_sqlite else self.engine.execution_options(**_SNAPSHOT)
        self._settled_engine = self._reading_engine.execution_options(**{SETTLED: True})
        self._queue = FileQueue(Path(self.url.database)) if self.is_sqlite and self.url.database else None
        self._writing: AbstractContextManager[None] = self._queue or nullcontext()
        self.batches = BatchNumbers()
        self.directories = DirectoryCache(plausible)
        self.recent = RecentReadings()
        self.damage = KnownDamage()
        self.rolls = False
        """Whether what arrives is entered and rolled up beside those who write here, by this process or another one."""
        self.takes_writes = True
        """False since a writing transaction found the database away or full, until a trial has gone through."""

    @property
    def is_sqlite(self) -> bool:
        return self.url.get_backend_name() == "sqlite"

    @contextmanager
    def read(self) -> Iterator[Session]:
        """Yield a session for reading from one snapshot, that of its first statement; nothing is committed.

        This and the other ways in raise DatabaseUnavailable when the database is away, full or busy.
        """
        with telling_outages(), Session(self._reading_engine) as session:
            yield session

    @contextmanager
    def settled(self, organization: int | str | None = None) -> Iterator[Session]:
        """Yield a session for reading single readings: what has arrived by now is entered among them first.

        Of one organization, by id or code, or of every one: another's arrivals are no concern of who reads.
        """
        self.settle(organization)
        with telling_outages(), Session(self._settled_engine) as session:
            yield session

    def read_as_of(self, as_of_ms: int | None, organization: int | str) -> AbstractContextManager[Session]:
        """Return a session for an organization's figures as of a past instant (UTC ms), or by now when it is None."""
        return self.read() if as_of_ms is None else self.settled(organization)

    def settle(self, organization: int | str | None = None) -> None:
        """Enter what has arrived by now among the readings, of one organization or of every one."""
        self.set_aside_unreadable()
        with self.read() as session:
            waiting = organizations_with_arrivals(session, organization)
        for organization_id in waiting:
            self.enter(organization_id, partial(enter_and_mark, organization_id=organization_id))

    def set_aside_unreadable(self) -> None:
        """Set aside the arrivals that this process has found unreadable since, and have such additions made anew."""
        found = cache_of(self.engine).unreadable
        for organization_id in list(found):
            with self.write() as session:
                hold_readings(session, organization_id)
                set_aside_unreadable(session, organization_id)
            found.discard(organization_id)
        damaged = cache_of(self.engine).unreadable_additions
        for organization_id in list(damaged):
            with self.write() as session:
                make_anew(session, organization_id)
            damaged.discard(organization_id)

    def enter(self, organization_id: int, entering: Callable[[Session], _Entered]) -> _Entered | None:
        """Return what `entering` returns, in a transaction of its own; None where something had to be set aside.

        In that case all that has arrived is entered, and marked for the roller.
        """
        try:
            with self.write() as session:
                return entering(session)
        except ArrivalRefused:
            with self.write() as session:
                hold_readings(session, organization_id)
                settle(session, organization_id)
            return None

    @contextmanager
    def write(self) -> Iterator[Session]:
        """Yield a session in one writing transaction, committed when the block ends and rolled back when it raises."""
        try:
            with telling_outages(), self._writing, self._transaction() as session:
                yield session
        except (DatabaseAway, StorageFull):
            self.takes_writes = False
            raise

    @contextmanager
    def _transaction(self) -> Iterator[Session]:
        with Session(self._writer_engine, expire_on_commit=False) as session, session.begin():
            yield session

    def close(self) -> None:
        """Close every pooled connection."""
        self.engine.dispose()
        if self._queue is not None:
            self._queue.close()


def database_url(url: str) -> URL:
    """Return `url` with the driver this service uses: psycopg 3 for PostgreSQL, the standard library for SQLite.

    On PostgreSQL it says how long to wait for a server that is silent, where it did not. Raises UnknownDatabase.
    """
    try:
        parsed = make_url(url)
    except ArgumentError:  # whose words repeat the address, password and all
        raise UnknownDatabase from None
    if parsed.get_backend_name() not in ("postgresql", "sqlite"):
        raise UnknownDatabase
    if parsed.get_backend_name() == "postgresql":
        return parsed.set(drivername="postgresql+psycopg", query={**_PATIENCE, **parsed.query})
    return parsed


def _postgresql_engine(url: URL, pool_size: int) -> Engine:
    engine = create_engine(url, pool_size=pool_size, max_overflow=0, pool_timeout=30)
    suit_poolers(engine)
    return engine


def _sqlite_engine(url: URL, pool_size: int) -> Engine:
    engine = create_engine(
        url, pool_size=pool_size, max_overflow=0, connect_args={"check_same_thread": False, "timeout": 30}
    )

    @event.listens_for(engine, "connect")
    def _prepare(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None
        for statement in _SQLITE_PRAGMAS:
            connection.execute(statement)

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get(WRITES, False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine
