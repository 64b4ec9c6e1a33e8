"""Targets of an organization: list, create, read, delete."""

from typing import Annotated, Any

from fastapi import Path
from sqlmodel import Session

from app.accounting.breakdown_service import plant_shares
from app.accounting.metrics import MetricBook, metric_book
from app.core.access import OrganizationAccess
from app.core.inventory import FieldProblem, InvalidFields
from app.deps import DEFAULT_LIMIT, Cursor, Db, Limit, NowMs, Preparing, Reading, api_router
from app.schemas.targets import Target, TargetCreate, TargetPage, stored_share, target_from, target_problems
from app.schemas.texts import Code
from app.schemas.wire import ExactJSON
from app.store import targets
from app.store.metered import metered
from app.store.organizations import organization_of
from app.store.plants import plant_codes, plant_of
from app.store.resources import catalogue_of

router = api_router("targets", "/v1/organizations/{organization}/targets")
TargetCode = Annotated[Code, Path()]


@router.get("")
def list_targets(access: Reading, database: Db, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None) -> TargetPage:
    """List targets in order of code."""
    with database.read() as session:
        page = targets.target_page(session, access.organization_id, cursor=cursor, limit=limit)
        return TargetPage(items=[target_from(row) for row in page.items], next=page.next)


@router.post("", status_code=201, response_model=Target)
def create_target(access: Preparing, body: TargetCreate, database: Db, now_ms: NowMs) -> ExactJSON:
    """Set a target; the plants' shares in its base year are kept with it, so that a change of boundary is seen."""
    with database.write() as session:
        book = metric_book(_resources(session, access.organization_id), catalogue_of(session, access.organization_id))
        problems = list(target_problems(body, book))
        if body.plant is not None and body.plant not in plant_codes(session, access.organization_id):
            problems.append(FieldProblem("plant", "unknown_plant", f"There is no plant {body.plant!r}"))
        if problems:
            raise InvalidFields(problems)
        values = _values(session, access, body, book)
        created = target_from(targets.create_target(session, access.organization_id, values, now_ms=now_ms))
    location = f"/v1/organizations/{access.organization}/targets/{created.code}"
    return ExactJSON(created, status_code=201, headers={"Location": location})


@router.get("/{target}")
def get_target(access: Reading, target: TargetCode, database: Db) -> Target:
    """Read a target."""
    with database.read() as session:
        return target_from(targets.target_of(session, access.organization_id, target))


@router.delete("/{target}", status_code=204)
def delete_target(access: Preparing, target: TargetCode, database: Db) -> None:
    """Delete a target."""
    with database.write() as session:
        targets.delete_target(session, access.organization_id, target)


def _resources(session: Session, organization_id: int) -> set[str]:
    """Return what is metered, and the masses that stacks' concentrations may give."""
    found = {each.resource for each in metered(session, organization_id)}
    return found | {resource.replace(".concentration", ".mass") for resource in found}


def _values(session: Session, access: OrganizationAccess, body: TargetCreate, book: MetricBook) -> dict[str, Any]:
    """Return the columns of a new target, with the boundary of its base year as it is today."""
    organization = organization_of(session, access.organization)
    shares = plant_shares(session, organization, body.base_year, plant=body.plant)
    plant = None if body.plant is None else plant_of(session, access.organization_id, body.plant)
    return {
        **body.model_dump(exclude={"plant"}),
        "name": body.name or body.code,
        "unit": body.unit or book.unit(body.metric),
        "plant_id": None if plant is None else plant.id,
        "base_shares": [stored_share(each) for each in shares if each.share or each.is_part],
    }
