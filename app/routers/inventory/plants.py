"""Plants of an organization: list, create, read, change, delete; and which part of one is held from which day."""

from collections.abc import Collection
from typing import Annotated

from fastapi import Path
from sqlmodel import Session

from app.accounting.factors.regions import Stand, place_problems
from app.core.access import OrganizationAccess
from app.core.inventory.inventory import InvalidFields, zone_problems
from app.http.deps import DEFAULT_LIMIT, Cursor, Db, Limit, MayAdminister, MayRead, NowMs, api_router
from app.http.idempotency import DoneOnce
from app.http.preconditions import IfUnchanged
from app.schemas.inventory.holdings import PlantHoldingList, PlantHoldings, held_values, holding_problems, holdings_from
from app.schemas.inventory.ownership import ownership_problems
from app.schemas.inventory.plants import (
    Plant,
    PlantCreate,
    PlantPage,
    PlantUpdate,
    changed_plant,
    new_plant,
    plant_from,
)
from app.schemas.wire.json import ExactJSON
from app.schemas.wire.problems import conflicts
from app.schemas.wire.texts import Code
from app.store.inventory import holdings, plants
from app.store.reporting import factors

router = api_router("plants", "/v1/organizations/{organization}/plants")
PlantCode = Annotated[Code, Path(description="The code of the plant.")]
_PLACE = frozenset({"country", "region", "grid_region"})


@router.get("")
def list_plants(access: MayRead, database: Db, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None) -> PlantPage:
    """List plants in order of code."""
    with database.read() as session:
        page = plants.plant_page(session, access.organization_id, cursor=cursor, limit=limit)
    return PlantPage(items=[plant_from(row) for row in page.items], next=page.next)


@router.post("", status_code=201, response_model=Plant, responses=conflicts("duplicate_code"))
def create_plant(access: MayAdminister, body: PlantCreate, database: Db, now_ms: NowMs, once: DoneOnce) -> ExactJSON:
    """Create a plant."""
    _check(body)
    values = new_plant(body)
    with database.write() as session:
        _check_place(session, access.organization_id, Stand(body.country, body.region, body.grid_region), _PLACE)
        created = plants.create_plant(session, access.organization_id, values, now_ms=now_ms)
        location = f"/v1/organizations/{access.organization}/plants/{created.code}"
        answer = ExactJSON(plant_from(created), status_code=201, headers={"Location": location})
        once.keep(session, answer)
    return answer


@router.get("/{plant}")
def get_plant(access: MayRead, plant: PlantCode, database: Db) -> Plant:
    """Read a plant."""
    with database.read() as session:
        return _read(session, access, plant)


@router.patch("/{plant}")
def update_plant(
    access: MayAdminister, plant: PlantCode, body: PlantUpdate, database: Db, unchanged: IfUnchanged
) -> Plant:
    """Change the fields that are sent."""
    _check(body)
    with database.write() as session:
        unchanged.require(session, access.organization_id, lambda: _read(session, access, plant))
        changed = plants.update_plant(session, access.organization_id, plant, changed_plant(body))
        stand = Stand(changed.country, changed.region, changed.grid_region)
        _check_place(session, access.organization_id, stand, _PLACE & set(body.sent()))
        return plant_from(changed)


@router.delete("/{plant}", status_code=204, responses=conflicts("still_in_use"))
def delete_plant(access: MayAdminister, plant: PlantCode, database: Db, unchanged: IfUnchanged) -> None:
    """Delete a plant that no meter or factor pin depends on."""
    with database.write() as session:
        unchanged.require(session, access.organization_id, lambda: _read(session, access, plant))
        plants.delete_plant(session, access.organization_id, plant)


@router.get("/{plant}/holdings")
def get_plant_holdings(access: MayRead, plant: PlantCode, database: Db) -> PlantHoldings:
    """Read from which days on other shares and controls of a plant hold."""
    with database.read() as session:
        return _holdings(session, access, plant)


@router.put("/{plant}/holdings")
def put_plant_holdings(
    access: MayAdminister,
    plant: PlantCode,
    body: PlantHoldingList,
    database: Db,
    now_ms: NowMs,
    unchanged: IfUnchanged,
) -> PlantHoldings:
    """Put these dated shares and controls in the place of all there are; the plant's own hold before the first day."""
    if problems := list(holding_problems(body)):
        raise InvalidFields(problems)
    items = [held_values(item) for item in body.items]
    with database.write() as session:
        unchanged.require(session, access.organization_id, lambda: _holdings(session, access, plant))
        holdings.replace_holdings(session, access.organization_id, plant, items, now_ms=now_ms)
        return _holdings(session, access, plant)


def _read(session: Session, access: OrganizationAccess, code: str) -> Plant:
    return plant_from(plants.plant_of(session, access.organization_id, code))


def _holdings(session: Session, access: OrganizationAccess, code: str) -> PlantHoldings:
    row = plants.plant_of(session, access.organization_id, code)
    return holdings_from(row, holdings.holdings_of_plant(session, access.organization_id, code))


def _check_place(session: Session, organization_id: int, stand: Stand, sent: Collection[str]) -> None:
    own = factors.own_regions(session, organization_id) if sent else set()
    if problems := list(place_problems(stand, own, sent=sent)):
        raise InvalidFields(problems)


def _check(body: PlantCreate | PlantUpdate) -> None:
    problems = [*ownership_problems(body), *(zone_problems("timezone", body.timezone) if body.timezone else ())]
    if problems:
        raise InvalidFields(problems)
