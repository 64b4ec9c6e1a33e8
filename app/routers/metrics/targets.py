"""Targets of an organization: list, create, read, delete, and the history of their base years."""

from typing import Annotated, Any

from fastapi import Path
from sqlmodel import Session

from app.accounting.breakdowns.reporting_years import plant_shares
from app.accounting.stated.datapoints import canonical
from app.accounting.targets.target_rules import usual_unit
from app.core.access import OrganizationAccess
from app.core.inventory.inventory import FieldProblem, InvalidFields
from app.disclosure.figures.target_print import measurable
from app.disclosure.history.still import standing_still
from app.disclosure.targets import target_bases
from app.disclosure.targets.target_due import freeze_due
from app.http.deps import DEFAULT_LIMIT, Cursor, Db, Limit, MayPrepare, MayRead, NowMs, api_router
from app.http.idempotency import DoneOnce
from app.http.preconditions import IfUnchanged
from app.models import Organization, id_of
from app.schemas.metrics.targets import (
    Recalculation,
    RecalculationCreate,
    RecalculationPage,
    Target,
    TargetCreate,
    TargetPage,
    recalculation_from,
    recalculation_problems,
    stored_share,
    target_from,
    target_problems,
)
from app.schemas.wire.json import ExactJSON
from app.schemas.wire.problems import conflicts
from app.schemas.wire.texts import Code
from app.store.directory.fiscal_years import calendar_of
from app.store.inventory.organizations import organization_of
from app.store.inventory.plants import plant_codes, plant_of
from app.store.reporting import targets

router = api_router("targets", "/v1/organizations/{organization}/targets")
TargetCode = Annotated[Code, Path(description="The code of the target.")]


@router.get("")
def list_targets(access: MayRead, database: Db, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None) -> TargetPage:
    """List targets in order of code."""
    with database.read() as session:
        page = targets.target_page(session, access.organization_id, cursor=cursor, limit=limit)
        known = targets.target_histories(session, access.organization_id)
    items = [target_from(row, known.get(row.target.code, [])) for row in page.items]
    return TargetPage(items=items, next=page.next)


@router.post("", status_code=201, response_model=Target, responses=conflicts("duplicate_code", "amendment_under_way"))
def create_target(access: MayPrepare, body: TargetCreate, database: Db, once: DoneOnce) -> ExactJSON:
    """Set a target; its base year's value is frozen, as it is believed at this instant with the shares of its plants.

    A base year that is not over, or has no data yet, is frozen later, and the target says so.
    """
    with standing_still(database, access.organization) as still:
        values = _values(still.session, still.organization, body)
        targets.create_target(still.session, access.organization_id, values, now_ms=still.as_of_ms)
        freeze_due(still, key_code=access.key_code, reason="the target was made", codes=[body.code])
        created = _read(still.session, access, body.code)
        location = f"/v1/organizations/{access.organization}/targets/{created.code}"
        answer = ExactJSON(created, status_code=201, headers={"Location": location})
        once.keep(still.session, answer)
    return answer


@router.get("/{target}")
def get_target(access: MayRead, target: TargetCode, database: Db) -> Target:
    """Read a target."""
    with database.read() as session:
        return _read(session, access, target)


@router.delete("/{target}", status_code=204)
def delete_target(access: MayPrepare, target: TargetCode, database: Db, now_ms: NowMs, unchanged: IfUnchanged) -> None:
    """Delete a target; the history of its base is kept, and goes on when a target of this code is made again."""
    with database.write() as session:
        unchanged.require(session, access.organization_id, lambda: _read(session, access, target))
        organization = organization_of(session, access.organization)
        target_bases.delete(session, organization, target, key_code=access.key_code, now_ms=now_ms)


@router.get("/{target}/recalculations")
def list_target_recalculations(
    access: MayRead, target: TargetCode, database: Db, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> RecalculationPage:
    """List when and why the target's base was frozen and recalculated, oldest entry first."""
    with database.read() as session:
        page = targets.target_base_page(session, access.organization_id, target, cursor=cursor, limit=limit)
    return RecalculationPage(items=[recalculation_from(row) for row in page.items], next=page.next)


@router.post(
    "/{target}/recalculations",
    status_code=201,
    response_model=Recalculation,
    responses=conflicts("base_not_recalculated", "amendment_under_way"),
)
def recalculate_target(
    access: MayPrepare, target: TargetCode, body: RecalculationCreate, database: Db, once: DoneOnce
) -> ExactJSON:
    """Freeze the base year's value anew, as the data of today have it, for a reason that is kept."""
    if problems := list(recalculation_problems(body)):
        raise InvalidFields(problems)
    with standing_still(database, access.organization) as still:
        made = target_bases.recalculate(still, target, kind=body.kind, reason=body.reason, key_code=access.key_code)
        location = f"/v1/organizations/{access.organization}/targets/{target}/recalculations"
        answer = ExactJSON(recalculation_from(made), status_code=201, headers={"Location": location})
        once.keep(still.session, answer)
    return answer


def _read(session: Session, access: OrganizationAccess, code: str) -> Target:
    row = targets.target_of(session, access.organization_id, code)
    return target_from(row, targets.target_bases(session, access.organization_id, code))


def _values(session: Session, organization: Organization, body: TargetCreate) -> dict[str, Any]:
    """Return the columns of a new target, with the boundary of its base year as it is today; raises InvalidFields."""
    organization_id = id_of(organization)
    book = measurable(session, organization_id)
    problems = list(target_problems(body, book, currency=organization.currency))
    if body.plant is not None and body.plant not in plant_codes(session, organization_id):
        problems.append(FieldProblem("plant", "unknown_plant", f"There is no plant {body.plant!r}"))
    if not calendar_of(organization).has(body.base_year):
        words = f"There is no reporting year {body.base_year}: GET .../fiscal-years lists those there are"
        problems.append(FieldProblem("base_year", "unknown_period", words))
    if problems:
        raise InvalidFields(problems)
    shares = plant_shares(session, organization, body.base_year, plants=[body.plant] if body.plant else [])
    return {
        **body.model_dump(exclude={"plant"}),
        "name": body.name or body.code,
        "unit": body.unit or usual_unit(body.measure, book, currency=organization.currency),
        "dimensions": canonical(body.dimensions),
        "plant_id": None if body.plant is None else plant_of(session, organization_id, body.plant).id,
        "base_shares": [stored_share(each) for each in shares if each.share or each.is_part],
    }
