"""Opening the database, and the two ways into it: read a snapshot, or write and commit."""

import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Protocol, TypeVar, cast

from sqlalchemy import Connection, Engine, ExceptionContext, create_engine, event
from sqlalchemy.engine import URL
from sqlmodel import Session

from app.core.calendar.reading_times import DEFAULT, PlausibleInstants
from app.core.readings.batches import BatchNumbers
from app.models.sealed import BOX
from app.store.audit.capture import WritingSession, append_changes
from app.store.engine.addresses import database_url
from app.store.engine.failover import CurrentServer
from app.store.engine.file_queue import FileQueue
from app.store.engine.outages import DatabaseAway, StorageFull, WritesRefused, telling_outages
from app.store.engine.poolers import suit_poolers
from app.store.engine.secret_box import SecretBox
from app.store.engine.time_limits import (
    LONGEST_WAIT_MS,
    UNLIMITED,
    TimeLimits,
    limit_postgresql,
    limit_sqlite,
    wait_for_writer,
)

WRITES, ENTERED, STATE = "esg_writes", "esg_entered", "esg_state"
"""Options of a connection: it is in a writing transaction; what had arrived was entered before it began; what the
process keeps of its database."""

_Kept = TypeVar("_Kept")
_SNAPSHOT = {"isolation_level": "REPEATABLE READ"}
"""Figures are made from several tables: on PostgreSQL, nothing that is committed meanwhile may be seen in part."""

_SQLITE_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    # In WAL mode the usual NORMAL may lose the last commits when power fails: answered ones.
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    f"PRAGMA busy_timeout={LONGEST_WAIT_MS}",
    "PRAGMA cache_size=-65536",
    "PRAGMA temp_store=MEMORY",
)


_PRIMARY_CODE = 0xFF


class ProcessState:
    """What a process keeps in memory of one database: one object of each kind, made when it is first asked for.

    Each kind says itself what guards it and when it is forgotten. They are `DirectoryCache`, `RecentReadings`,
    `PageCache`, `KnownDamage` and `Archive`; a replica shares them with its primary. An example:
    `known_damage(database)` is `database.state.of(KnownDamage, KnownDamage)`, so that nothing here knows of pages.
    """

    def __init__(self, *, plausible: PlausibleInstants, archive_directory: Path | None) -> None:
        self.plausible = plausible
        self.archive_directory = archive_directory
        self.kept: dict[type, object] = {}
        self._lock = threading.Lock()

    def forget(self) -> None:
        """Know nothing any more; what somebody still holds of it is nobody else's from now on."""
        with self._lock:
            self.kept = {}

    def of(self, kind: type[_Kept], make: Callable[[], _Kept]) -> _Kept:
        """Return the one object of a kind."""
        # Without the lock: one look-up, and what is once there is never put in another's place.
        found = self.kept.get(kind)
        if found is None:
            with self._lock:
                found = self.kept.setdefault(kind, make())
        return cast("_Kept", found)


