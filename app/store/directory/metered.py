"""Meters as answers show them: the rules' view with plant, resource, unit and multiplier beside it."""

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeVar

from sqlmodel import Session, col, select

from app.core.inventory.meters import MeterSpec
from app.core.inventory.resources import matches
from app.models import Meter, Plant
from app.store.directory.directory import plant_of_meter, plausibility_in, spec_of
from app.store.directory.fiscal_years import calendar_in
from app.store.sql.conflicts import NotThere

_Coded = TypeVar("_Coded", Plant, Meter)


@dataclass(frozen=True, slots=True)
class Metered:
    """A meter with what its quantities are of; `multiplier` turns its own units into true ones."""

    spec: MeterSpec
    plant: str
    resource: str
    unit: str
    multiplier: Decimal
    counts: bool
    name: str = ""


def children_of(session: Session, parent: Metered) -> list[Metered]:
    """Return the meters whose parent this is, in id order."""
    organization_id = parent.spec.organization_id
    below = Meter.organization_id == organization_id, Meter.parent_id == parent.spec.id
    ids = set(session.exec(select(Meter.id).where(*below)))
    return [each for each in metered(session, organization_id) if each.spec.id in ids]


def counted_above(session: Session, organization_id: int, meter_id: int) -> str | None:
    """Return the code of the nearest meter above this one that counts; None where there is none."""
    step = session.get(Meter, (organization_id, meter_id))
    while step is not None and step.parent_id is not None:
        step = session.get(Meter, (organization_id, step.parent_id))
        if step is not None and step.counts:
            return step.code
    return None


def metered(
    session: Session,
    organization_id: int,
    *,
    plants: Collection[str] = (),
    meters: Collection[str] = (),
    resources: Collection[str] = (),
) -> list[Metered]:
    """Return meters in id order that are of any of the plants, codes and resources given; a resource may end in `.*`.

    What is empty narrows nothing. Raises NotThere for a plant or meter the organization does not have.
    """
    query = (
        select(Meter, Plant)
        .join(Plant, plant_of_meter())
        .where(Meter.organization_id == organization_id)
        .order_by(col(Meter.id))
    )
    if plants:
        _require(session, Plant, organization_id, plants)
        query = query.where(col(Plant.code).in_(plants))
    if meters:
        _require(session, Meter, organization_id, meters)
        query = query.where(col(Meter.code).in_(meters))
    calendar = calendar_in(session, organization_id)
    plausibility = plausibility_in(session, organization_id)
    return [
        Metered(
            spec=spec_of(row, site.timezone, calendar, plausibility),
            plant=site.code,
            resource=row.resource,
            unit=row.unit,
            multiplier=row.multiplier,
            counts=row.counts,
            name=row.name,
        )
        for row, site in session.exec(query)
        if not resources or any(matches(resource, row.resource) for resource in resources)
    ]


def _require(session: Session, table: type[_Coded], organization_id: int, codes: Collection[str]) -> None:
    named = (table.organization_id == organization_id, col(table.code).in_(codes))
    known = {row.code for row in session.exec(select(table).where(*named))}
    if unknown := sorted(set(codes) - known):
        raise NotThere(f"There is no {table.__name__.lower()} {unknown[0]!r} in this organization")
