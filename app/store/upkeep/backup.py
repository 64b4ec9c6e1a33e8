"""Copying a SQLite database while it is in use."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from app.store.arrivals.entered import entered
from app.store.engine.database import Database
from app.store.sql.columns import driver

_PAGES_A_STEP = 4_096
_PAUSE_S = 0.01


def copy_sqlite(database: Database, target: Path) -> None:
    """Copy the whole database, as of one moment, to a new file that is on disk when this returns.

    Writers go on meanwhile: the copy reads one snapshot.
    """
    with entered(database) as session, closing(sqlite3.connect(target, isolation_level=None)) as copy:
        source: sqlite3.Connection = driver(session)
        source.execute("SELECT count(*) FROM sqlite_master").fetchone()  # the snapshot begins with the first read
        source.backup(copy, pages=_PAGES_A_STEP, sleep=_PAUSE_S)
        copy.execute("PRAGMA journal_mode=DELETE")
    with target.open("rb") as written:
        os.fsync(written.fileno())
