"""Reading and changing the plants of an organization."""

from collections.abc import Collection, Mapping
from typing import Any

from sqlmodel import Session, col, delete, select

from app.models import FactorPin, Meter, Organization, Plant, PlantHolding
from app.store.arrivals.marks import mark_everything
from app.store.inventory.inventory import change_inventory
from app.store.sql.conflicts import DuplicateCode, NotThere, StillInUse, deleting, flush_new
from app.store.sql.keyset import Page, decode_cursor, in_code_order, page_of


def plant_of(session: Session, organization_id: int, code: str) -> Plant:
    """Return the plant `code` of the organization; raises NotThere."""
    plant = session.exec(
        select(Plant).where(Plant.organization_id == organization_id, Plant.code == code)
    ).one_or_none()
    if plant is None:
        raise NotThere(f"There is no plant {code!r} in this organization")
    return plant


def plant_page(session: Session, organization_id: int, *, cursor: str | None, limit: int) -> Page[Plant]:
    """Return plants in order of code; raises BadCursor."""
    order = in_code_order(session, Plant.code)
    query = select(Plant).where(Plant.organization_id == organization_id).order_by(order).limit(limit + 1)
    if cursor:
        query = query.where(order > decode_cursor(cursor, str)[0])
    return page_of(session.exec(query).all(), limit, lambda plant: (plant.code,))


def unknown_plants(session: Session, organization_id: int, codes: Collection[str]) -> list[str]:
    """Return those of `codes` that no plant of the organization has."""
    named = select(Plant.code).where(Plant.organization_id == organization_id, col(Plant.code).in_(codes))
    known = set(session.exec(named))
    return [code for code in codes if code not in known]


def create_plant(session: Session, organization_id: int, values: Mapping[str, Any], *, now_ms: int) -> Plant:
    """Store a new plant; one without a time zone is in its organization's. Raises DuplicateCode, NotThere."""
    change_inventory(session, organization_id)
    organization = session.get(Organization, organization_id)
    if organization is None:
        raise NotThere("There is no such organization")
    taken = select(Plant.id).where(Plant.organization_id == organization_id, Plant.code == values["code"])
    if session.exec(taken).first() is not None:
        raise DuplicateCode(f"The plant code {values['code']!r} is already taken")
    timezone = values["timezone"] or organization.timezone
    plant = Plant(**{**values, "timezone": timezone}, organization_id=organization_id, created_at=now_ms)
    session.add(plant)
    flush_new(session, "plant", plant.code)
    return plant


def update_plant(session: Session, organization_id: int, code: str, changes: Mapping[str, Any]) -> Plant:
    """Change a plant; another time zone has every reading of its meters rolled up again. Raises NotThere."""
    change_inventory(session, organization_id)
    plant = plant_of(session, organization_id, code)
    if changes.get("timezone", plant.timezone) != plant.timezone:
        meters = session.exec(select(Meter.id).where(*_metered(organization_id, plant)))
        mark_everything(session, organization_id, [meter_id for meter_id in meters if meter_id is not None])
    for name, value in changes.items():
        setattr(plant, name, value)
    session.flush()
    return plant


def delete_plant(session: Session, organization_id: int, code: str) -> None:
    """Delete a plant that no meter or factor pin depends on; raises NotThere, StillInUse."""
    change_inventory(session, organization_id)
    plant = plant_of(session, organization_id, code)
    if meter := session.exec(select(Meter.code).where(*_metered(organization_id, plant))).first():
        raise StillInUse(f"The plant {code!r} still has meters, {meter!r} for one")
    pinned = select(FactorPin.id).where(FactorPin.organization_id == organization_id, FactorPin.plant == code)
    if session.exec(pinned).first() is not None:
        raise StillInUse(f"A factor pin names the plant {code!r}")
    with deleting(f"The plant {code!r}"):
        held = col(PlantHolding.organization_id) == organization_id, col(PlantHolding.plant_id) == plant.id
        session.exec(delete(PlantHolding).where(*held))
        session.delete(plant)
        session.flush()


def plant_places(session: Session, organization_id: int) -> set[str]:
    """Return the code of every plant of the organization, and each region, grid region and country that one names."""
    rows = session.exec(
        select(Plant.code, Plant.region, Plant.grid_region, Plant.country).where(
            Plant.organization_id == organization_id
        )
    )
    return {name for row in rows for name in row if name is not None}


def plant_codes(session: Session, organization_id: int) -> set[str]:
    """Return the code of every plant of the organization."""
    return set(session.exec(select(Plant.code).where(Plant.organization_id == organization_id)))


def _metered(organization_id: int, plant: Plant) -> tuple[Any, ...]:
    return col(Meter.organization_id) == organization_id, col(Meter.plant_id) == plant.id
