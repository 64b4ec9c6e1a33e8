"""What meters are about: the organization, plant and resource that events name them by."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlmodel import Session, col, select

from app.models import Meter, Plant


@dataclass(frozen=True, slots=True)
class Subject:
    """A meter's organization, its plant's code, and the resource it measures."""

    meter_id: int
    organization_id: int
    plant: str
    resource: str


def subjects_of(session: Session, meter_ids: Collection[int]) -> list[Subject]:
    """Return what these meters are about, in id order; ids of deleted meters are left out."""
    statement = (
        select(Meter.id, Meter.organization_id, Plant.code, Meter.resource)
        .join(Plant, col(Plant.id) == col(Meter.plant_id))
        .where(col(Meter.id).in_(meter_ids))
        .order_by(col(Meter.id))
    )
    return [
        Subject(meter_id or 0, organization_id, plant, resource)
        for meter_id, organization_id, plant, resource in session.exec(statement)
    ]
