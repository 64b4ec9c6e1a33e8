"""Filling the service's own pages past the API, for a long history, and rolling it up."""

import numpy as np
import psycopg

from app.core.readings.columns import NO_START
from app.core.readings.versions import StoredColumns
from app.rollup.rolling.roller import rebuild
from app.store.pages.page_writing import insert_pages
from app.store.readings.folding import cut
from bench.builds import Build
from bench.lab import Backend, Lab, opened
from bench.rows import START_MS, Rows, by_meter
from bench.sizes import METERS

_METERS_AT_ONCE = 20
_BATCH_ID = START_MS << 20
_MEASURED = 1


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
    store(url, slots)
    with opened(url) as database:
        rebuild(database, range(1, METERS + 1))
    if not url.startswith("sqlite"):
        _tidy(url, "rollup")


def store(url: str, slots: int, count: int = METERS) -> None:
    """Write pages as the service has them once it has folded what arrived, of so many meters, some in a transaction."""
    with opened(url) as database:
        for first in range(1, count + 1, _METERS_AT_ONCE):
            meters = range(first, min(first + _METERS_AT_ONCE, count + 1))
            whole = [_stored(_without_hole(by_meter(0, slots, meter, 1), slots)) for meter in meters]
            with database.write() as session:
                insert_pages(session, 1, [page for rows in whole for page in cut(rows)])
    if not url.startswith("sqlite"):
        _tidy(url, "reading_page")


def _stored(rows: Rows) -> StoredColumns:
    """Return rows as one batch brought them, measured."""
    count = len(rows)
    return StoredColumns(
        meter=rows.meter.astype(np.int32),
        at=rows.at,
        value=rows.micro,
        quality=np.full(count, _MEASURED, dtype=np.int16),
        start=np.full(count, NO_START, dtype=np.int64),
        revision=np.ones(count, dtype=np.int16),
        batch=np.full(count, _BATCH_ID, dtype=np.int64),
    )


def _without_hole(rows: Rows, slots: int) -> Rows:
    kept = rows.slot != hole(slots)
    return Rows(rows.meter[kept], rows.slot[kept], rows.micro[kept])


def _tidy(url: str, table: str) -> None:
    """Do what the database would soon do by itself: gather statistics, set visibility, write dirty pages back."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"VACUUM ANALYZE {table}".encode())
        connection.execute("CHECKPOINT")
