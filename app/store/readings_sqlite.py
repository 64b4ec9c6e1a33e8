"""Columns of readings in and out of SQLite, by the standard library's driver."""

import sqlite3
from collections.abc import Sequence
from typing import Any

import numpy as np

from app.core.columns import NO_START, Int64Column, ReadingColumns
from app.core.runs import Runs
from app.core.versions import Identity, StoredColumns

Collision = sqlite3.IntegrityError
REFUSALS = (sqlite3.IntegrityError, sqlite3.DataError, OverflowError)

_WITHIN = (
    f"SELECT meter_id, at, value, quality, coalesce(start_at, {NO_START}), revision, batch_id FROM reading "  # noqa: S608 - constants
    "WHERE meter_id = ? AND at BETWEEN ? AND ? AND reference = '' ORDER BY at"
)
_WITHIN_WITH_REFERENCES = (
    f"SELECT meter_id, at, reference, value, quality, coalesce(start_at, {NO_START}), revision, batch_id FROM reading "  # noqa: S608 - constants
    "WHERE meter_id = ? AND at BETWEEN ? AND ? ORDER BY at, reference"
)
_OUTERMOST = "SELECT (SELECT min(at) FROM reading WHERE meter_id = ?), (SELECT max(at) FROM reading WHERE meter_id = ?)"
_COLUMNS = "meter_id, at, value, quality, start_at, batch_id, revision"
_ROWS_A_STATEMENT = 500
"""Many rows a statement: one step of the engine, and one release of the interpreter's lock, instead of one a row."""
_INSERT = f"INSERT INTO reading ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, 1)"  # noqa: S608 - built of constants
_INSERT_MANY = f"{_INSERT}{', (?, ?, ?, ?, ?, ?, 1)' * (_ROWS_A_STATEMENT - 1)}"
_INSERT_TICKET = f"INSERT INTO reading ({_COLUMNS}, reference) VALUES (?, ?, ?, ?, ?, ?, 1, ?)"  # noqa: S608 - built of constants
_MARK = "INSERT INTO mark (meter_id, first_at, last_at) VALUES (?, ?, ?)"
_MARK_MANY = f"{_MARK}{', (?, ?, ?)' * (_ROWS_A_STATEMENT - 1)}"
_EARLIER = (
    "SELECT meter_id, at, reference, value, quality, start_at, revision, batch_id FROM revision "
    "WHERE meter_id = ? AND at = ? AND reference = ? ORDER BY revision"
)
_REPLACE = (
    "UPDATE reading SET value = ?6, quality = ?7, start_at = ?8, revision = ?9, batch_id = ?10 "
    "WHERE meter_id = ?1 AND at = ?2 AND reference = ?3 AND revision = ?4 AND batch_id = ?5"
)
_REVISION = (
    "INSERT INTO revision (meter_id, at, reference, revision, value, batch_id, quality, start_at, superseded_by) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
)


def within(connection: sqlite3.Connection, runs: Runs) -> StoredColumns:
    """Return stored readings without a reference inside the runs, in the runs' order."""
    cursor = connection.cursor()
    rows: list[tuple[Any, ...]] = []
    for run in zip(runs.meter.tolist(), runs.first.tolist(), runs.last.tolist(), strict=True):
        rows.extend(cursor.execute(_WITHIN, run).fetchall())
    meter, at, value, quality, start, revision, batch = np.array(rows, dtype=np.int64).reshape(-1, 7).T.copy()
    return StoredColumns(
        meter=meter.astype(np.int32),
        at=at,
        value=value,
        quality=quality.astype(np.int16),
        start=start,
        revision=revision.astype(np.int16),
        batch=batch,
    )


def within_with_references(connection: sqlite3.Connection, runs: Runs) -> list[tuple[Any, ...]]:
    """Return all stored readings inside the runs, in the runs' order, as rows of an identity and what it says."""
    bounds = zip(runs.meter.tolist(), runs.first.tolist(), runs.last.tolist(), strict=True)
    return [row for run in bounds for row in connection.execute(_WITHIN_WITH_REFERENCES, run)]


def outermost_instants(connection: sqlite3.Connection, meters: Sequence[int]) -> list[tuple[int | None, int | None]]:
    """Return the lowest and highest stored instants of each meter."""
    cursor = connection.cursor()
    return [cursor.execute(_OUTERMOST, (meter, meter)).fetchone() for meter in meters]


def earlier(connection: sqlite3.Connection, identities: Sequence[Identity]) -> list[tuple[Any, ...]]:
    """Return the superseded versions of the identities, each one's oldest first."""
    cursor = connection.cursor()
    rows: list[tuple[Any, ...]] = []
    for identity in identities:
        rows.extend(cursor.execute(_EARLIER, identity).fetchall())
    return rows


def replace(connection: sqlite3.Connection, replacements: Sequence[tuple[int | str | None, ...]]) -> int:
    """Replace (identity, old revision, old batch) by (value, quality, start, revision, batch); count them."""
    return connection.executemany(_REPLACE, replacements).rowcount


def insert_revisions(connection: sqlite3.Connection, rows: Sequence[tuple[int | str | None, ...]]) -> None:
    """Insert superseded versions."""
    connection.executemany(_REVISION, rows)


def insert(connection: sqlite3.Connection, columns: ReadingColumns, batches: Int64Column) -> None:
    """Insert readings as first revisions; raises Collision when an identity is stored."""
    starts = [None] * len(columns)
    if (columns.start != NO_START).any():
        starts = [None if start == NO_START else start for start in columns.start.tolist()]
    if columns.reference is not None:
        plain = columns.meter, columns.at, columns.value, columns.quality
        listed = (*(column.tolist() for column in plain), starts, batches.tolist(), columns.reference.tolist())
        connection.executemany(_INSERT_TICKET, zip(*listed, strict=True))
        return
    lists = (columns.meter.tolist(), columns.at.tolist(), columns.value.tolist(), columns.quality.tolist())
    _insert_rows(connection, _INSERT, _INSERT_MANY, [*lists, starts, batches.tolist()])


def append_marks(connection: sqlite3.Connection, runs: Runs) -> None:
    """Append one mark a run."""
    _insert_rows(connection, _MARK, _MARK_MANY, [runs.meter.tolist(), runs.first.tolist(), runs.last.tolist()])


def _insert_rows(connection: sqlite3.Connection, one: str, many: str, columns: Sequence[list[Any]]) -> None:
    """Insert rows given as columns, as many a statement as there are, the rest one by one."""
    width, count = len(columns), len(columns[0])
    flat: list[Any] = [None] * (width * count)
    for number, column in enumerate(columns):
        flat[number::width] = column
    whole = count - count % _ROWS_A_STATEMENT
    step = width * _ROWS_A_STATEMENT
    for at in range(0, whole * width, step):
        connection.execute(many, flat[at : at + step])
    connection.executemany(one, (flat[at : at + width] for at in range(whole * width, count * width, width)))
