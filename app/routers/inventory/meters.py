"""Meters of an organization: list, create, read, change, delete."""

from typing import Annotated

from fastapi import Path, Query
from sqlmodel import Session

from app.core.access import OrganizationAccess
from app.core.inventory.resources import MeterKind
from app.http.deps import DEFAULT_LIMIT, Cursor, Db, Limit, MayAdminister, MayRead, NowMs, api_router
from app.http.idempotency import DoneOnce
from app.http.preconditions import IfUnchanged
from app.schemas.inventory.filters import PlantFilter, ResourceFilter
from app.schemas.inventory.meters import Meter, MeterCreate, MeterPage, MeterUpdate, meter_from
from app.schemas.wire.json import ExactJSON
from app.schemas.wire.problems import conflicts
from app.schemas.wire.texts import Code
from app.store.inventory import meter_checks, meters

router = api_router("meters", "/v1/organizations/{organization}/meters")
MeterCode = Annotated[Code, Path(description="The code of the meter.")]


@router.get("")
def list_meters(
    access: MayRead,
    database: Db,
    plant: PlantFilter = (),
    resource: ResourceFilter = (),
    kind: Annotated[tuple[MeterKind, ...], Query(description="Only these kinds; repeat for more.")] = (),
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> MeterPage:
    """List meters in order of code."""
    with database.read() as session:
        page = meters.meter_page(
            session,
            access.organization_id,
            plants=plant,
            resources=resource,
            kinds=kind,
            cursor=cursor,
            limit=limit,
        )
    return MeterPage(items=[meter_from(row) for row in page.items], next=page.next)


@router.post("", status_code=201, response_model=Meter, responses=conflicts("duplicate_code"))
def create_meter(access: MayAdminister, body: MeterCreate, database: Db, now_ms: NowMs, once: DoneOnce) -> ExactJSON:
    """Create a meter."""
    with database.write() as session:
        checked = meter_checks.checked_values(session, access.organization_id, body.values())
        created = meter_from(meters.create_meter(session, access.organization_id, checked, now_ms=now_ms))
        location = f"/v1/organizations/{access.organization}/meters/{created.code}"
        answer = ExactJSON(created, status_code=201, headers={"Location": location})
        once.keep(session, answer)
    return answer


@router.get("/{meter}")
def get_meter(access: MayRead, meter: MeterCode, database: Db) -> Meter:
    """Read a meter."""
    with database.read() as session:
        return _read(session, access, meter)


@router.patch("/{meter}", responses=conflicts("meter_has_readings"))
def update_meter(
    access: MayAdminister, meter: MeterCode, body: MeterUpdate, database: Db, unchanged: IfUnchanged
) -> Meter:
    """Change the fields that are sent; what the readings mean is fixed once there are any."""
    with database.write() as session:
        unchanged.require(session, access.organization_id, lambda: _read(session, access, meter))
        checked = meter_checks.checked_changes(session, access.organization_id, meter, body.values())
        return meter_from(meters.update_meter(session, access.organization_id, meter, checked))


@router.delete("/{meter}", status_code=204, responses=conflicts("meter_has_readings", "still_in_use"))
def delete_meter(access: MayAdminister, meter: MeterCode, database: Db, unchanged: IfUnchanged) -> None:
    """Delete a meter that has no readings and that no other meter refers to."""
    with database.write() as session:
        unchanged.require(session, access.organization_id, lambda: _read(session, access, meter))
        meters.delete_meter(session, access.organization_id, meter)


def _read(session: Session, access: OrganizationAccess, code: str) -> Meter:
    return meter_from(meters.meter_of(session, access.organization_id, code))
