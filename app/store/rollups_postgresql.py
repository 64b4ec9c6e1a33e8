"""Set-based rollup work on PostgreSQL, each step one statement over arrays of buckets."""

from collections.abc import Sequence
from typing import Any

import psycopg

from app.core.daywindow import DayWindow
from app.store import plain_days
from app.store.readings_postgresql import array_literal, array_literals
from app.store.regular_days import INSERT_DAYS, IRREGULAR_DAYS, SUMS
from app.store.rollup_sums import COLUMN_TYPES, COLUMNS, OF_PARTS, part_columns

_FITTING_SUM = (
    "CASE WHEN sum({column}) BETWEEN -9223372036854775808 AND 9223372036854775807 THEN sum({column})::bigint END"
)
_WANTED = "unnest(%(meters)s::int4[], %(firsts)s::int4[], %(ends)s::int4[]) AS given(meter_id, first_day, end_day)"
_TAKE_MARKS = "DELETE FROM mark WHERE meter_id = ANY(%s::int4[]) RETURNING meter_id, first_at, last_at"
_DELETE_DAYS = f"""
    DELETE FROM rollup USING {_WANTED}
    WHERE rollup.meter_id = given.meter_id AND rollup.grain = 1
      AND rollup.start_day >= given.first_day AND rollup.start_day < given.end_day
"""  # noqa: S608 - built of constants
_ARRAYS = ", ".join(f"%s::{kind}[]" for kind in COLUMN_TYPES)
_INSERT = f"INSERT INTO rollup ({COLUMNS}) SELECT * FROM unnest({_ARRAYS})"  # noqa: S608 - built of constants
_DELETE = f"""
    DELETE FROM rollup USING {_WANTED}
    WHERE rollup.meter_id = given.meter_id AND rollup.grain = %(into)s AND rollup.start_day = given.first_day
"""  # noqa: S608 - built of constants
_SUM_UP = f"""
    INSERT INTO rollup ({COLUMNS})
    SELECT wanted.meter_id, %(into)s, wanted.first_day,
    {part_columns(fitting_sum=_FITTING_SUM, floor_shift="(({value})::bigint >> 32)")}
    FROM (SELECT given.*, %(of)s::int2 AS part_grain FROM {_WANTED}) AS wanted
    JOIN rollup AS part ON {OF_PARTS}
    GROUP BY wanted.meter_id, wanted.first_day, wanted.end_day, wanted.part_grain
"""  # noqa: S608 - built of constants
_WINDOWS = """
    unnest(%s::int4[], %s::int4[], %s::int8[], %s::int8[], %s::int8[], %s::int8[], %s::int8[])
    AS w(meter_id, day, after_at, before_at, first_at, last_at, step)
"""
_SUM_DAYS = f"""
    WITH day_sum AS MATERIALIZED (
        {SUMS.replace("%", "%%").format(windows=_WINDOWS, readings="reading AS r")}
        GROUP BY w.meter_id, w.day, w.step
    ),
    inserted AS ({INSERT_DAYS})
    {IRREGULAR_DAYS}
"""
_PLAIN_WINDOWS = """
    unnest(%s::text[], %s::int4[], %s::int4[], %s::int4[], %s::int8[], %s::int8[], %s::int8[], %s::int8[])
    AS given(meters, day, month, year, after_at, before_at, first_at, step)
"""


def _stored(name: str, grain: int, first_day: str) -> str:
    """Return a join that looks each bucket up by its key, however large the table is thought to be."""
    return f"""
        LEFT JOIN LATERAL (
            SELECT * FROM rollup WHERE meter_id = s.meter_id AND grain = {grain} AND start_day = s.{first_day} OFFSET 0
        ) AS {name} ON true
    """  # noqa: S608 - built of constants


