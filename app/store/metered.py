"""Meters as answers show them: the rules' view with plant, resource, unit and multiplier beside it."""

from dataclasses import dataclass
from decimal import Decimal

from sqlmodel import Session, col, select

from app.core.meters import MeterSpec
from app.core.resources import matches
from app.models import Meter, Plant
from app.store.conflicts import NotThere
from app.store.directory import spec_of
from app.store.fiscal_years import calendar_in


@dataclass(frozen=True, slots=True)
class Metered:
    """A meter with what its quantities are of; `multiplier` turns its own units into true ones."""

    spec: MeterSpec
    plant: str
    resource: str
    unit: str
    multiplier: Decimal
    counts: bool


def children_of(session: Session, parent: Metered) -> list[Metered]:
    """Return the meters whose parent this is, in id order."""
    organization_id = session.exec(select(Meter.organization_id).where(Meter.id == parent.spec.id)).one()
    ids = set(session.exec(select(Meter.id).where(Meter.parent_id == parent.spec.id)))
    return [each for each in metered(session, organization_id) if each.spec.id in ids]


def metered(
    session: Session,
    organization_id: int,
    *,
    plant: str | None = None,
    meter: str | None = None,
    resource: str | None = None,
) -> list[Metered]:
    """Return meters in id order, narrowed by what is given; `resource` may end in `.*`.

    Raises NotThere for a plant or meter the organization does not have.
    """
    query = (
        select(Meter, Plant)
        .join(Plant, col(Plant.id) == col(Meter.plant_id))
        .where(Meter.organization_id == organization_id)
        .order_by(col(Meter.id))
    )
    if plant is not None:
        _require(session, Plant, organization_id, plant)
        query = query.where(Plant.code == plant)
    if meter is not None:
        _require(session, Meter, organization_id, meter)
        query = query.where(Meter.code == meter)
    calendar = calendar_in(session, organization_id)
    return [
        Metered(
            spec=spec_of(row, site.timezone, calendar),
            plant=site.code,
            resource=row.resource,
            unit=row.unit,
            multiplier=row.multiplier,
            counts=row.counts,
        )
        for row, site in session.exec(query)
        if resource is None or matches(resource, row.resource)
    ]


def _require(session: Session, table: type[Plant] | type[Meter], organization_id: int, code: str) -> None:
    known = select(table.id).where(table.organization_id == organization_id, table.code == code)
    if session.exec(known).first() is None:
        raise NotThere(f"There is no {table.__name__.lower()} {code!r} in this organization")
