"""Columns of buckets into the database: inserted where none is, or added to what is stored without reading it."""

import json
from collections.abc import Sequence

from sqlmodel import Session

from app.core.readings.bucket_columns import COLUMN_NAMES, BucketColumns
from app.store.arrivals.rollup_additions import full_of
from app.store.rollups.sums import COLUMN_TYPES, COLUMNS
from app.store.sql.columns import driver
from app.store.sql.columns_postgresql import array_literal

# Before, and as much again as may wait (`full_of`) and as one arrival may bring: together less than 2^63, so that the
# sum in SQL passes it on neither database.
_MOST_BEFORE = 2**61
_YEAR = 3
_TOO_LARGE = f"grain = {_YEAR} AND (gross IS NULL OR gross >= {_MOST_BEFORE})"
_FULL = "SELECT DISTINCT meter_id FROM rollup WHERE organization_id"
_FULL_POSTGRESQL = f"{_FULL} = %s AND meter_id = ANY(%s::int4[]) AND {_TOO_LARGE}"
_FULL_SQLITE = f"{_FULL} = ? AND meter_id IN (SELECT value FROM json_each(?)) AND {_TOO_LARGE}"  # noqa: S608 - constants
_NAMES = ", ".join(COLUMN_NAMES)
_TYPES = dict(zip(COLUMNS.split(", "), COLUMN_TYPES, strict=True))
_ARRAYS = ", ".join(f"%s::{_TYPES[name]}[]" for name in COLUMN_NAMES)
_INSERT = f"INSERT INTO rollup (organization_id, {_NAMES}, weight, area_high, area_low)"
_INSERT_POSTGRESQL = f"{_INSERT} SELECT %s::int4, given.*, 0, 0, 0 FROM unnest({_ARRAYS}) AS given"  # noqa: S608 - built of constants
_INSERT_SQLITE = f"{_INSERT} VALUES (?, {', '.join('?' * len(COLUMN_NAMES))}, 0, 0, 0)"
_SUMMED = [name for name in COLUMN_NAMES if name not in ("meter_id", "grain", "start_day", "flags")]
_OR_ADD = (
    f"ON CONFLICT {{key}} DO UPDATE SET {', '.join(f'{name} = rollup.{name} + excluded.{name}' for name in _SUMMED)}"
)


def full_meters(session: Session, organization_id: int, meter_ids: Sequence[int]) -> list[int]:
    """Return those of the meters that have a year to which nothing can be added surely without passing 2^63."""
    if session.get_bind().dialect.name == "sqlite":
        found = driver(session).execute(_FULL_SQLITE, [organization_id, json.dumps(list(meter_ids))])
    else:
        found = driver(session).execute(_FULL_POSTGRESQL, [organization_id, array_literal(meter_ids)])
    return [*{row[0] for row in found}.union(full_of(session, organization_id, meter_ids))]


def insert_columns(session: Session, organization_id: int, buckets: BucketColumns) -> None:
    """Insert buckets that are not stored."""
    _execute(session, organization_id, buckets, "")


def add_columns(session: Session, organization_id: int, differences: BucketColumns) -> None:
    """Add to the stored buckets, making those that are not there; hold the meters' rollups first.

    Each bucket is named once; its flags stay what they are.
    """
    _execute(session, organization_id, differences, _OR_ADD)


def _execute(session: Session, organization_id: int, buckets: BucketColumns, or_else: str) -> None:
    if not len(buckets):
        return
    columns = buckets.columns()
    if session.get_bind().dialect.name == "sqlite":
        owner = [organization_id] * len(buckets)
        rows = zip(owner, *(column.tolist() for column in columns), strict=True)
        driver(session).executemany(f"{_INSERT_SQLITE} {or_else.format(key='(meter_id, grain, start_day)')}", rows)
    else:
        # All of them in one statement, which may touch no row twice: hence each bucket once.
        statement = f"{_INSERT_POSTGRESQL} {or_else.format(key='ON CONSTRAINT pk_rollup')}"
        driver(session).execute(statement, [organization_id, *map(array_literal, columns)])
