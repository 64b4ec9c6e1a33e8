"""How long the database may work: seconds for who waits for an answer, longer for a job, without end for a command.

On PostgreSQL a limit is a setting of each transaction and ends with it, also where a pooler gives the connection to
another process then. On SQLite, which has no such setting, its interpreter asks every now and then whether to go on.

A commit has no limit, and needs none: PostgreSQL ends the limit of a statement before it commits. Did it not, a server
that waits for a synchronous standby would give up waiting and say that it has committed.
"""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Connection, Engine, event

_STEPS = 500_000
"""Of SQLite's interpreter between two looks at the clock: some milliseconds."""

_LONGEST_STEPS_S = 0.25
"""What more there is between two looks was no work: rows that somebody was slow to take."""

LONGEST_WAIT_MS = 30_000
"""For a program that writes to the file and knows of no queue."""

_LEAST_WAIT_MS = 100

_SET = "SELECT set_config('statement_timeout', %s, true), set_config('idle_in_transaction_session_timeout', %s, true)"


class Purpose(StrEnum):
    """Whom the database works for."""

    REQUEST = "request"
    JOB = "job"
    COMMAND = "command"


@dataclass(frozen=True, slots=True)
class TimeLimits:
    """The longest that a statement of a request or of a job may run, and a transaction stand idle, in seconds.

    0 is no limit. A command, a migration and the start of a process have none. On SQLite it is what the statements of a
    transaction run together, waiting for the one writer left out, and idleness has no limit: reading holds nobody up.
    `queue_s` is how long a request waits for that writer; jobs and commands wait as long as it takes.
    """

    request_s: float = 0
    job_s: float = 0
    idle_s: float = 0
    queue_s: float = 0

    @property
    def statement_s(self) -> float:
        """The limit for whom this task or thread works for."""
        return {Purpose.REQUEST: self.request_s, Purpose.JOB: self.job_s, Purpose.COMMAND: 0}[_purpose.get()]

    @property
    def writer_wait_s(self) -> float:
        """How long this task or thread may wait for the one writer of a SQLite file; 0: as long as it takes."""
        return self.queue_s if _purpose.get() is Purpose.REQUEST else 0


UNLIMITED = TimeLimits()
_purpose: ContextVar[Purpose] = ContextVar("purpose", default=Purpose.COMMAND)
_write_by: ContextVar[float | None] = ContextVar("write_by", default=None)


@contextmanager
def working_for(purpose: Purpose) -> Iterator[None]:
    """Have what is done in the block, and in threads that the framework starts for it, held to a purpose's limits."""
    before = _purpose.set(purpose)
    try:
        yield
    finally:
        _purpose.reset(before)


def limit_postgresql(engine: Engine, limits: TimeLimits) -> None:
    """Have each transaction of an engine begin with its limits."""

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        if _is_limited(connection, limits):
            stated = (_milliseconds(limits.statement_s), _milliseconds(limits.idle_s))
            connection.exec_driver_sql(_SET, stated)


def begin_writing_by(until: float | None) -> None:
    """Have what is written next in this task or thread begin by an instant of the monotonic clock, or be busy."""
    _write_by.set(until)


def wait_for_writer(connection: sqlite3.Connection) -> None:
    """Have SQLite wait for its writer no longer than what is written next may."""
    until = _write_by.get()
    wait_ms = LONGEST_WAIT_MS if until is None else 1_000 * (until - time.monotonic())
    connection.execute(f"PRAGMA busy_timeout={round(min(max(wait_ms, _LEAST_WAIT_MS), LONGEST_WAIT_MS))}")


def limit_sqlite(connection: sqlite3.Connection, limits: TimeLimits) -> None:
    """Have the transaction that begins on a connection held to its limit, or to none."""
    limit_s = limits.statement_s
    if not limit_s:
        connection.set_progress_handler(None, 0)
        return
    worked_s, looked = 0.0, time.monotonic()

    def is_over() -> bool:
        nonlocal worked_s, looked
        now = time.monotonic()
        worked_s += min(now - looked, _LONGEST_STEPS_S)
        looked = now
        return worked_s > limit_s

    connection.set_progress_handler(is_over, _STEPS)


def _is_limited(connection: Connection, limits: TimeLimits) -> bool:
    """Tell whether a transaction has limits; a statement that commits by itself is none, and looks at little."""
    limited = _purpose.get() is not Purpose.COMMAND and limits != UNLIMITED
    return limited and not getattr(connection.connection.driver_connection, "autocommit", False)


def _milliseconds(seconds: float) -> str:
    return str(round(1_000 * seconds))
