"""Reading stored buckets, and putting new ones in their place."""

from collections.abc import Sequence
from dataclasses import astuple, fields
from typing import Any

from sqlalchemy import bindparam, delete, select, text
from sqlmodel import Session

from app.core.buckets import Bucket
from app.core.periods import Grain
from app.models import rollup_table
from app.store import rollups_postgresql, rollups_sqlite
from app.store.readings import driver

BucketKey = tuple[int, int, int]
"""A meter's id and the local days [first, end) a bucket spans."""

_COLUMNS = [rollup_table.c[field.name] for field in fields(Bucket)]


def buckets(session: Session, *, meter_ids: Sequence[int], grain: Grain, first_day: int, end_day: int) -> list[Bucket]:
    """Return the stored buckets of these meters whose first day lies in [first_day, end_day), by meter and day."""
    table = rollup_table.c
    statement = (
        select(*_COLUMNS)
        .where(table.meter_id.in_(bindparam("meters", expanding=True)), table.grain == int(grain))
        .where(table.start_day >= first_day, table.start_day < end_day)
        .order_by(table.meter_id, table.start_day)
    )
    rows = session.connection().execute(statement, {"meters": list(meter_ids)})
    return [Bucket(*row) for row in rows]


def bucket_page(
    session: Session,
    *,
    meter_ids: Sequence[int],
    grain: Grain,
    first_day: int,
    end_day: int,
    after: tuple[int, int],
    limit: int,
) -> list[Bucket]:
    """Return up to `limit` stored buckets by meter and day, from behind the position `after` (meter, day)."""
    table = rollup_table.c
    statement = (
        select(*_COLUMNS)
        .where(table.meter_id.in_(bindparam("meters", expanding=True)), table.grain == int(grain))
        .where(table.start_day >= first_day, table.start_day < end_day)
        .where((table.meter_id > after[0]) | ((table.meter_id == after[0]) & (table.start_day > after[1])))
        .order_by(table.meter_id, table.start_day)
        .limit(limit)
    )
    return [Bucket(*row) for row in session.connection().execute(statement, {"meters": list(meter_ids)})]


def flagged_days(session: Session, meter_id: int) -> list[tuple[int, int]]:
    """Return (day, flags) of the meter's days on which something happened, in order."""
    table = rollup_table.c
    statement = (
        select(table.start_day, table.flags)
        .where(table.meter_id == meter_id, text("grain = 1 AND flags <> 0"))
        .order_by(table.start_day)
    )
    return [(row[0], row[1]) for row in session.connection().execute(statement)]


def replace_days(session: Session, ranges: Sequence[BucketKey], days: Sequence[Bucket]) -> None:
    """Put these day buckets in the place of all that lie in the ranges of days."""
    if session.get_bind().dialect.name == "sqlite":
        rollups_sqlite.delete_days(driver(session), ranges)
        rollups_sqlite.insert_days(driver(session), _rows(days))
    else:
        rollups_postgresql.delete_days(driver(session), ranges)
        rollups_postgresql.insert_days(driver(session), _rows(days))


def _rows(days: Sequence[Bucket]) -> list[tuple[Any, ...]]:
    """Return day buckets as rows in the order of ROLLUP_COLUMNS."""
    return [(bucket.meter_id, int(Grain.DAY), *astuple(bucket)[1:]) for bucket in days]


def delete_meter(session: Session, meter_id: int) -> None:
    """Delete every bucket of a meter."""
    session.connection().execute(delete(rollup_table).where(rollup_table.c.meter_id == meter_id))


def sum_up(session: Session, keys: Sequence[BucketKey], *, into: Grain, of: Grain) -> None:
    """Make each bucket of grain `into` anew from its parts of grain `of`; one without parts ceases to be."""
    if not keys:
        return
    if session.get_bind().dialect.name == "sqlite":
        rollups_sqlite.sum_up(driver(session), keys, into=int(into), of=int(of))
    else:
        rollups_postgresql.sum_up(driver(session), keys, into=int(into), of=int(of))
