"""Filling the service's own reading table past the API, for a long history, and rolling it up."""

import sqlite3

import psycopg

from app.rollup.service import rebuild
from bench.builds import Build
from bench.copying import Columns, copy_bytes, copy_statement
from bench.lab import Backend, Lab, opened
from bench.rows import START_MS, Rows, by_meter, time_ordered
from bench.sizes import METERS

_PART_SLOTS = 500
_BATCH_ID = START_MS << 20
_MEASURED = 1
_KEY = "ALTER TABLE reading ADD CONSTRAINT pk_reading PRIMARY KEY (meter_id, at)"


def hole(slots: int) -> int:
    """Return the quarter hour in the middle of a history that no meter has a reading of, so that one can come late."""
    return slots // 2


def history(lab: Lab, backend: Backend, slots: int, build: Build | None = None) -> str:
    """Return the address of a database with the first `slots` of every meter stored and rolled up, made once a run."""
    build = build or lab.this
    if (build.name, backend, slots) not in lab.histories:
        url = lab.metered(backend, build)
        build.call(":fill", url, slots)
        lab.histories[build.name, backend, slots] = url
    return lab.histories[build.name, backend, slots]


def fill(url: str, slots: int) -> None:
    """Store the first `slots` of every meter in a database that has the meters, and roll them up."""
    _store(url, slots)
    with opened(url) as database:
        rebuild(database, range(1, METERS + 1))
    if not url.startswith("sqlite"):
        _tidy(url, "rollup")


def _store(url: str, slots: int) -> None:
    if url.startswith("sqlite"):
        _store_in_sqlite(url, slots)
    else:
        _store_in_postgresql(url, slots)


def _store_in_sqlite(url: str, slots: int) -> None:
    """Store meter by meter, since the table lies in the order of its key however it was filled."""
    connection = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
    for pragma in ("journal_mode=OFF", "synchronous=OFF", "cache_size=-262144"):
        connection.execute(f"PRAGMA {pragma}")
    connection.execute("BEGIN IMMEDIATE")
    for meter in range(1, METERS + 1):
        executemany_own(connection, _without_hole(by_meter(0, slots, meter, 1), slots))
    connection.execute("COMMIT")
    connection.execute("PRAGMA journal_mode=WAL")
    connection.close()


def _store_in_postgresql(url: str, slots: int) -> None:
    """Store in order of time, as rows arrive, and have the key built at the end, which is several times faster."""
    with psycopg.connect(url) as server:
        server.execute("SET maintenance_work_mem = '512MB'")
        server.execute("ALTER TABLE reading DROP CONSTRAINT pk_reading")
        for first in range(0, slots, _PART_SLOTS):
            copy_own(server, _without_hole(time_ordered(first, min(_PART_SLOTS, slots - first)), slots))
        server.execute(_KEY.encode())
    _tidy(url, "reading")


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


def _without_hole(rows: Rows, slots: int) -> Rows:
    kept = rows.slot != hole(slots)
    return Rows(rows.meter[kept], rows.slot[kept], rows.micro[kept])


def _tidy(url: str, table: str) -> None:
    """Do what the database would soon do by itself: gather statistics, set visibility, write dirty pages back."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"VACUUM ANALYZE {table}".encode())
        connection.execute("CHECKPOINT")
