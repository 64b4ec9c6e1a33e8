"""Reading stored buckets, and putting new ones in their place.

A bucket is what its row says and what waits to be added to it, together; rows that are made anew hold what waited.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, delete, func, not_, or_, select, text
from sqlmodel import Session

from app.core.calendar.periods import Grain
from app.core.readings.bucket_columns import laid_over
from app.core.readings.buckets import Bucket
from app.models import rollup_table
from app.store.arrivals.rollup_additions import take_back, with_waiting
from app.store.rollups import rollups_postgresql, rollups_sqlite
from app.store.rollups.kept_hours import forget_all_hours
from app.store.sql.columns import driver

BucketKey = tuple[int, int, int]
"""A meter's id and the local days [first, end) a bucket spans."""

_EVER = -(2**31), 2**31 - 1
"""Days before and behind any there is."""

_AFTER_METER = [field.name for field in fields(Bucket)][1:]
_COLUMNS = [rollup_table.c[field.name] for field in fields(Bucket)]


def buckets(
    session: Session, organization_id: int, *, meter_ids: Sequence[int], grain: Grain, first_day: int, end_day: int
) -> list[Bucket]:
    """Return the stored buckets of these meters whose first day lies in [first_day, end_day), by meter and day."""
    table = rollup_table.c
    statement = (
        select(*_COLUMNS)
        .where(table.organization_id == organization_id)
        .where(table.meter_id.in_(bindparam("meters", expanding=True)), table.grain == int(grain))
        .where(table.start_day >= first_day, table.start_day < end_day)
        .order_by(table.meter_id, table.start_day)
    )

    def read_rows() -> list[Bucket]:
        return [Bucket(*row) for row in session.connection().execute(statement, {"meters": list(meter_ids)})]

    rows, waiting = with_waiting(session, organization_id, meter_ids, read_rows)
    return laid_over(rows, waiting.in_grain(grain).between(first_day, end_day))


def bucket_page(
    session: Session,
    organization_id: int,
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
        .where(table.organization_id == organization_id)
        .where(table.meter_id.in_(bindparam("meters", expanding=True)), table.grain == int(grain))
        .where(table.start_day >= first_day, table.start_day < end_day)
        .where((table.meter_id > after[0]) | ((table.meter_id == after[0]) & (table.start_day > after[1])))
        .order_by(table.meter_id, table.start_day)
        .limit(limit)
    )

    def read_rows() -> list[Bucket]:
        return [Bucket(*row) for row in session.connection().execute(statement, {"meters": list(meter_ids)})]

    # What waits may begin buckets that have no row: `limit` rows hold those of the page that are stored, and of all
    # together the first `limit` are the page.
    rows, waiting = with_waiting(session, organization_id, meter_ids, read_rows)
    added = waiting.in_grain(grain).between(first_day, end_day)
    behind = (added.meter_id > after[0]) | ((added.meter_id == after[0]) & (added.start_day > after[1]))
    return laid_over(rows, added.take(behind))[:limit]


def months_with_readings(
    session: Session, organization_id: int, *, meter_ids: Sequence[int], first_day: int, end_day: int
) -> dict[int, int]:
    """Return how many months of [first_day, end_day) hold readings of a meter, by its id; those without are absent."""
    table = rollup_table.c
    statement = (
        select(table.meter_id, table.start_day)
        .where(table.organization_id == organization_id)
        .where(table.meter_id.in_(bindparam("meters", expanding=True)), table.grain == int(Grain.MONTH))
        .where(table.start_day >= first_day, table.start_day < end_day)
        .where((table["count"] > 0) | (table.covered_s > 0))
    )

    def read_rows() -> set[tuple[int, int]]:
        return {(row[0], row[1]) for row in session.connection().execute(statement, {"meters": list(meter_ids)})}

    rows, waiting = with_waiting(session, organization_id, meter_ids, read_rows)
    added = waiting.in_grain(Grain.MONTH).between(first_day, end_day)
    added = added.take((added.count > 0) | (added.covered_s > 0))
    return dict(Counter(meter for meter, _ in rows.union(added.places())))


def bucket_days(
    session: Session,
    organization_id: int,
    *,
    meter_ids: Sequence[int],
    grain: Grain,
    first_day: int | None = None,
    end_day: int | None = None,
) -> list[int]:
    """Return each first day in [first_day, end_day), None for open, of a bucket of these meters, once and in order."""
    table = rollup_table.c
    first, end = -(2**31) if first_day is None else first_day, 2**31 - 1 if end_day is None else end_day
    statement = (
        select(table.start_day)
        .where(table.organization_id == organization_id)
        .where(table.meter_id.in_(bindparam("meters", expanding=True)), table.grain == int(grain))
        .where(table.start_day >= first, table.start_day < end)
        .distinct()
    )

    def read_rows() -> set[int]:
        return set(session.connection().execute(statement, {"meters": list(meter_ids)}).scalars())

    days, waiting = with_waiting(session, organization_id, meter_ids, read_rows)
    return sorted(days.union(waiting.in_grain(grain).between(first, end).start_day.tolist()))


