"""Permit limits of an organization: list, create, read, delete."""

from typing import Annotated

from fastapi import Path
from sqlmodel import Session

from app.core.access import OrganizationAccess
from app.core.inventory.inventory import FieldProblem, InvalidFields
from app.http.deps import DEFAULT_LIMIT, Cursor, Db, Limit, MayPrepare, MayRead, NowMs, api_router
from app.http.idempotency import DoneOnce
from app.http.preconditions import IfUnchanged
from app.schemas.metrics.limits import LimitCreate, PermitLimit, PermitLimitPage, limit_from, limit_problems
from app.schemas.wire.json import ExactJSON
from app.schemas.wire.problems import conflicts
from app.schemas.wire.texts import Code
from app.store.reporting import limits

router = api_router("limits", "/v1/organizations/{organization}/limits")
LimitCode = Annotated[Code, Path(description="The code of the limit.")]


@router.get("")
def list_limits(access: MayRead, database: Db, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None) -> PermitLimitPage:
    """List permit limits in order of code."""
    with database.read() as session:
        page = limits.limit_page(session, access.organization_id, cursor=cursor, limit=limit)
        return PermitLimitPage(items=[limit_from(row) for row in page.items], next=page.next)


@router.post("", status_code=201, response_model=PermitLimit, responses=conflicts("duplicate_code"))
def create_limit(access: MayPrepare, body: LimitCreate, database: Db, now_ms: NowMs, once: DoneOnce) -> ExactJSON:
    """Hold a gauge to a limit; values are compared with its reference condition, never converted."""
    with database.write() as session:
        meter = limits.meter_named(session, access.organization_id, body.meter)
        if meter is None:
            raise InvalidFields([FieldProblem("meter", "unknown_meter", f"There is no meter {body.meter!r}")])
        if problems := list(limit_problems(body, meter)):
            raise InvalidFields(problems)
        given = body.model_dump(exclude={"meter", "reference"})
        values = {**given, **body.reference.model_dump(), "meter_id": meter.id}
        created = limit_from(limits.create_limit(session, access.organization_id, values, now_ms=now_ms))
        location = f"/v1/organizations/{access.organization}/limits/{created.code}"
        answer = ExactJSON(created, status_code=201, headers={"Location": location})
        once.keep(session, answer)
    return answer


@router.get("/{limit}")
def get_limit(access: MayRead, limit: LimitCode, database: Db) -> PermitLimit:
    """Read a permit limit."""
    with database.read() as session:
        return _read(session, access, limit)


@router.delete("/{limit}", status_code=204)
def delete_limit(access: MayPrepare, limit: LimitCode, database: Db, unchanged: IfUnchanged) -> None:
    """Delete a permit limit and what was found of it."""
    with database.write() as session:
        unchanged.require(session, access.organization_id, lambda: _read(session, access, limit))
        limits.delete_limit(session, access.organization_id, limit)


def _read(session: Session, access: OrganizationAccess, code: str) -> PermitLimit:
    return limit_from(limits.limit_of(session, access.organization_id, code))
