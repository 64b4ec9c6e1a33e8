"""Superseded versions and marks in and out of SQLite, by the standard library's driver."""

import sqlite3
from collections.abc import Sequence
from typing import Any

from app.core.readings.runs import Runs
from app.core.readings.versions import Identity

Collision = sqlite3.IntegrityError
REFUSALS = (sqlite3.IntegrityError, sqlite3.DataError, OverflowError)

_ROWS_A_STATEMENT = 500
"""Many rows a statement: one step of the engine, and one release of the interpreter's lock, instead of one a row."""
_MARK = "INSERT INTO mark (organization_id, meter_id, first_at, last_at, marked_at) VALUES (?, ?, ?, ?, ?)"
_MARK_MANY = f"{_MARK}{', (?, ?, ?, ?, ?)' * (_ROWS_A_STATEMENT - 1)}"
_EARLIER = (
    "SELECT meter_id, at, reference, value, quality, start_at, revision, batch_id FROM revision "
    "WHERE organization_id = ? AND meter_id = ? AND at = ? AND reference = ? ORDER BY revision"
)
_REVISION = (
    "INSERT INTO revision "
    "(organization_id, meter_id, at, reference, revision, value, batch_id, quality, start_at, superseded_by) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)


def earlier(
    connection: sqlite3.Connection, organization_id: int, identities: Sequence[Identity]
) -> list[tuple[Any, ...]]:
    """Return the superseded versions of the identities, each one's oldest first."""
    cursor = connection.cursor()
    rows: list[tuple[Any, ...]] = []
    for identity in identities:
        rows.extend(cursor.execute(_EARLIER, (organization_id, *identity)).fetchall())
    return rows


def insert_revisions(
    connection: sqlite3.Connection, organization_id: int, rows: Sequence[tuple[int | str | None, ...]]
) -> None:
    """Insert superseded versions."""
    connection.executemany(_REVISION, [(organization_id, *row) for row in rows])


def append_marks(connection: sqlite3.Connection, organization_id: int, runs: Runs, *, now_ms: int) -> None:
    """Append one mark a run."""
    bounds = [runs.meter.tolist(), runs.first.tolist(), runs.last.tolist()]
    _insert_rows(connection, _MARK, _MARK_MANY, [[organization_id] * len(runs), *bounds, [now_ms] * len(runs)])


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
