"""Set-based rollup work on SQLite, by prepared statements run once a bucket."""

import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any

from app.core.columns import COUNTS_BELOW, STANDING_STEP
from app.core.daysums import DaySum, DayWindow
from app.store.rollup_sums import COLUMNS, part_columns

_HIGH = "(sum({column} >> 32) + (sum({column} & 4294967295) >> 32))"
_FITTING_SUM = (
    f"CASE WHEN {_HIGH} BETWEEN -2147483648 AND 2147483647 "
    f"THEN ({_HIGH} << 32) | (sum({{column}} & 4294967295) & 4294967295) END"
)
_DELETE_DAYS = "DELETE FROM rollup WHERE meter_id = ? AND grain = 1 AND start_day >= ? AND start_day < ?"
_INSERT = f"INSERT INTO rollup ({COLUMNS}) VALUES ({', '.join('?' * (COLUMNS.count(',') + 1))})"  # noqa: S608
_DELETE = "DELETE FROM rollup WHERE meter_id = ? AND grain = ? AND start_day = ?"
_SUM_UP = f"""
    INSERT INTO rollup ({COLUMNS})
    SELECT wanted.meter_id, wanted.grain, wanted.first_day,
    {part_columns(fitting_sum=_FITTING_SUM, floor_shift="({value} >> 32)")}
    FROM (SELECT ? AS meter_id, ? AS grain, ? AS part_grain, ? AS first_day, ? AS end_day) AS wanted
    JOIN rollup AS part
      ON part.meter_id = wanted.meter_id AND part.grain = wanted.part_grain
     AND part.start_day >= wanted.first_day AND part.start_day < wanted.end_day
    GROUP BY wanted.meter_id
"""  # noqa: S608 - built of constants
_DAY_SUM = f"""
    SELECT quality % {STANDING_STEP}, count(*), sum(value), sum(abs(value)),
           sum(start_at IS NOT NULL OR at < ?4 OR at > ?5 OR (at - ?4) % ?6 != 0)
    FROM reading WHERE meter_id = ?1 AND at > ?2 AND at < ?3 AND quality < {COUNTS_BELOW}
    GROUP BY quality % {STANDING_STEP}
"""  # noqa: S608 - built of constants


def delete_days(connection: sqlite3.Connection, ranges: Sequence[tuple[int, int, int]]) -> None:
    """Delete the day buckets of each (meter, first day, end day)."""
    connection.executemany(_DELETE_DAYS, ranges)


def insert_days(connection: sqlite3.Connection, rows: Sequence[tuple[Any, ...]]) -> None:
    """Insert whole rows."""
    connection.executemany(_INSERT, rows)


def sum_up(connection: sqlite3.Connection, keys: Sequence[tuple[int, int, int]], *, into: int, of: int) -> None:
    """Make buckets (meter, first day, end day) of grain `into` anew from those of grain `of`."""
    connection.executemany(_DELETE, [(meter, into, first) for meter, first, _ in keys])
    connection.executemany(_SUM_UP, [(meter, into, of, first, end) for meter, first, end in keys])


def day_sums(connection: sqlite3.Connection, windows: Iterable[DayWindow]) -> list[DaySum]:
    """Return the sums of counted readings in each window, one row a quality."""
    cursor = connection.cursor()
    sums: list[DaySum] = []
    for window in windows:
        bounds = (window.meter_id, window.after, window.before, window.first, window.last, window.step)
        sums.extend(DaySum(window.meter_id, window.day, *row) for row in cursor.execute(_DAY_SUM, bounds))
    return sums
