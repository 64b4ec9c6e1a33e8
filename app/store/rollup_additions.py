"""Adding to stored buckets what new readings bring, without reading what the buckets are made of."""

import json
from dataclasses import dataclass

from sqlmodel import Session

from app.core.columns import Int32Column, Int64Column
from app.store.readings import driver
from app.store.readings_postgresql import array_literal
from app.store.rollup_sums import COLUMNS

_MOST_BEFORE = 2**62
_YEAR = 3
_TOO_LARGE = f"grain = {_YEAR} AND (gross IS NULL OR gross >= {_MOST_BEFORE})"
_FULL_POSTGRESQL = f"SELECT DISTINCT meter_id FROM rollup WHERE meter_id = ANY(%s::int4[]) AND {_TOO_LARGE}"  # noqa: S608 - built of constants
_FULL_SQLITE = (
    f"SELECT DISTINCT meter_id FROM rollup WHERE meter_id IN (SELECT value FROM json_each(?)) AND {_TOO_LARGE}"  # noqa: S608 - built of constants
)
_ADD = f"""
    INSERT INTO rollup ({COLUMNS})
    {{given}}
    ON CONFLICT (meter_id, grain, start_day) DO UPDATE SET
        quantity = rollup.quantity + excluded.quantity, count = rollup.count + excluded.count,
        covered_s = rollup.covered_s + excluded.covered_s, gross = rollup.gross + excluded.gross
"""
_ADD_POSTGRESQL = _ADD.format(
    given="""
    SELECT meter_id, grain, start_day, quantity, count, covered_s, quantity, 0, 0, 0, 0, NULL, NULL, NULL, 0, 0, 0, 0
    FROM unnest(%s::int4[], %s::int2[], %s::int4[], %s::int4[], %s::int4[], %s::int8[])
    AS given(meter_id, grain, start_day, count, covered_s, quantity)
    """
)
_ADD_SQLITE = _ADD.format(given="VALUES (?1, ?2, ?3, ?6, ?4, ?5, ?6, 0, 0, 0, 0, NULL, NULL, NULL, 0, 0, 0, 0)")


@dataclass(frozen=True, slots=True)
class Additions:
    """What is added to buckets, each of them once: readings, seconds covered, and micro-units, none negative."""

    meter: Int64Column
    grain: Int64Column
    start_day: Int64Column
    count: Int64Column
    covered_s: Int64Column
    quantity: Int64Column

    def __len__(self) -> int:
        return len(self.meter)


def full_meters(session: Session, meters: Int32Column) -> list[int]:
    """Return those of the meters that have a year to which nothing can be added surely without passing 2^63."""
    if session.get_bind().dialect.name == "sqlite":
        found = driver(session).execute(_FULL_SQLITE, [json.dumps(meters.tolist())])
    else:
        found = driver(session).execute(_FULL_POSTGRESQL, [array_literal(meters)])
    return [row[0] for row in found]


def add_to_buckets(session: Session, additions: Additions) -> None:
    """Add to the stored buckets, making those that are not there; hold the meters' rollups first."""
    if not len(additions):
        return
    columns = [getattr(additions, name) for name in Additions.__slots__]
    if session.get_bind().dialect.name == "sqlite":
        rows = zip(*(column.tolist() for column in columns), strict=True)
        driver(session).executemany(_ADD_SQLITE, rows)
    else:
        driver(session).execute(_ADD_POSTGRESQL, [array_literal(column) for column in columns])
