"""Whether anything was committed to a database since: asked for in a tenth of a millisecond, whoever committed it.

PostgreSQL's snapshot names the transactions that are not seen: `812:815:813` has 813 and all from 815 on under way,
the others over. Two snapshots with the same name see the very same rows, since what is over does not become otherwise.
A server that took another's place may give the same numbers to other transactions, so its timeline goes along. SQLite
counts, for a connection that never writes itself, what all others have committed to the file.
"""

import sqlite3
import threading

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from app.store.engine.database import Database

_SNAPSHOT = text(
    "SELECT CAST(pg_current_snapshot() AS text) || ' ' || left(pg_walfile_name(pg_current_wal_insert_lsn()), 8), "
    "to_regclass('pg_catalog.pg_dist_partition') IS NULL"
)
"""On a cluster that Citus spreads, other nodes commit without a transaction of this one."""


class Commits:
    """Tells the state of a database apart from every other it has had. Any thread may ask."""

    def __init__(self, database: Database) -> None:
        self._database = database.primary
        self._watching: sqlite3.Connection | None = None
        self._lock = threading.Lock()

    def state(self) -> str | None:
        """Return a text that is the same only while nothing is committed; None where that cannot be told."""
        return self._state_sqlite() if self._database.is_sqlite else self._state_postgresql()

    def close(self) -> None:
        """Close the connection that watches a file."""
        with self._lock:
            if self._watching is not None:
                self._watching.close()
                self._watching = None

    def _state_postgresql(self) -> str | None:
        try:
            with self._database.engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
                state, is_alone = connection.execute(_SNAPSHOT).one()
        except SQLAlchemyError:
            return None  # what reads the database tells why
        return str(state) if is_alone else None

    def _state_sqlite(self) -> str | None:
        path = self._database.url.database
        if path is None:
            return None
        with self._lock:
            try:
                if self._watching is None:
                    self._watching = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
                return str(self._watching.execute("PRAGMA data_version").fetchone()[0])
            except sqlite3.Error:
                return None
