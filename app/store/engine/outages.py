"""Why the database cannot do now what it was asked: away, full, or busy; told apart from faults of the program."""

import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout


class DatabaseUnavailable(RuntimeError):
    """The database cannot do it now; the same request may succeed later. Its words are for operators."""


class DatabaseAway(DatabaseUnavailable):
    """The database does not answer, refuses connections, or takes no writes for the time being."""


class WritesRefused(DatabaseAway):
    """The server takes no writes from this connection: it is a standby, or was made read-only."""


class StorageFull(DatabaseUnavailable):
    """The database has no room for more."""


class DatabaseBusy(DatabaseUnavailable):
    """Others hold what is needed for too long."""


class WriterBusy(DatabaseBusy):
    """Others have written to the file for as long as this may wait for its one writer; nothing of it was begun."""


class StatementTooLong(DatabaseBusy):
    """It took longer than whom it was for may have the database work, and was broken off: nothing of it is stored."""


class TransactionUndone(DatabaseBusy):
    """Two transactions stood in each other's way and the database undid this one; do it again."""


_BY_SQLSTATE = {
    "25006": WritesRefused,  # read_only_sql_transaction: the server is a standby since a failover
    "25P03": StatementTooLong,  # idle_in_transaction_session_timeout
    "40001": TransactionUndone,  # serialization_failure
    "40003": DatabaseAway,  # statement_completion_unknown
    "40P01": TransactionUndone,  # deadlock_detected
    "53100": StorageFull,  # disk_full
    "53200": DatabaseBusy,  # out_of_memory
    "53300": DatabaseAway,  # too_many_connections
    "55P03": DatabaseBusy,  # lock_not_available
    "57014": StatementTooLong,  # query_canceled, by a statement timeout
}
_BY_SQLSTATE_CLASS = {
    "08": DatabaseAway,  # connection exception
    "28": DatabaseAway,  # invalid authorization: the server let nobody in by these words
    "3D": DatabaseAway,  # invalid catalog name: the database is not there
    "53": DatabaseBusy,  # insufficient resources
    "57": DatabaseAway,  # operator intervention: shut down, starting up, dropped
    "58": DatabaseAway,  # system error: the server's disk fails
}
_BY_SQLITE_CODE = {
    sqlite3.SQLITE_BUSY: DatabaseBusy,
    sqlite3.SQLITE_CANTOPEN: DatabaseAway,
    sqlite3.SQLITE_FULL: StorageFull,
    sqlite3.SQLITE_INTERRUPT: StatementTooLong,
    sqlite3.SQLITE_IOERR: DatabaseAway,
    sqlite3.SQLITE_LOCKED: DatabaseBusy,
    sqlite3.SQLITE_NOMEM: DatabaseBusy,
    sqlite3.SQLITE_PROTOCOL: DatabaseBusy,
    sqlite3.SQLITE_READONLY: DatabaseAway,
}
_PRIMARY_CODE = 0xFF
"""SQLite's extended codes carry the primary one in their lowest byte: SQLITE_IOERR_WRITE (778) is SQLITE_IOERR (10)."""


@contextmanager
def telling_outages() -> Iterator[None]:
    """Turn what a driver, or SQLAlchemy in its name, raises for an outage into DatabaseUnavailable, its cause kept.

    Readings travel by the driver's own connection, so its bare errors come out too. Every other error passes.
    """
    try:
        yield
    except Exception as error:
        kind = outage_of(error)
        if kind is None:
            raise
        raise kind(f"{type(error).__name__}: {error}") from error


def outage_of(error: Exception) -> type[DatabaseUnavailable] | None:
    """Return what kind of outage an error of the database tells of; None for a fault of the program.

    A full disk of PostgreSQL: psycopg's DiskFull with sqlstate 53100, bare or inside SQLAlchemy's OperationalError,
    is StorageFull. A column that does not exist is a ProgrammingError with 42703, hence None.
    """
    if isinstance(error, PoolTimeout):
        return DatabaseBusy
    if isinstance(error, DBAPIError):
        # SQLAlchemy's own verdict, that the connection is gone, comes after what the server said.
        kind = outage_of(error.orig) if isinstance(error.orig, Exception) else None
        return DatabaseAway if kind is None and error.connection_invalidated else kind
    if isinstance(error, sqlite3.Error):
        return _BY_SQLITE_CODE.get(getattr(error, "sqlite_errorcode", 0) & _PRIMARY_CODE)
    if "psycopg" in sys.modules:  # else no error is of this driver, and it need not be loaded to tell
        return _of_postgresql(error)
    return None


def _of_postgresql(error: Exception) -> type[DatabaseUnavailable] | None:
    import psycopg

    if not isinstance(error, psycopg.Error):
        return None
    if error.sqlstate is None:  # the server did not say it: there was no connection, or it broke
        return DatabaseAway if isinstance(error, psycopg.OperationalError) else None
    return _BY_SQLSTATE.get(error.sqlstate) or _BY_SQLSTATE_CLASS.get(error.sqlstate[:2])
