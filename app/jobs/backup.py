"""A dated copy of the SQLite file every night; a PostgreSQL server has its own means."""

import os
from datetime import UTC, datetime
from pathlib import Path

from app.store.engine.database import Database
from app.store.upkeep.backup import copy_sqlite

_KEPT = 14


def back_up(database: Database, *, directory: Path | None) -> int:
    """Write `esg-YYYYMMDDTHHMMSSZ.db` into the directory and keep the newest fortnight of them; return files written.

    Nothing is written without a directory, or on PostgreSQL, where `pg_dump` or the server's archive does it.
    """
    if directory is None or not database.is_sqlite:
        return 0
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / f"esg-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.db"
    unfinished = path.with_suffix(".part")
    unfinished.unlink(missing_ok=True)
    copy_sqlite(database, unfinished)
    os.replace(unfinished, path)
    for old in sorted(directory.glob("esg-*Z.db"))[:-_KEPT]:
        old.unlink()
    return 1
