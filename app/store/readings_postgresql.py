"""Columns of readings in and out of PostgreSQL, by binary COPY built from arrays without a Python object a row."""

from typing import Any

import numpy as np
import psycopg
from numpy.typing import NDArray

from app.core.columns import NO_START, ReadingColumns
from app.core.runs import Runs

Collision = psycopg.errors.UniqueViolation

_WITHIN = """
    SELECT r.meter_id, r.at, r.value, r.quality, r.start_at, r.revision, r.batch_id
    FROM unnest(%s::int4[], %s::int8[], %s::int8[]) AS run(meter_id, first_at, last_at)
    CROSS JOIN LATERAL (
        SELECT * FROM reading WHERE meter_id = run.meter_id AND at BETWEEN run.first_at AND run.last_at ORDER BY at
        OFFSET 0
    ) AS r
    ORDER BY r.meter_id, r.at
"""
_COPY = "COPY reading (meter_id, at, value, quality, revision, batch_id{start}) FROM STDIN (FORMAT BINARY)"
_COPY_MARKS = "COPY mark (meter_id, first_at, last_at) FROM STDIN (FORMAT BINARY)"
_HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_TRAILER = b"\xff\xff"

Connection = psycopg.Connection[Any]


def within(connection: Connection, runs: Runs) -> list[tuple[Any, ...]]:
    """Return stored readings inside the runs, sorted by identity; the lateral join visits only the runs."""
    if not len(runs):
        return []
    parameters = (runs.meter.tolist(), runs.first.tolist(), runs.last.tolist())
    with connection.cursor(binary=True) as cursor:
        return cursor.execute(_WITHIN, parameters).fetchall()


def insert(connection: Connection, columns: ReadingColumns, batch: int) -> None:
    """Insert readings as first revisions; raises Collision when an identity is stored."""
    own = columns.start != NO_START
    if own.any():
        _copy_readings(connection, columns.take(own), batch, own_start=True)
        columns = columns.take(~own)
    if len(columns):
        _copy_readings(connection, columns, batch, own_start=False)


def _copy_readings(connection: Connection, columns: ReadingColumns, batch: int, *, own_start: bool) -> None:
    count = len(columns)
    fields: list[tuple[str, NDArray[Any]]] = [
        (">i4", columns.meter),
        (">i8", columns.at),
        (">i8", columns.value),
        (">i2", columns.quality),
        (">i2", np.ones(count, dtype=np.int16)),
        (">i8", np.full(count, batch, dtype=np.int64)),
    ]
    if own_start:
        fields.append((">i8", columns.start))
    _copy(connection, _COPY.format(start=", start_at" if own_start else ""), fields)


def append_marks(connection: Connection, runs: Runs) -> None:
    """Append one mark a run."""
    _copy(connection, _COPY_MARKS, [(">i4", runs.meter), (">i8", runs.first), (">i8", runs.last)])


def _copy(connection: Connection, statement: str, fields: list[tuple[str, NDArray[Any]]]) -> None:
    """Send columns as one binary COPY: a record has its field count, then each field's length and big-endian bytes."""
    layout: list[tuple[str, str]] = [("fields", ">i2")]
    for number, (kind, _) in enumerate(fields):
        layout += [(f"length{number}", ">i4"), (f"value{number}", kind)]
    records = np.zeros(len(fields[0][1]), dtype=layout)
    records["fields"] = len(fields)
    for number, (kind, column) in enumerate(fields):
        records[f"length{number}"] = np.dtype(kind).itemsize
        records[f"value{number}"] = column
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.write(b"".join((_HEADER, records.tobytes(), _TRAILER)))
