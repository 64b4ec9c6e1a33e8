"""Reading and changing the meters of an organization."""

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement
from sqlalchemy import delete as delete_rows
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import Select

from app.models import (
    Meter,
    Organization,
    Plant,
    damaged_meter_table,
    id_of,
    mark_table,
    usual_amount_table,
)
from app.store.arrivals.marks import mark_everything
from app.store.directory.directory import plant_of_meter
from app.store.inventory.inventory import change_inventory
from app.store.readings.standing import span_of_meter
from app.store.reporting.publications import storing_ms
from app.store.rollups.rollups import delete_meter as delete_rollups
from app.store.sql.conflicts import DuplicateCode, NotThere, StillInUse, deleting, flush_new
from app.store.sql.keyset import Page, decode_cursor, in_code_order, page_of

FIXED_ONCE_READ = (
    "plant",
    "resource",
    "kind",
    "unit",
    "basis",
    "reference_conditions",
    "interval",
    "timestamp_edge",
    "multiplier",
    "register_modulus",
    "register_direction",
    "register_reset",
)
"""What gives a stored reading its meaning, and so cannot change under it."""

_REBUILDS = ("max_rate", "dip_tolerance", "estimates_gaps", "annual_expectation", "timestamp_edge", "interval_changes")
"""What changes how readings count; the timestamp edge only while it is assumed."""
_REBUILDS_REGISTERS = (*_REBUILDS, "plausibility")


class MeterHasReadings(ValueError):
    """What a meter's readings mean cannot change, and they cannot be lost, once there are any."""


class MeterRow(NamedTuple):
    """A meter with the codes of what it refers to."""

    meter: Meter
    plant: str
    parent: str | None
    replaces: str | None


_Parent = aliased(Meter)
_Replaced = aliased(Meter)


def _of_same(other: Any) -> ColumnElement[bool]:
    return col(other.organization_id) == col(Meter.organization_id)


def _rows(organization_id: int) -> "Select[Meter, str, str, str]":
    return (
        select(Meter, Plant.code, _Parent.code, _Replaced.code)
        .join(Plant, plant_of_meter())
        .outerjoin(_Parent, _of_same(_Parent) & (col(_Parent.id) == col(Meter.parent_id)))
        .outerjoin(_Replaced, _of_same(_Replaced) & (col(_Replaced.id) == col(Meter.replaces_id)))
        .where(Meter.organization_id == organization_id)
    )


def meter_of(session: Session, organization_id: int, code: str) -> MeterRow:
    """Return the meter `code` of the organization; raises NotThere."""
    row = session.exec(_rows(organization_id).where(Meter.code == code)).one_or_none()
    if row is None:
        raise NotThere(f"There is no meter {code!r} in this organization")
    return MeterRow(*row)


def unknown_meters(session: Session, organization_id: int, codes: Collection[str]) -> list[str]:
    """Return those of `codes` that no meter of the organization has."""
    named = select(Meter.code).where(Meter.organization_id == organization_id, col(Meter.code).in_(codes))
    known = set(session.exec(named))
    return [code for code in codes if code not in known]


def meter_id_of(session: Session, organization_id: int, code: str) -> int:
    """Return the database key of the meter `code`; raises NotThere."""
    meter_id = meter_of(session, organization_id, code).meter.id
    assert meter_id is not None  # noqa: S101 - a stored row has its key
    return meter_id


def codes_of(session: Session, organization_id: int) -> dict[int, str]:
    """Return the code of each meter of an organization, by id."""
    rows = session.exec(select(Meter.id, Meter.code).where(Meter.organization_id == organization_id))
    return {meter_id: code for meter_id, code in rows if meter_id is not None}


def meter_page(
    session: Session,
    organization_id: int,
    *,
    plants: Collection[str] = (),
    resources: Collection[str] = (),
    kinds: Collection[str] = (),
    cursor: str | None,
    limit: int,
) -> Page[MeterRow]:
    """Return meters in order of code that are of any of what is given, empty being all; raises BadCursor."""
    order = in_code_order(session, Meter.code)
    query = _rows(organization_id).order_by(order).limit(limit + 1)
    for column, wanted in ((Plant.code, plants), (Meter.resource, resources), (Meter.kind, kinds)):
        if wanted:
            query = query.where(col(column).in_(wanted))
    if cursor:
        query = query.where(order > decode_cursor(cursor, str)[0])
    rows = [MeterRow(*row) for row in session.exec(query)]
    return page_of(rows, limit, lambda row: (row.meter.code,))


def create_meter(session: Session, organization_id: int, values: Mapping[str, Any], *, now_ms: int) -> MeterRow:
    """Store a new meter whose plant, parent and replaced meter are given by code, having been checked to exist."""
    change_inventory(session, organization_id)
    taken = select(Meter.id).where(Meter.organization_id == organization_id, Meter.code == values["code"])
    if session.exec(taken).first() is not None:
        raise DuplicateCode(f"The meter code {values['code']!r} is already taken")
    columns = _with_ids(session, organization_id, values)
    stored_ms = storing_ms(session, organization_id, now_ms)
    meter = Meter(**columns, organization_id=organization_id, created_at=stored_ms)
    session.add(meter)
    flush_new(session, "meter", meter.code)
    return meter_of(session, organization_id, meter.code)