def flagged_days(session: Session, organization_id: int, meter_id: int) -> list[tuple[int, int]]:
    """Return (day, flags) of the meter's days on which something happened, in order."""
    table = rollup_table.c
    statement = (
        select(table.start_day, table.flags)
        .where(table.organization_id == organization_id, table.meter_id == meter_id)
        # In the words of the partial index: by parameters the planner could not tell that all such rows are in it.
        .where(text("grain = 1 AND flags <> 0"))
        .order_by(table.start_day)
    )
    return [(row[0], row[1]) for row in session.connection().execute(statement)]


def has_flagged_days(session: Session, organization_id: int, meter_id: int, first_day: int, end_day: int) -> bool:
    """Tell whether something happened on one of the meter's days [first_day, end_day)."""
    table = rollup_table.c
    statement = (
        select(table.start_day)
        .where(table.organization_id == organization_id, table.meter_id == meter_id)
        .where(table.start_day >= first_day, table.start_day < end_day)
        .where(text("grain = 1 AND flags <> 0"))
        .limit(1)
    )
    return session.connection().execute(statement).first() is not None


def meters_with_flagged_days(session: Session, organization_id: int, spans: Sequence[BucketKey]) -> set[int]:
    """Return the meters on one of whose days in the spans something happened."""
    return set(_dialect(session).with_flagged_days(driver(session), organization_id, spans)) if spans else set()


def year_span(session: Session, organization_id: int, meter_ids: Sequence[int]) -> tuple[int, int] | None:
    """Return the first days of the earliest and of the latest year bucket of these meters; None without any."""
    table = rollup_table.c
    statement = select(func.min(table.start_day), func.max(table.start_day)).where(
        table.organization_id == organization_id,
        table.meter_id.in_(bindparam("meters", expanding=True)),
        table.grain == int(Grain.YEAR),
    )

    def read_rows() -> list[int]:
        row = session.connection().execute(statement, {"meters": list(meter_ids)}).one()
        return [day for day in row if day is not None]

    days, waiting = with_waiting(session, organization_id, meter_ids, read_rows)
    # A year that has no row yet is one of these.
    days += waiting.year.tolist()
    return (min(days), max(days)) if days else None


def delete_buckets(
    session: Session, organization_id: int, meter_ids: Sequence[int], *, grain: Grain, start_days: Sequence[int]
) -> None:
    """Delete these meters' buckets of a grain that begin on one of these days."""
    table = rollup_table.c
    statement = delete(rollup_table).where(
        table.organization_id == organization_id,
        table.meter_id.in_(bindparam("meters", expanding=True)),
        table.grain == int(grain),
        table.start_day.in_(bindparam("days", expanding=True)),
    )
    session.connection().execute(statement, {"meters": list(meter_ids), "days": list(start_days)})


def delete_days(session: Session, organization_id: int, ranges: Sequence[BucketKey]) -> None:
    """Delete the day buckets that lie in the ranges of days, and what waits to be added to them."""
    # What waits for a day that is made anew is in its readings already: left there, it would count twice.
    take_back(session, organization_id, ranges)
    _dialect(session).delete_days(driver(session), organization_id, ranges)


def insert_days(session: Session, organization_id: int, days: Sequence[Bucket]) -> None:
    """Insert day buckets that are not stored."""
    rows = [(bucket.meter_id, int(Grain.DAY), *(getattr(bucket, name) for name in _AFTER_METER)) for bucket in days]
    _dialect(session).insert_days(driver(session), organization_id, rows)


def _dialect(session: Session) -> Any:
    return rollups_sqlite if session.get_bind().dialect.name == "sqlite" else rollups_postgresql


def delete_meter(session: Session, organization_id: int, meter_id: int) -> None:
    """Delete every bucket of a meter, and the hours that are kept of it."""
    take_back(session, organization_id, [(meter_id, *_EVER)])
    session.connection().execute(delete(rollup_table).where(*_of(organization_id, meter_id)))
    forget_all_hours(session, organization_id, meter_id)


def delete_outside(
    session: Session,
    organization_id: int,
    meter_id: int,
    *,
    first_day: int,
    end_day: int,
    months_from: int,
    years: Sequence[int],
) -> None:
    """Delete a meter's days outside [first_day, end_day), months outside [months_from, end_day), and other years."""
    table = rollup_table.c
    kept = (
        and_(table.grain == int(Grain.DAY), table.start_day >= first_day, table.start_day < end_day),
        and_(table.grain == int(Grain.MONTH), table.start_day >= months_from, table.start_day < end_day),
        and_(table.grain == int(Grain.YEAR), table.start_day.in_(years)),
    )
    session.connection().execute(delete(rollup_table).where(*_of(organization_id, meter_id), not_(or_(*kept))))
    take_back(session, organization_id, [(meter_id, _EVER[0], first_day), (meter_id, end_day, _EVER[1])])


def sum_up(session: Session, organization_id: int, keys: Sequence[BucketKey], *, into: Grain, of: Grain) -> None:
    """Make each bucket of grain `into` anew from its parts of grain `of`; one without parts ceases to be."""
    if not keys:
        return
    _dialect(session).sum_up(driver(session), organization_id, keys, into=int(into), of=int(of))


def _of(organization_id: int, meter_id: int) -> tuple[ColumnElement[bool], ...]:
    return rollup_table.c.organization_id == organization_id, rollup_table.c.meter_id == meter_id
