"""Set-based rollup work on PostgreSQL, each step one statement over arrays of buckets."""

from collections.abc import Iterable, Sequence
from dataclasses import astuple
from typing import Any

import psycopg

from app.core.columns import COUNTS_BELOW, STANDING_STEP
from app.core.daysums import DaySum, DayWindow
from app.store.rollup_sums import COLUMN_TYPES, COLUMNS, part_columns

_FITTING_SUM = (
    "CASE WHEN sum({column}) BETWEEN -9223372036854775808 AND 9223372036854775807 THEN sum({column})::bigint END"
)
_WANTED = "unnest(%(meters)s::int4[], %(firsts)s::int4[], %(ends)s::int4[]) AS given(meter_id, first_day, end_day)"
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
    JOIN rollup AS part
      ON part.meter_id = wanted.meter_id AND part.grain = wanted.part_grain
     AND part.start_day >= wanted.first_day AND part.start_day < wanted.end_day
    GROUP BY wanted.meter_id, wanted.first_day, wanted.end_day, wanted.part_grain
"""  # noqa: S608 - built of constants
_DAY_SUMS = f"""
    SELECT w.meter_id, w.day, r.quality %% {STANDING_STEP}, count(*), sum(r.value)::int8, sum(abs(r.value))::int8,
           count(*) FILTER (WHERE r.start_at IS NOT NULL OR r.at < w.first_at OR r.at > w.last_at
                                  OR (r.at - w.first_at) %% w.step != 0)
    FROM unnest(%s::int4[], %s::int4[], %s::int8[], %s::int8[], %s::int8[], %s::int8[], %s::int8[])
         AS w(meter_id, day, after_at, before_at, first_at, last_at, step)
    JOIN reading AS r
      ON r.meter_id = w.meter_id AND r.at > w.after_at AND r.at < w.before_at AND r.quality < {COUNTS_BELOW}
    GROUP BY w.meter_id, w.day, r.quality %% {STANDING_STEP}
"""  # noqa: S608 - built of constants

Connection = psycopg.Connection[Any]


def delete_days(connection: Connection, ranges: Sequence[tuple[int, int, int]]) -> None:
    """Delete the day buckets of each (meter, first day, end day)."""
    if ranges:
        meters, firsts, ends = (list(column) for column in zip(*ranges, strict=True))
        connection.execute(_DELETE_DAYS, {"meters": meters, "firsts": firsts, "ends": ends})


def insert_days(connection: Connection, rows: Sequence[tuple[Any, ...]]) -> None:
    """Insert whole rows, as arrays of columns."""
    if rows:
        connection.execute(_INSERT, [list(column) for column in zip(*rows, strict=True)])


def sum_up(connection: Connection, keys: Sequence[tuple[int, int, int]], *, into: int, of: int) -> None:
    """Make buckets (meter, first day, end day) of grain `into` anew from those of grain `of`."""
    meters, firsts, ends = (list(column) for column in zip(*keys, strict=True))
    parameters = {"meters": meters, "firsts": firsts, "ends": ends, "into": into, "of": of}
    with connection.cursor() as cursor:
        cursor.execute(_DELETE, parameters)
        cursor.execute(_SUM_UP, parameters)


def day_sums(connection: Connection, windows: Iterable[DayWindow]) -> list[DaySum]:
    """Return the sums of counted readings in each window, one row a quality."""
    columns = [list(column) for column in zip(*map(astuple, windows), strict=True)]
    if not columns:
        return []
    with connection.cursor(binary=True) as cursor:
        return [DaySum(*row) for row in cursor.execute(_DAY_SUMS, columns).fetchall()]
