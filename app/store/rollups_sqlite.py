"""Set-based rollup work on SQLite, by prepared statements run once a bucket: quicker here than one large join."""

import sqlite3
from collections.abc import Sequence
from typing import Any

from app.core.daywindow import DayWindow
from app.store import plain_days
from app.store.regular_days import INSERT_DAYS, IRREGULAR_DAYS, SUMS
from app.store.rollup_sums import COLUMNS, OF_PARTS, part_columns

TEMPORARY_TABLES = (
    "CREATE TEMP TABLE day_sum (meter_id INTEGER, day INTEGER, step INTEGER, count INTEGER, total INTEGER, "
    "gross INTEGER, gross_estimated INTEGER, gross_manual INTEGER, count_estimated INTEGER, count_manual INTEGER, "
    "irregular INTEGER)",
    "CREATE TEMP TABLE plain_sum (meter_id INTEGER, day INTEGER, month INTEGER, year INTEGER, step INTEGER, "
    "count INTEGER, total INTEGER, odd INTEGER)",
    "CREATE TEMP TABLE plain_day (meter_id INTEGER, day INTEGER, month INTEGER, year INTEGER, count INTEGER, "
    "covered_s INTEGER, total INTEGER, quantity INTEGER, more_count INTEGER, more_covered INTEGER, gross INTEGER, "
    "was_estimated INTEGER, was_manual INTEGER, count_was_estimated INTEGER, count_was_manual INTEGER)",
)
"""What every connection has for itself."""

_HIGH = "(sum({column} >> 32) + (sum({column} & 4294967295) >> 32))"
_FITTING_SUM = (
    f"CASE WHEN {_HIGH} BETWEEN -2147483648 AND 2147483647 "
    f"THEN ({_HIGH} << 32) | (sum({{column}} & 4294967295) & 4294967295) END"
)
_TAKE_MARKS = "DELETE FROM mark WHERE meter_id IN"
_RETURNING_MARKS = "RETURNING meter_id, first_at, last_at"
_DELETE_DAYS = "DELETE FROM rollup WHERE meter_id = ? AND grain = 1 AND start_day >= ? AND start_day < ?"
_INSERT = f"INSERT INTO rollup ({COLUMNS}) VALUES ({', '.join('?' * (COLUMNS.count(',') + 1))})"  # noqa: S608 - constants
_DELETE = "DELETE FROM rollup WHERE meter_id = ? AND grain = ? AND start_day = ?"
_SUM_UP = f"""
    INSERT INTO rollup ({COLUMNS})
    SELECT wanted.meter_id, wanted.grain, wanted.first_day,
    {part_columns(fitting_sum=_FITTING_SUM, floor_shift="({value} >> 32)")}
    FROM (SELECT ? AS meter_id, ? AS grain, ? AS part_grain, ? AS first_day, ? AS end_day) AS wanted
    CROSS JOIN rollup AS part ON {OF_PARTS}
    HAVING count(*) > 0
"""  # noqa: S608 - built of constants
_OWN_STARTS = "SELECT DISTINCT meter_id FROM reading INDEXED BY ix_reading_own_start WHERE start_at IS NOT NULL"
_WINDOW = "(SELECT ? AS meter_id, ? AS day, ? AS after_at, ? AS before_at, ? AS first_at, ? AS last_at, ? AS step) AS w"
_SUM_DAY = f"INSERT INTO day_sum {SUMS.format(windows=_WINDOW, readings='reading AS r')}"

_SUM_PLAIN_DAY = f"""
    INSERT INTO plain_sum
    SELECT ?1, ?2, ?3, ?4, ?8, {plain_days.SUMS.format(off_grid="(r.at - ?7) % ?8 <> 0")}
    FROM reading AS r WHERE r.meter_id = ?1 AND r.at > ?5 AND r.at < ?6
"""  # noqa: S608 - built of constants
_STORED = """
    LEFT JOIN rollup AS d ON d.meter_id = s.meter_id AND d.grain = 1 AND d.start_day = s.day
    LEFT JOIN rollup AS m ON m.meter_id = s.meter_id AND m.grain = 2 AND m.start_day = s.month
    LEFT JOIN rollup AS y ON y.meter_id = s.meter_id AND y.grain = 3 AND y.start_day = s.year
"""
_PLAIN_DAYS = f"INSERT INTO plain_day {plain_days.PLAIN.format(stored=_STORED)}"
_ROLL_PLAIN_DAYS = (
    _PLAIN_DAYS,
    plain_days.INSERT_DAYS,
    plain_days.add_to(2, "month", one_by_one=True),
    plain_days.add_to(3, "year", one_by_one=True),
)
_LEFT_OVER = "SELECT meter_id, day FROM plain_sum EXCEPT SELECT meter_id, day FROM plain_day"


def take_marks(connection: sqlite3.Connection, meter_ids: Sequence[int]) -> list[tuple[int, int, int]]:
    """Delete and return the marks of these meters."""
    statement = f"{_TAKE_MARKS} ({', '.join('?' * len(meter_ids))}) {_RETURNING_MARKS}"
    return connection.execute(statement, meter_ids).fetchall()


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


def sum_regular_days(connection: sqlite3.Connection, windows: Sequence[DayWindow]) -> list[tuple[int, int]]:
    """Insert the buckets of regular days; return (meter, day) of those that are not regular and were left out."""
    connection.executemany(
        _SUM_DAY,
        [(meter, w.day, w.after, w.before, w.first, w.last, w.step) for w in windows for meter in w.meters],
    )
    connection.execute(INSERT_DAYS)
    irregular = connection.execute(IRREGULAR_DAYS).fetchall()
    connection.execute("DELETE FROM day_sum")
    return irregular


def roll_plain_days(connection: sqlite3.Connection, windows: Sequence[DayWindow]) -> list[tuple[int, int]]:
    """Bring plain days, their months and years up to date; return (meter, day) of the days left over.

    A sum of a day that passes 2^63 raises here; then all of them are left over.
    """
    try:
        for w in windows:
            shared = (w.day, w.month, w.year, w.after, w.before, w.first, w.step)
            connection.executemany(_SUM_PLAIN_DAY, [(meter, *shared) for meter in w.meters])
        for statement in _ROLL_PLAIN_DAYS:
            connection.execute(statement)
        return connection.execute(_LEFT_OVER).fetchall()
    except sqlite3.OperationalError as error:
        if "overflow" not in str(error):
            raise
        return [(meter, window.day) for window in windows for meter in window.meters]
    finally:
        connection.execute("DELETE FROM plain_sum")
        connection.execute("DELETE FROM plain_day")


def meters_with_own_starts(connection: sqlite3.Connection, meter_ids: Sequence[int]) -> list[int]:
    """Return those of the meters that have a reading with a start of its own, by the index of such readings."""
    statement = f"{_OWN_STARTS} AND meter_id IN ({', '.join('?' * len(meter_ids))})"
    return [row[0] for row in connection.execute(statement, meter_ids)]
