"""Reading and changing permit limits, and what was last found of their exceedances."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlmodel import Session, col, delete, select
from sqlmodel.sql.expression import Select

from app.models import Exceedance, Meter, PermitLimit, Plant
from app.store.directory.directory import plant_of_meter
from app.store.sql.conflicts import DuplicateCode, NotThere, flush_new
from app.store.sql.keyset import Page, decode_cursor, in_code_order, page_of


class LimitRow(NamedTuple):
    """A limit with its gauge and the code of the gauge's plant."""

    limit: PermitLimit
    meter: Meter
    plant: str


def _rows(organization_id: int) -> "Select[PermitLimit, Meter, str]":
    same = col(Meter.organization_id) == col(PermitLimit.organization_id)
    return (
        select(PermitLimit, Meter, Plant.code)
        .join(Meter, same & (col(Meter.id) == col(PermitLimit.meter_id)))
        .join(Plant, plant_of_meter())
        .where(PermitLimit.organization_id == organization_id)
    )


def limit_of(session: Session, organization_id: int, code: str) -> LimitRow:
    """Return the limit `code` of the organization; raises NotThere."""
    row = session.exec(_rows(organization_id).where(PermitLimit.code == code)).one_or_none()
    if row is None:
        raise NotThere(f"There is no limit {code!r} in this organization")
    return LimitRow(*row)


def limit_page(session: Session, organization_id: int, *, cursor: str | None, limit: int) -> Page[LimitRow]:
    """Return limits in order of code; raises BadCursor."""
    order = in_code_order(session, PermitLimit.code)
    query = _rows(organization_id).order_by(order).limit(limit + 1)
    if cursor:
        query = query.where(order > decode_cursor(cursor, str)[0])
    return page_of([LimitRow(*row) for row in session.exec(query)], limit, lambda row: (row.limit.code,))


def organizations_with_limits(session: Session) -> list[int]:
    """Return the organizations that have limits, in id order."""
    query = select(PermitLimit.organization_id).distinct()
    return sorted(session.exec(query))


def limits_of(session: Session, organization_id: int, *, plants: Collection[str] = ()) -> list[LimitRow]:
    """Return every limit of the organization, by plant and code; those of some plants alone when given."""
    query = _rows(organization_id)
    if plants:
        query = query.where(col(Plant.code).in_(plants))
    rows = [LimitRow(*row) for row in session.exec(query)]
    return sorted(rows, key=lambda row: (row.plant, row.limit.code))


def create_limit(session: Session, organization_id: int, values: Mapping[str, Any], *, now_ms: int) -> LimitRow:
    """Store a new limit, whose meter is given by id; raises DuplicateCode, NotThere."""
    taken = select(PermitLimit.id).where(
        PermitLimit.organization_id == organization_id, PermitLimit.code == values["code"]
    )
    if session.exec(taken).first() is not None:
        raise DuplicateCode(f"The limit code {values['code']!r} is already taken")
    limit = PermitLimit(**values, organization_id=organization_id, created_at=now_ms)
    session.add(limit)
    flush_new(session, "limit", limit.code)
    return limit_of(session, organization_id, limit.code)


def delete_limit(session: Session, organization_id: int, code: str) -> None:
    """Delete a limit and what was found of it; raises NotThere."""
    limit = limit_of(session, organization_id, code).limit
    found = col(Exceedance.organization_id) == organization_id, col(Exceedance.limit_id) == limit.id
    session.exec(delete(Exceedance).where(*found))
    session.delete(limit)
    session.flush()


def exceedances_from(session: Session, limit: PermitLimit, start_ms: int) -> Sequence[Exceedance]:
    """Return the stored exceedances of a limit that end at or after an instant, by start."""
    ours = Exceedance.organization_id == limit.organization_id, Exceedance.limit_id == limit.id
    statement = select(Exceedance).where(*ours, col(Exceedance.end_at) >= start_ms)
    return session.exec(statement.order_by(col(Exceedance.start_at))).all()


def replace_exceedances(session: Session, known: Iterable[Exceedance], found: Iterable[Exceedance]) -> None:
    """Put what was found in the place of what was known."""
    for row in known:
        session.delete(row)
    session.flush()
    session.add_all(found)
    session.flush()


def meter_named(session: Session, organization_id: int, code: str) -> Meter | None:
    """Return the meter `code` of the organization, or None."""
    return session.exec(select(Meter).where(Meter.organization_id == organization_id, Meter.code == code)).one_or_none()


def watched_meters(session: Session) -> list[int]:
    """Return the ids, in order, of the meters whose hours are kept: gauges with a limit, and the meters of stacks."""
    limited = session.exec(select(PermitLimit.meter_id).distinct())
    of_air = session.exec(select(Meter.id, Meter.attributes).where(col(Meter.resource).startswith("air.")))
    at_stacks = (meter_id for meter_id, attributes in of_air if meter_id is not None and "stack" in attributes)
    return sorted({*limited, *at_stacks})
