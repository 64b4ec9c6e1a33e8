"""Columns of readings in and out of PostgreSQL, by binary COPY built from arrays without a Python object a row."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import psycopg
from numpy.typing import NDArray

from app.core.columns import NO_REFERENCE, NO_START, Int64Column, ReadingColumns
from app.core.runs import Runs
from app.core.versions import Identity, StoredColumns

DEADLOCK = psycopg.errors.DeadlockDetected
COLLISIONS = (psycopg.errors.UniqueViolation, DEADLOCK)
REFUSALS = (psycopg.IntegrityError, psycopg.DataError)

_WITHIN = f"""
    COPY (
        SELECT r.meter_id, r.at, r.value, r.quality, coalesce(r.start_at, {NO_START}), r.revision, r.batch_id
        FROM unnest('{{meters}}'::int4[], '{{firsts}}'::int8[], '{{lasts}}'::int8[]) AS run(meter_id, first_at, last_at)
        CROSS JOIN LATERAL (
            SELECT * FROM reading
            WHERE meter_id = run.meter_id AND at BETWEEN run.first_at AND run.last_at AND reference = ''
            ORDER BY at OFFSET 0
        ) AS r
        ORDER BY r.meter_id, r.at
    ) TO STDOUT (FORMAT BINARY)
"""  # noqa: S608 - whole numbers of our own
_WITHIN_WITH_REFERENCES = f"""
    SELECT r.meter_id, r.at, r.reference, r.value, r.quality, coalesce(r.start_at, {NO_START}), r.revision, r.batch_id
    FROM unnest(%s::int4[], %s::int8[], %s::int8[]) AS run(meter_id, first_at, last_at)
    JOIN reading AS r ON r.meter_id = run.meter_id AND r.at BETWEEN run.first_at AND run.last_at
    ORDER BY r.meter_id, r.at, r.reference
"""  # noqa: S608 - a whole number of our own
_STORED = (
    (">i4", "meter"),
    (">i8", "at"),
    (">i8", "value"),
    (">i2", "quality"),
    (">i8", "start"),
    (">i2", "revision"),
    (">i8", "batch"),
)
_OUTERMOST = """
    SELECT (SELECT at FROM reading WHERE meter_id = wanted.meter_id ORDER BY at LIMIT 1),
           (SELECT at FROM reading WHERE meter_id = wanted.meter_id ORDER BY at DESC LIMIT 1)
    FROM unnest(%s::int4[]) WITH ORDINALITY AS wanted(meter_id, place) ORDER BY place
"""
_EARLIER = """
    SELECT r.meter_id, r.at, r.reference, r.value, r.quality, r.start_at, r.revision, r.batch_id
    FROM unnest(%s::int4[], %s::int8[], %s::text[]) AS wanted(meter_id, at, reference)
    CROSS JOIN LATERAL (
        SELECT * FROM revision
        WHERE meter_id = wanted.meter_id AND at = wanted.at AND reference = wanted.reference COLLATE "C"
        ORDER BY revision OFFSET 0
    ) AS r
"""
_REPLACE = """
    UPDATE reading SET value = new.value, quality = new.quality, start_at = new.start_at, revision = new.revision,
                       batch_id = new.batch_id
    FROM unnest(%s::int4[], %s::int8[], %s::text[], %s::int2[], %s::int8[], %s::int8[], %s::int2[], %s::int8[],
                %s::int2[], %s::int8[])
         AS new(meter_id, at, reference, old_revision, old_batch, value, quality, start_at, revision, batch_id)
    WHERE reading.meter_id = new.meter_id AND reading.at = new.at AND reading.reference = new.reference COLLATE "C"
      AND reading.revision = new.old_revision AND reading.batch_id = new.old_batch
"""
_REVISIONS = """
    INSERT INTO revision (meter_id, at, reference, revision, value, batch_id, quality, start_at, superseded_by)
    SELECT * FROM unnest(%s::int4[], %s::int8[], %s::text[], %s::int2[], %s::int8[], %s::int8[], %s::int2[], %s::int8[],
                         %s::int8[])
"""
_COPY = "COPY reading (meter_id, at, value, quality, revision, batch_id{start}) FROM STDIN (FORMAT BINARY)"
_COPY_TICKETS = "COPY reading (meter_id, at, value, quality, batch_id, reference, revision) FROM STDIN"
_COPY_MARKS = "COPY mark (meter_id, first_at, last_at) FROM STDIN (FORMAT BINARY)"
_HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_TRAILER = b"\xff\xff"

Connection = psycopg.Connection[Any]


def within(connection: Connection, runs: Runs) -> StoredColumns:
    """Return stored readings without a reference inside the runs, sorted by identity.

    The lateral join visits only the runs. Binary COPY, like the way in: rows of fixed length become columns without a
    Python object a row.
    """
    meters, firsts, lasts = (array_literal(column) for column in (runs.meter, runs.first, runs.last))
    statement = _WITHIN.format(meters=meters, firsts=firsts, lasts=lasts)
    with connection.cursor() as cursor, cursor.copy(statement.encode()) as copy:
        content = b"".join(copy)
    layout = np.dtype(_record_layout([kind for kind, _ in _STORED]))
    records = np.frombuffer(content[len(_HEADER) : len(content) - len(_TRAILER)], dtype=layout)
    return StoredColumns(
        **{
            name: records[f"value{number}"].astype(np.dtype(kind).newbyteorder("="))
            for number, (kind, name) in enumerate(_STORED)
        }
    )


def within_with_references(connection: Connection, runs: Runs) -> list[tuple[Any, ...]]:
    """Return all stored readings inside the runs, sorted, as rows of an identity and what it says."""
    bounds = [array_literal(column) for column in (runs.meter, runs.first, runs.last)]
    with connection.cursor(binary=True) as cursor:
        return cursor.execute(_WITHIN_WITH_REFERENCES, bounds).fetchall()


def outermost_instants(connection: Connection, meters: Sequence[int]) -> list[tuple[int | None, int | None]]:
    """Return the lowest and highest stored instants of each meter."""
    return [(row[0], row[1]) for row in connection.execute(_OUTERMOST, [array_literal(meters)])]


def earlier(connection: Connection, identities: Sequence[Identity]) -> list[tuple[Any, ...]]:
    """Return the superseded versions of the identities, each one's oldest first."""
    with connection.cursor(binary=True) as cursor:
        return cursor.execute(_EARLIER, _arrays(identities)).fetchall()


