"""Set-based rollup work on PostgreSQL, each step one statement over arrays of buckets."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from app.store.rollups.sums import COLUMN_TYPES, COLUMNS, OF_PARTS, part_columns
from app.store.sql.columns_postgresql import array_literal, array_literals

if TYPE_CHECKING:
    import psycopg


# A sum of bigint is numeric here, and as large as it has to be.
_FITTING_SUM = (
    "CASE WHEN sum({column}) BETWEEN -9223372036854775808 AND 9223372036854775807 THEN sum({column})::bigint END"
)
_WANTED = "unnest(%(meters)s::int4[], %(firsts)s::int4[], %(ends)s::int4[]) AS given(meter_id, first_day, end_day)"
_TAKE_MARKS = (
    "DELETE FROM mark WHERE organization_id = %s AND meter_id = ANY(%s::int4[]) RETURNING meter_id, first_at, last_at"
)
_DELETE_DAYS = f"""
    DELETE FROM rollup USING {_WANTED}
    WHERE rollup.organization_id = %(organization)s AND rollup.meter_id = given.meter_id AND rollup.grain = 1
      AND rollup.start_day >= given.first_day AND rollup.start_day < given.end_day
"""  # noqa: S608 - built of constants
_FLAGGED = f"""
    SELECT given.meter_id FROM {_WANTED} WHERE EXISTS (
        SELECT 1 FROM rollup WHERE organization_id = %(organization)s AND meter_id = given.meter_id
        AND grain = 1 AND flags <> 0 AND start_day >= given.first_day AND start_day < given.end_day
    )
"""  # noqa: S608 - built of constants
_ARRAYS = ", ".join(f"%s::{kind}[]" for kind in COLUMN_TYPES)
_INSERT = f"INSERT INTO rollup (organization_id, {COLUMNS}) SELECT %s::int4, given.* FROM unnest({_ARRAYS}) AS given"  # noqa: S608 - constants
_DELETE = f"""
    DELETE FROM rollup USING {_WANTED}
    WHERE rollup.organization_id = %(organization)s AND rollup.meter_id = given.meter_id AND rollup.grain = %(into)s
      AND rollup.start_day = given.first_day
"""  # noqa: S608 - built of constants
_SUM_UP = f"""
    INSERT INTO rollup (organization_id, {COLUMNS})
    SELECT wanted.organization_id, wanted.meter_id, %(into)s, wanted.first_day,
    {part_columns(fitting_sum=_FITTING_SUM, floor_shift="(({value})::bigint >> 32)")}
    FROM (
        SELECT given.*, %(organization)s::int4 AS organization_id, %(of)s::int2 AS part_grain FROM {_WANTED}
    ) AS wanted
    JOIN rollup AS part ON {OF_PARTS}
    GROUP BY wanted.organization_id, wanted.meter_id, wanted.first_day, wanted.end_day, wanted.part_grain
"""  # noqa: S608 - built of constants
Connection: TypeAlias = "psycopg.Connection[Any]"


def take_marks(connection: Connection, organization_id: int, meter_ids: Sequence[int]) -> list[tuple[int, int, int]]:
    """Delete and return the marks of these meters."""
    return connection.execute(_TAKE_MARKS, [organization_id, array_literal(meter_ids)]).fetchall()


def delete_days(connection: Connection, organization_id: int, ranges: Sequence[tuple[int, int, int]]) -> None:
    """Delete the day buckets of each (meter, first day, end day)."""
    if ranges:
        meters, firsts, ends = array_literals(ranges)
        parameters = {"organization": organization_id, "meters": meters, "firsts": firsts, "ends": ends}
        connection.execute(_DELETE_DAYS, parameters)


def with_flagged_days(
    connection: Connection, organization_id: int, ranges: Sequence[tuple[int, int, int]]
) -> list[int]:
    """Return the meters of those (meter, first day, end day) in which a day bucket has a flag."""
    meters, firsts, ends = array_literals(ranges)
    wanted = {"organization": organization_id, "meters": meters, "firsts": firsts, "ends": ends}
    return [row[0] for row in connection.execute(_FLAGGED, wanted)]


def insert_days(connection: Connection, organization_id: int, rows: Sequence[tuple[Any, ...]]) -> None:
    """Insert whole rows, as arrays of columns."""
    if rows:
        connection.execute(_INSERT, [organization_id, *array_literals(rows)])


def sum_up(
    connection: Connection, organization_id: int, keys: Sequence[tuple[int, int, int]], *, into: int, of: int
) -> None:
    """Make buckets (meter, first day, end day) of grain `into` anew from those of grain `of`."""
    meters, firsts, ends = array_literals(keys)
    wanted = {"organization": organization_id, "meters": meters, "firsts": firsts, "ends": ends}
    parameters = {**wanted, "into": into, "of": of}
    with connection.cursor() as cursor:
        # Two statements: of one that deletes and inserts, the insert would still see what it deletes.
        cursor.execute(_DELETE, parameters)
        cursor.execute(_SUM_UP, parameters)
