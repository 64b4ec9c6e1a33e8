"""Columns of readings in and out of PostgreSQL, by binary COPY built from arrays without a Python object a row."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from app.core.readings.runs import Runs
from app.core.readings.versions import Identity

if TYPE_CHECKING:
    import psycopg

_UNIQUE_VIOLATION, _DEADLOCK, _FROM_A_NODE = "23505", "40P01", "XX000"


def is_deadlock(error: BaseException) -> bool:
    """Tell whether two transactions only stood in each other's way."""
    return _sqlstate(error) == _DEADLOCK


def is_collision(error: BaseException) -> bool:
    """Tell whether this is said to the slower of two writers.

    Where a node of a Citus cluster found a key twice, the coordinator keeps of its error the words alone.
    """
    state = _sqlstate(error)
    return state in (_UNIQUE_VIOLATION, _DEADLOCK) or (state == _FROM_A_NODE and "duplicate key value" in str(error))


def is_refusal(error: BaseException) -> bool:
    """Tell whether the tables cannot hold the rows; the driver says so itself, without a code, of a text with NUL."""
    from psycopg import DataError, IntegrityError

    return isinstance(error, DataError | IntegrityError)


def _sqlstate(error: BaseException) -> str | None:
    """Return the code that an error of the driver has; the driver is not loaded where there is no PostgreSQL."""
    state: str | None = getattr(error, "sqlstate", None)
    return state


_EARLIER = """
    SELECT r.meter_id, r.at, r.reference, r.value, r.quality, r.start_at, r.revision, r.batch_id
    FROM unnest(%s::int4[], %s::int8[], %s::text[]) AS wanted(meter_id, at, reference)
    CROSS JOIN LATERAL (
        SELECT * FROM revision
        WHERE organization_id = %s
          AND meter_id = wanted.meter_id AND at = wanted.at AND reference = wanted.reference COLLATE "C"
        ORDER BY revision OFFSET 0
    ) AS r
"""
_REVISIONS = """
    INSERT INTO revision (organization_id, meter_id, at, reference, revision, value, batch_id, quality, start_at,
                          superseded_by)
    SELECT %s::int4, given.* FROM unnest(%s::int4[], %s::int8[], %s::text[], %s::int2[], %s::int8[], %s::int8[],
                                         %s::int2[], %s::int8[], %s::int8[]) AS given
"""
_COPY_MARKS = "COPY mark (organization_id, meter_id, first_at, last_at, marked_at) FROM STDIN (FORMAT BINARY)"
_HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_TRAILER = b"\xff\xff"

Connection: TypeAlias = "psycopg.Connection[Any]"


def earlier(connection: Connection, organization_id: int, identities: Sequence[Identity]) -> list[tuple[Any, ...]]:
    """Return the superseded versions of the identities, each one's oldest first."""
    with connection.cursor(binary=True) as cursor:
        return cursor.execute(_EARLIER, [*_arrays(identities), organization_id]).fetchall()


def insert_revisions(
    connection: Connection, organization_id: int, rows: Sequence[tuple[int | str | None, ...]]
) -> None:
    """Insert superseded versions."""
    connection.execute(_REVISIONS, [organization_id, *_arrays(rows)])


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


def append_marks(connection: Connection, organization_id: int, runs: Runs, *, now_ms: int) -> None:
    """Append one mark a run."""
    organization = np.full(len(runs), organization_id, dtype=np.int32)
    times = [(">i8", runs.first), (">i8", runs.last), (">i8", np.full(len(runs), now_ms, dtype=np.int64))]
    _copy(connection, _COPY_MARKS, [(">i4", organization), (">i4", runs.meter), *times])


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
