"""Columns of readings in and out of SQLite, by the standard library's driver."""

import sqlite3
from typing import Any

from app.core.columns import NO_START, ReadingColumns
from app.core.runs import Runs

Collision = sqlite3.IntegrityError

_WITHIN = (
    "SELECT meter_id, at, value, quality, start_at, revision, batch_id FROM reading "
    "WHERE meter_id = ? AND at BETWEEN ? AND ? ORDER BY at"
)
_INSERT = (
    "INSERT INTO reading (meter_id, at, value, quality, start_at, revision, batch_id) VALUES (?, ?, ?, ?, ?, 1, ?)"
)
_MARK = "INSERT INTO mark (meter_id, first_at, last_at) VALUES (?, ?, ?)"


def within(connection: sqlite3.Connection, runs: Runs) -> list[tuple[Any, ...]]:
    """Return stored readings inside the runs, in the runs' order."""
    cursor = connection.cursor()
    rows: list[tuple[Any, ...]] = []
    for run in zip(runs.meter.tolist(), runs.first.tolist(), runs.last.tolist(), strict=True):
        rows.extend(cursor.execute(_WITHIN, run).fetchall())
    return rows


def insert(connection: sqlite3.Connection, columns: ReadingColumns, batch: int) -> None:
    """Insert readings as first revisions; raises Collision when an identity is stored."""
    starts = [None if start == NO_START else start for start in columns.start.tolist()]
    rows = zip(
        columns.meter.tolist(),
        columns.at.tolist(),
        columns.value.tolist(),
        columns.quality.tolist(),
        starts,
        [batch] * len(columns),
        strict=True,
    )
    connection.executemany(_INSERT, rows)


def append_marks(connection: sqlite3.Connection, runs: Runs) -> None:
    """Append one mark a run."""
    connection.executemany(_MARK, zip(runs.meter.tolist(), runs.first.tolist(), runs.last.tolist(), strict=True))
