"""Reading and changing from which day on an organization holds another share of a plant."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from sqlmodel import Session, col, delete, select

from app.models import Plant, PlantHolding, id_of
from app.store.audit.capture import note
from app.store.inventory.inventory import change_inventory
from app.store.inventory.plants import plant_of

_NOT_TOLD = {"id", "organization_id", "plant_id", "created_at"}


def holdings_of(session: Session, organization_id: int) -> dict[int, list[PlantHolding]]:
    """Return what is dated of each plant of the organization, by the plant's id and in order of day."""
    statement = (
        select(PlantHolding)
        .where(PlantHolding.organization_id == organization_id)
        .order_by(col(PlantHolding.valid_from))
    )
    found: dict[int, list[PlantHolding]] = defaultdict(list)
    for row in session.exec(statement):
        found[row.plant_id].append(row)
    return dict(found)


def holdings_of_plant(session: Session, organization_id: int, code: str) -> Sequence[PlantHolding]:
    """Return what is dated of one plant, in order of day; raises NotThere."""
    plant = plant_of(session, organization_id, code)
    statement = select(PlantHolding).where(*_of(organization_id, plant))
    return session.exec(statement.order_by(col(PlantHolding.valid_from))).all()


def replace_holdings(
    session: Session, organization_id: int, code: str, items: Sequence[Mapping[str, Any]], *, now_ms: int
) -> Sequence[PlantHolding]:
    """Put `items`, each of a day of its own, in the place of all that is dated of a plant; raises NotThere."""
    change_inventory(session, organization_id)
    plant = plant_of(session, organization_id, code)
    before = [row.model_dump(exclude=_NOT_TOLD) for row in holdings_of_plant(session, organization_id, code)]
    session.exec(delete(PlantHolding).where(*_of(organization_id, plant)))
    session.add_all(
        PlantHolding(**item, organization_id=organization_id, plant_id=id_of(plant), created_at=now_ms)
        for item in items
    )
    session.flush()
    note(session, organization_id, "holdings", code, before=before, after=[dict(item) for item in items])
    return holdings_of_plant(session, organization_id, code)


def _of(organization_id: int, plant: Plant) -> tuple[Any, ...]:
    return col(PlantHolding.organization_id) == organization_id, col(PlantHolding.plant_id) == plant.id
