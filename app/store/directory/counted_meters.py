"""What accounting reads of an organization: its plants, and the meters that count with their plants' codes."""

from collections.abc import Sequence

from sqlmodel import Session, col, select

from app.models import Meter, Plant
from app.store.directory.directory import plant_of_meter


def plants_of(session: Session, organization_id: int) -> Sequence[Plant]:
    """Return every plant of the organization, in order of code."""
    plants = session.exec(select(Plant).where(Plant.organization_id == organization_id)).all()
    return sorted(plants, key=lambda plant: plant.code)


def counted_meters(session: Session, organization_id: int) -> list[tuple[Meter, str]]:
    """Return every meter that enters plant totals with its plant's code."""
    statement = (
        select(Meter, Plant.code)
        .join(Plant, plant_of_meter())
        .where(Meter.organization_id == organization_id, col(Meter.counts).is_(True))
    )
    return [(meter, plant) for meter, plant in session.exec(statement)]


def submeters(session: Session, organization_id: int) -> list[tuple[Meter, str]]:
    """Return every sub-meter that does not enter plant totals with its plant's code."""
    statement = (
        select(Meter, Plant.code)
        .join(Plant, plant_of_meter())
        .where(
            Meter.organization_id == organization_id, col(Meter.counts).is_(False), col(Meter.parent_id).is_not(None)
        )
    )
    return [(meter, plant) for meter, plant in session.exec(statement)]


def parents_of(session: Session, organization_id: int) -> dict[int, int]:
    """Return the parent's id of each meter that is a sub-meter, counted or not."""
    statement = select(Meter.id, Meter.parent_id).where(
        Meter.organization_id == organization_id, col(Meter.parent_id).is_not(None)
    )
    return {meter: parent for meter, parent in session.exec(statement) if meter is not None and parent is not None}


def metered_resources(session: Session, organization_id: int) -> set[str]:
    """Return every resource that a meter of the organization measures."""
    return set(session.exec(select(Meter.resource).where(Meter.organization_id == organization_id).distinct()))