_ROLL_PLAIN_DAYS = f"""
    WITH w AS MATERIALIZED (
        SELECT meters::int4[], day, month, year, after_at, before_at, first_at, step FROM {_PLAIN_WINDOWS}
    ),
    plain_sum AS MATERIALIZED (
        SELECT found.*, w.day, w.month, w.year, w.step
        FROM w CROSS JOIN LATERAL (
            SELECT r.meter_id, {plain_days.SUMS.format(off_grid="(r.at - w.first_at) %% w.step <> 0")}
            FROM reading AS r
            WHERE r.meter_id = ANY(w.meters) AND r.at > w.after_at AND r.at < w.before_at
            GROUP BY r.meter_id
        ) AS found
    ),
    plain_day AS MATERIALIZED ({
    plain_days.PLAIN.format(stored=_stored("d", 1, "day") + _stored("m", 2, "month") + _stored("y", 3, "year"))
}),
    days AS ({plain_days.INSERT_DAYS}),
    months AS ({plain_days.add_to(2, "month")}),
    years AS ({plain_days.add_to(3, "year")})
    SELECT meter_id, w.day FROM w CROSS JOIN unnest(w.meters) AS meter_id EXCEPT SELECT meter_id, day FROM plain_day
"""  # noqa: S608 - built of constants

Connection = psycopg.Connection[Any]


def take_marks(connection: Connection, meter_ids: Sequence[int]) -> list[tuple[int, int, int]]:
    """Delete and return the marks of these meters."""
    return connection.execute(_TAKE_MARKS, [array_literal(meter_ids)]).fetchall()


def delete_days(connection: Connection, ranges: Sequence[tuple[int, int, int]]) -> None:
    """Delete the day buckets of each (meter, first day, end day)."""
    if ranges:
        meters, firsts, ends = array_literals(ranges)
        connection.execute(_DELETE_DAYS, {"meters": meters, "firsts": firsts, "ends": ends})


def insert_days(connection: Connection, rows: Sequence[tuple[Any, ...]]) -> None:
    """Insert whole rows, as arrays of columns."""
    if rows:
        connection.execute(_INSERT, array_literals(rows))


def sum_up(connection: Connection, keys: Sequence[tuple[int, int, int]], *, into: int, of: int) -> None:
    """Make buckets (meter, first day, end day) of grain `into` anew from those of grain `of`."""
    meters, firsts, ends = array_literals(keys)
    parameters = {"meters": meters, "firsts": firsts, "ends": ends, "into": into, "of": of}
    with connection.cursor() as cursor:
        cursor.execute(_DELETE, parameters)
        cursor.execute(_SUM_UP, parameters)


def sum_regular_days(connection: Connection, windows: Sequence[DayWindow]) -> list[tuple[int, int]]:
    """Insert the buckets of regular days; return (meter, day) of those that are not regular and were left out."""
    if not windows:
        return []
    rows = [(meter, w.day, w.after, w.before, w.first, w.last, w.step) for w in windows for meter in w.meters]
    with connection.cursor() as cursor:
        return cursor.execute(_SUM_DAYS, array_literals(rows)).fetchall()


def roll_plain_days(connection: Connection, windows: Sequence[DayWindow]) -> list[tuple[int, int]]:
    """Bring plain days, their months and years up to date; return (meter, day) of the days left over.

    A day's rows of one meter lie apart, as they arrived, between those of other meters: all meters of a window are
    read at once, page by page. What the planner thinks that costs would have it compile the statement, for longer than
    it runs.
    """
    meters = [array_literal(w.meters) for w in windows]
    rows = [(w.day, w.month, w.year, w.after, w.before, w.first, w.step) for w in windows]
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL jit = off")
        return cursor.execute(_ROLL_PLAIN_DAYS, [meters, *array_literals(rows)]).fetchall()


def meters_with_own_starts(connection: Connection, meter_ids: Sequence[int]) -> list[int]:
    """Return those of the meters that have a reading with a start of its own."""
    statement = "SELECT DISTINCT meter_id FROM reading WHERE start_at IS NOT NULL AND meter_id = ANY(%s::int4[])"
    return [row[0] for row in connection.execute(statement, [array_literal(meter_ids)])]