class Observer(Protocol):
    """Who is told what this process has done in a database: its metrics, where it has any."""

    def took(self, counts: Mapping[str, int], rejected: Mapping[str, int]) -> None:
        """Be told of rows that were answered, by what became of them, and of the rejected ones by code."""

    def rolled_up(self, age_s: float) -> None:
        """Be told how old the oldest of some posts was when they were entered, in seconds."""


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
        secret_keys: Sequence[str] = (),
        limits: TimeLimits = UNLIMITED,
    ) -> None:
        self.url = database_url(url)
        self.limits = limits
        self.state = ProcessState(plausible=plausible, archive_directory=archive_directory)
        opened = _sqlite_engine if self.is_sqlite else _postgresql_engine
        self.engine = opened(self.url, pool_size, limits)
        self._server = CurrentServer(self._forget)
        if not self.is_sqlite:
            self._server.watch(self.engine)
        self.engine.update_execution_options(**{STATE: self.state})
        setattr(self.engine.dialect, BOX, SecretBox(secret_keys))
        # Views of one engine with one pool: what a transaction is for is told by its options, and SQLite's BEGIN
        # follows them.
        self._writer_engine = self.engine.execution_options(**{WRITES: True})
        self._reading_engine = self.engine if self.is_sqlite else self.engine.execution_options(**_SNAPSHOT)
        self._entered_engine = self._reading_engine.execution_options(**{ENTERED: True})
        self._queue = FileQueue(Path(self.url.database), limits) if self.is_sqlite and self.url.database else None
        self._writing: AbstractContextManager[None] = self._queue or nullcontext()
        self.batches = BatchNumbers()
        self.rolls = False
        """Whether what arrives is entered and rolled up beside those who write here, by this process or another one."""
        self.observer: Observer | None = None
        self.takes_writes = True
        """False since a writing transaction found the database away or full, until a trial has gone through."""

    @property
    def is_sqlite(self) -> bool:
        return self.url.get_backend_name() == "sqlite"

    @property
    def primary(self) -> "Database":
        """The database that is written to."""
        return self

    @contextmanager
    def read(self, *, entered: bool = False) -> Iterator[Session]:
        """Yield a session for reading from one snapshot, that of its first statement; nothing is committed.

        `entered` says that what had arrived was entered before. This and `write` raise DatabaseUnavailable when the
        database is away, full or busy.
        """
        with telling_outages(), Session(self._entered_engine if entered else self._reading_engine) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """Yield a session in one writing transaction, committed when the block ends and rolled back when it raises.

        What it changes that matters is in the audit log with it, in the name of who acts (`app/core/acting.py`).
        """
        try:
            with telling_outages(), self._writing, self._transaction() as session:
                yield session
        # A database that was only busy, or undid the transaction, takes writes all the same.
        except (DatabaseAway, StorageFull) as error:
            self.takes_writes = False
            if isinstance(error, WritesRefused):
                self._server.distrust()
            raise

    def found_to_take_writes(self) -> None:
        """Be told that a trial has gone through; connections that were opened before refuse to write for good."""
        self.takes_writes = True
        self._server.distrust()

    def _forget(self) -> None:
        """Know nothing of the server before, whose last transactions the one that took its place may not have."""
        self.state.forget()
        self.batches.lane = None

    @contextmanager
    def _transaction(self) -> Iterator[Session]:
        with WritingSession(self._writer_engine, expire_on_commit=False) as session, session.begin():
            yield session
            append_changes(session)

    def close(self) -> None:
        """Close every pooled connection."""
        self.engine.dispose()
        if self._queue is not None:
            self._queue.close()


def _postgresql_engine(url: URL, pool_size: int, limits: TimeLimits) -> Engine:
    engine = create_engine(url, pool_size=pool_size, max_overflow=0, pool_timeout=30)
    suit_poolers(engine)
    limit_postgresql(engine, limits)
    return engine


def _sqlite_engine(url: URL, pool_size: int, limits: TimeLimits) -> Engine:
    engine = create_engine(
        url, pool_size=pool_size, max_overflow=0, connect_args={"check_same_thread": False, "timeout": 30}
    )

    @event.listens_for(engine, "connect")
    def _prepare(connection: sqlite3.Connection, _record: object) -> None:
        # The driver would begin transactions by itself, deferred ones, at the first statement that writes.
        connection.isolation_level = None
        for statement in _SQLITE_PRAGMAS:
            connection.execute(statement)

    @event.listens_for(engine, "handle_error")
    def _open_anew(context: ExceptionContext) -> None:
        # SQLite opens a file that it may not write to for reading alone, and does not say so. A connection of such a
        # time would refuse to write for good, also once the file may be written to again.
        code = getattr(context.original_exception, "sqlite_errorcode", 0)
        context.is_disconnect = context.is_disconnect or code & _PRIMARY_CODE == sqlite3.SQLITE_READONLY

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        opened = connection.connection.driver_connection
        assert isinstance(opened, sqlite3.Connection)  # noqa: S101 - the driver this engine has
        limit_sqlite(opened, limits)
        writes = connection.get_execution_options().get(WRITES, False)
        if writes:
            wait_for_writer(opened)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine
