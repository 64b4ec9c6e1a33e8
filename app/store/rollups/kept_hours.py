"""The hours of watched meters, kept as a text for each local day until that day is rolled up again."""

import json
from collections.abc import Mapping, Sequence

from sqlalchemy import ColumnElement, delete, insert, select
from sqlmodel import Session

from app.models import kept_hours_table
from app.store.sql.columns import driver
from app.store.sql.columns_postgresql import array_literal

_WATCHED = "SELECT DISTINCT meter_id FROM kept_hours WHERE organization_id"


def kept_hours(
    session: Session, organization_id: int, meter_id: int, *, first_day: int, end_day: int
) -> dict[int, str]:
    """Return what is kept of a meter for the days [first_day, end_day)."""
    table = kept_hours_table.c
    statement = select(table.day, table.hours).where(
        *_of(organization_id, meter_id), table.day >= first_day, table.day < end_day
    )
    return {row[0]: row[1] for row in session.connection().execute(statement)}


def kept_days(session: Session, organization_id: int, meter_id: int) -> set[int]:
    """Return the days of which a meter's hours are kept."""
    statement = select(kept_hours_table.c.day).where(*_of(organization_id, meter_id))
    return set(session.connection().execute(statement).scalars())


def keep_hours(session: Session, organization_id: int, meter_id: int, hours: Mapping[int, str]) -> None:
    """Keep the hours of days that are not kept yet; call it with the meter's rollups locked."""
    of_meter = {"organization_id": organization_id, "meter_id": meter_id}
    rows = [{**of_meter, "day": day, "hours": text} for day, text in hours.items()]
    if rows:
        session.connection().execute(insert(kept_hours_table), rows)


def forget_hours(session: Session, organization_id: int, ranges: Sequence[tuple[int, int, int]]) -> None:
    """Forget the hours of each (meter, first day, end day); most meters have none kept, and cost one question."""
    if not ranges:
        return
    table = kept_hours_table.c
    # One question for all of them, where a deletion for each of a thousand meters would be a thousand.
    having = _watched(session, organization_id, sorted({meter_id for meter_id, _, _ in ranges}))
    for meter_id, first_day, end_day in ranges:
        if meter_id in having:
            within = (*_of(organization_id, meter_id), table.day >= first_day, table.day < end_day)
            session.connection().execute(delete(kept_hours_table).where(*within))


def _watched(session: Session, organization_id: int, meter_ids: Sequence[int]) -> set[int]:
    """Return those of the meters that have hours kept; many ids go in one parameter."""
    if session.get_bind().dialect.name == "sqlite":
        watched = f"{_WATCHED} = ? AND meter_id IN (SELECT value FROM json_each(?))"  # noqa: S608 - constants
        return {row[0] for row in driver(session).execute(watched, [organization_id, json.dumps(meter_ids)])}
    watched = f"{_WATCHED} = %s AND meter_id = ANY(%s::int4[])"
    return {row[0] for row in driver(session).execute(watched, [organization_id, array_literal(meter_ids)])}


def forget_all_hours(session: Session, organization_id: int, meter_id: int) -> None:
    """Forget every hour of a meter."""
    session.connection().execute(delete(kept_hours_table).where(*_of(organization_id, meter_id)))


def _of(organization_id: int, meter_id: int) -> tuple[ColumnElement[bool], ...]:
    table = kept_hours_table.c
    return table.organization_id == organization_id, table.meter_id == meter_id