def update_meter(session: Session, organization_id: int, code: str, changes: Mapping[str, Any]) -> MeterRow:
    """Change a meter; what decides how its readings count has them rolled up again.

    Raises NotThere, and MeterHasReadings for what is fixed once there are any. A timestamp edge that was assumed was
    our guess: stating it is no change of what the sender meant.
    """
    change_inventory(session, organization_id)
    row = meter_of(session, organization_id, code)
    stored = meter_values(row)
    changed = [name for name, value in changes.items() if value != stored[name]]
    stated = [name for name in changed if not (name == "timestamp_edge" and stored["edge_assumed"])]
    fixed = [name for name in stated if name in FIXED_ONCE_READ]
    if fixed and has_readings(session, row.meter):
        dated = "state from which day on in its interval_changes, or " if fixed == ["interval"] else ""
        raise MeterHasReadings(
            f"The meter {code!r} has readings, so its {' and '.join(fixed)} cannot change; "
            f"{dated}register a new meter that `replaces` {code!r}"
        )
    for name, value in _with_ids(session, organization_id, {name: changes[name] for name in changed}).items():
        setattr(row.meter, name, value)
    session.flush()
    rebuilds = _REBUILDS_REGISTERS if row.meter.kind == "register" else _REBUILDS
    if row.meter.id is not None and any(name in rebuilds for name in changed):
        mark_everything(session, organization_id, [row.meter.id])
    if "interval_changes" in changed:
        # What the meter usually said was said of other intervals: it is learnt anew.
        usual = usual_amount_table.c
        learnt = usual.organization_id == organization_id, usual.meter_id == row.meter.id
        session.execute(delete_rows(usual_amount_table).where(*learnt))
    return meter_of(session, organization_id, code)


def delete_meter(session: Session, organization_id: int, code: str) -> None:
    """Delete a meter without readings that no other refers to; raises NotThere, MeterHasReadings, StillInUse."""
    change_inventory(session, organization_id)
    meter = meter_of(session, organization_id, code).meter
    if has_readings(session, meter):
        raise MeterHasReadings(
            f"The meter {code!r} has readings and cannot be deleted; set its in_service_to to the day it was taken out"
        )
    refers = select(Meter.code).where(
        Meter.organization_id == organization_id, (Meter.parent_id == meter.id) | (Meter.replaces_id == meter.id)
    )
    if other := session.exec(refers).first():
        raise StillInUse(f"The meter {other!r} refers to {code!r}")
    with deleting(f"The meter {code!r}"):
        delete_rollups(session, organization_id, id_of(meter))
        for table in (mark_table, usual_amount_table, damaged_meter_table):
            ours = table.c.organization_id == organization_id, table.c.meter_id == meter.id
            session.execute(delete_rows(table).where(*ours))
        session.delete(meter)
        session.flush()


def has_readings(session: Session, meter: Meter) -> bool:
    """Tell whether anything was ever stored for the meter, withdrawn readings included."""
    return meter.id is not None and span_of_meter(session, meter.organization_id, meter.id) is not None


def ancestors(session: Session, meter: Meter, link: str) -> list[int]:
    """Return the ids that following `link` (parent_id or replaces_id) from `meter` passes, `meter` first."""
    ids: list[int] = []
    step: Meter | None = meter
    while step is not None and step.id is not None and step.id not in ids:
        ids.append(step.id)
        above = getattr(step, link)
        step = session.get(Meter, (meter.organization_id, above)) if above is not None else None
    return ids


def meter_values(row: MeterRow) -> dict[str, Any]:
    """Return a stored meter's fields by their outside names."""
    codes = {"plant": row.plant, "parent": row.parent, "replaces": row.replaces}
    return {**row.meter.model_dump(), **codes}


def _with_ids(session: Session, organization_id: int, values: Mapping[str, Any]) -> dict[str, Any]:
    columns = dict(values)
    if "plant" in columns:
        wanted = columns.pop("plant")
        plant = select(Plant.id).where(Plant.organization_id == organization_id, Plant.code == wanted)
        columns["plant_id"] = session.exec(plant).one()
    for name in ("parent", "replaces"):
        if name in columns:
            other = columns.pop(name)
            columns[f"{name}_id"] = None if other is None else meter_of(session, organization_id, other).meter.id
    return columns


def meter_ids(session: Session, organization: int | str | None) -> list[int]:
    """Return the ids of all meters, or of those of the organization with this id or code."""
    query = select(Meter.id)
    if isinstance(organization, int):
        query = query.where(Meter.organization_id == organization)
    elif organization is not None:
        query = query.join(Organization, col(Organization.id) == Meter.organization_id).where(
            Organization.code == organization
        )
    return [meter_id for meter_id in session.exec(query) if meter_id is not None]