def replace(connection: Connection, replacements: Sequence[tuple[int | str | None, ...]]) -> int:
    """Replace (identity, old revision, old batch) by (value, quality, start, revision, batch); count them."""
    return connection.execute(_REPLACE, _arrays(replacements)).rowcount


def insert_revisions(connection: Connection, rows: Sequence[tuple[int | str | None, ...]]) -> None:
    """Insert superseded versions."""
    connection.execute(_REVISIONS, _arrays(rows))


def array_literal(column: NDArray[Any] | Iterable[int | None]) -> str:
    """Return integers as the text of an array, far cheaper than having the driver adapt each one."""
    values = column.tolist() if isinstance(column, np.ndarray) else column
    return f"{{{','.join(['NULL' if value is None else str(value) for value in values])}}}"


def array_literals(rows: Sequence[Sequence[int | None]]) -> list[str]:
    """Return the columns of rows as texts of arrays."""
    return [array_literal(column) for column in zip(*rows, strict=True)]


def _arrays(rows: Sequence[Sequence[Any]]) -> list[Any]:
    """Return the columns of rows that begin with an identity: numbers as texts of arrays, references as they are."""
    meters, instants, references, *others = zip(*rows, strict=True)
    return [array_literal(meters), array_literal(instants), list(references), *map(array_literal, others)]


def insert(connection: Connection, columns: ReadingColumns, batches: Int64Column) -> None:
    """Insert readings as first revisions; raises one of COLLISIONS when another writer was faster."""
    if columns.reference is not None:
        tickets = columns.reference != NO_REFERENCE
        _copy_tickets(connection, columns.take(tickets), batches[tickets])
        columns, batches = columns.take(~tickets), batches[~tickets]
    own = columns.start != NO_START
    if own.any():
        _copy_readings(connection, columns.take(own), batches[own], own_start=True)
        columns, batches = columns.take(~own), batches[~own]
    if len(columns):
        _copy_readings(connection, columns, batches, own_start=False)


def _copy_readings(connection: Connection, columns: ReadingColumns, batches: Int64Column, *, own_start: bool) -> None:
    fields: list[tuple[str, NDArray[Any]]] = [
        (">i4", columns.meter),
        (">i8", columns.at),
        (">i8", columns.value),
        (">i2", columns.quality),
        (">i2", np.ones(len(columns), dtype=np.int16)),
        (">i8", batches),
    ]
    if own_start:
        fields.append((">i8", columns.start))
    _copy(connection, _COPY.format(start=", start_at" if own_start else ""), fields)


def _copy_tickets(connection: Connection, columns: ReadingColumns, batches: Int64Column) -> None:
    """Insert readings with references row by row: their texts are of any length, and ledgers are short."""
    numbers = (columns.meter, columns.at, columns.value, columns.quality, batches)
    references = [] if columns.reference is None else columns.reference.tolist()
    with connection.cursor() as cursor, cursor.copy(_COPY_TICKETS) as copy:
        for row in zip(*(column.tolist() for column in numbers), references, strict=True):
            copy.write_row((*row, 1))


def append_marks(connection: Connection, runs: Runs) -> None:
    """Append one mark a run."""
    _copy(connection, _COPY_MARKS, [(">i4", runs.meter), (">i8", runs.first), (">i8", runs.last)])


def _copy(connection: Connection, statement: str, fields: list[tuple[str, NDArray[Any]]]) -> None:
    """Send columns as one binary COPY: a record has its field count, then each field's length and big-endian bytes."""
    records = np.zeros(len(fields[0][1]), dtype=_record_layout([kind for kind, _ in fields]))
    records["fields"] = len(fields)
    for number, (kind, column) in enumerate(fields):
        records[f"length{number}"] = np.dtype(kind).itemsize
        records[f"value{number}"] = column
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.write(b"".join((_HEADER, records.tobytes(), _TRAILER)))


def _record_layout(kinds: Sequence[str]) -> list[tuple[str, str]]:
    layout = [("fields", ">i2")]
    for number, kind in enumerate(kinds):
        layout += [(f"length{number}", ">i4"), (f"value{number}", kind)]
    return layout
