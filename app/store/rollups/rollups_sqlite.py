"""Set-based rollup work on SQLite, by prepared statements run once a bucket: quicker here than one large join."""

import json
import sqlite3
from collections.abc import Sequence
from typing import Any

from app.store.rollups.sums import COLUMNS, OF_PARTS, part_columns

# The sum of halves, which cannot pass 64 bits as SQLite's own of whole numbers could, and would raise. Of 3 and -1 the
# high halves are 0 and -1, the low ones 3 and 4,294,967,295: together 4,294,967,298, which carries 1. The high half of
# the sum is -1 + 1 = 0, the low one what is left, 2.
_HIGH = "(sum({column} >> 32) + (sum({column} & 4294967295) >> 32))"
_FITTING_SUM = (
    f"CASE WHEN {_HIGH} BETWEEN -2147483648 AND 2147483647 "
    f"THEN ({_HIGH} << 32) | (sum({{column}} & 4294967295) & 4294967295) END"
)
_TAKE_MARKS = "DELETE FROM mark WHERE organization_id = ? AND meter_id IN"
_RETURNING_MARKS = "RETURNING meter_id, first_at, last_at"
_FLAGGED = """
    SELECT given.value ->> 0 FROM json_each(?) AS given WHERE EXISTS (
        SELECT 1 FROM rollup WHERE organization_id = ? AND meter_id = given.value ->> 0 AND grain = 1 AND flags <> 0
        AND start_day >= given.value ->> 1 AND start_day < given.value ->> 2
    )
"""
_DELETE_DAYS = (
    "DELETE FROM rollup WHERE organization_id = ? AND meter_id = ? AND grain = 1 AND start_day >= ? AND start_day < ?"
)
_INSERT = f"INSERT INTO rollup (organization_id, {COLUMNS}) VALUES ({', '.join('?' * (COLUMNS.count(',') + 2))})"  # noqa: S608 - constants
_DELETE = "DELETE FROM rollup WHERE organization_id = ? AND meter_id = ? AND grain = ? AND start_day = ?"
_SUM_UP = f"""
    INSERT INTO rollup (organization_id, {COLUMNS})
    SELECT wanted.organization_id, wanted.meter_id, wanted.grain, wanted.first_day,
    {part_columns(fitting_sum=_FITTING_SUM, floor_shift="({value} >> 32)")}
    FROM (
        SELECT ? AS organization_id, ? AS meter_id, ? AS grain, ? AS part_grain, ? AS first_day, ? AS end_day
    ) AS wanted
    CROSS JOIN rollup AS part ON {OF_PARTS}
    HAVING count(*) > 0
"""  # noqa: S608 - built of constants


def take_marks(
    connection: sqlite3.Connection, organization_id: int, meter_ids: Sequence[int]
) -> list[tuple[int, int, int]]:
    """Delete and return the marks of these meters."""
    statement = f"{_TAKE_MARKS} ({', '.join('?' * len(meter_ids))}) {_RETURNING_MARKS}"
    return connection.execute(statement, [organization_id, *meter_ids]).fetchall()


def delete_days(connection: sqlite3.Connection, organization_id: int, ranges: Sequence[tuple[int, int, int]]) -> None:
    """Delete the day buckets of each (meter, first day, end day)."""
    connection.executemany(_DELETE_DAYS, [(organization_id, *each) for each in ranges])


def with_flagged_days(
    connection: sqlite3.Connection, organization_id: int, ranges: Sequence[tuple[int, int, int]]
) -> list[int]:
    """Return the meters of those (meter, first day, end day) in which a day bucket has a flag."""
    return [row[0] for row in connection.execute(_FLAGGED, [json.dumps(ranges), organization_id])]


def insert_days(connection: sqlite3.Connection, organization_id: int, rows: Sequence[tuple[Any, ...]]) -> None:
    """Insert whole rows."""
    connection.executemany(_INSERT, [(organization_id, *row) for row in rows])


def sum_up(
    connection: sqlite3.Connection, organization_id: int, keys: Sequence[tuple[int, int, int]], *, into: int, of: int
) -> None:
    """Make buckets (meter, first day, end day) of grain `into` anew from those of grain `of`."""
    connection.executemany(_DELETE, [(organization_id, meter, into, first) for meter, first, _ in keys])
    connection.executemany(_SUM_UP, [(organization_id, meter, into, of, first, end) for meter, first, end in keys])
