"""Filling the service's own reading table past the API, for a long history, and rolling it up."""

import sqlite3
from collections.abc import Iterable, Iterator

import psycopg

from app.rollup.service import rebuild
from bench.copying import Columns, copy_bytes, copy_statement
from bench.lab import Backend, Lab, opened
from bench.rows import START_MS, Rows, rows_of, time_ordered
from bench.sizes import METERS

_PART_SLOTS = 500
_BATCH_ID = START_MS << 20
_MEASURED = 1
_KEY = "ALTER TABLE reading ADD CONSTRAINT pk_reading PRIMARY KEY (meter_id, at)"


def hole(slots: int) -> int:
    """Return the quarter hour in the middle of a history that no meter has a reading of, so that one can come late."""
    return slots // 2


def history(lab: Lab, backend: Backend, slots: int) -> str:
    """Return the address of a database with the first `slots` of every meter stored and rolled up, made once a run."""
    if (backend, slots) not in lab.histories:
        url = lab.metered(backend)
        store(url, _parts(slots))
        with opened(url) as database:
            rebuild(database, range(1, METERS + 1))
        if backend is Backend.POSTGRESQL:
            _tidy(url, ("rollup",))
        lab.histories[backend, slots] = url
    return lab.histories[backend, slots]


def store(url: str, parts: Iterable[Rows]) -> None:
    """Store new rows in one transaction; PostgreSQL builds the key at the end, which is several times faster."""
    if url.startswith("sqlite"):
        connection = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
        connection.execute("PRAGMA cache_size=-262144")
        connection.execute("BEGIN IMMEDIATE")
        for rows in parts:
            executemany_own(connection, rows)
        connection.execute("COMMIT")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()
        return
    with psycopg.connect(url) as server:
        server.execute("SET maintenance_work_mem = '512MB'")
        server.execute("ALTER TABLE reading DROP CONSTRAINT pk_reading")
        for rows in parts:
            copy_own(server, rows)
        server.execute(_KEY.encode())
    _tidy(url, ("reading",))


def copy_own(connection: "psycopg.Connection[tuple[object, ...]]", rows: Rows) -> None:
    """COPY rows into the service's reading table."""
    columns: Columns = {
        "meter_id": (">i4", rows.meter),
        "at": (">i8", rows.at),
        "value": (">i8", rows.micro),
        "batch_id": (">i8", _BATCH_ID),
        "quality": (">i2", _MEASURED),
        "revision": (">i2", 1),
    }
    with connection.cursor() as cursor, cursor.copy(copy_statement("reading", columns)) as copy:
        copy.write(copy_bytes(len(rows), columns))


def executemany_own(connection: sqlite3.Connection, rows: Rows) -> None:
    """Insert rows into the service's reading table."""
    statement = "INSERT INTO reading (meter_id, at, value, batch_id, quality, revision)"
    statement += f" VALUES (?, ?, ?, {_BATCH_ID}, {_MEASURED}, 1)"
    connection.executemany(statement, zip(rows.meter.tolist(), rows.at.tolist(), rows.micro.tolist(), strict=True))


def _parts(slots: int) -> Iterator[Rows]:
    """Yield the quarter hours [0, slots) of every meter but for the hole, in order of time."""
    for first in range(0, slots, _PART_SLOTS):
        rows = time_ordered(first, min(_PART_SLOTS, slots - first))
        kept = rows.slot != hole(slots)
        yield rows_of(rows.meter[kept], rows.slot[kept])


def _tidy(url: str, tables: Iterable[str]) -> None:
    """Do what the database would soon do by itself: gather statistics, set visibility, write dirty pages back."""
    with psycopg.connect(url, autocommit=True) as connection:
        for table in tables:
            connection.execute(f"VACUUM ANALYZE {table}".encode())
        connection.execute("CHECKPOINT")
