"""Emission factors, shipped and own, and the pins that fix which of them counts."""

from dataclasses import fields
from typing import Annotated, Any

from fastapi import Path
from sqlmodel import Session

from app.accounting.factor import Factor as AnyFactor
from app.accounting.own_factors import factor_problems, pin_problems
from app.accounting.rows import known_factors
from app.core.inventory import InvalidFields
from app.deps import DEFAULT_LIMIT, Cursor, Db, Limit, NowMs, Preparing, Reading, api_router
from app.models import OwnFactor
from app.schemas.factors import (
    Factor,
    FactorCreate,
    FactorPage,
    FactorPinList,
    factor_from,
    factor_of,
    pin_from,
    pin_of,
)
from app.schemas.texts import Code
from app.schemas.wire import ExactJSON
from app.store import factors, plants
from app.store.conflicts import DuplicateCode, NotThere
from app.store.pages import decode_cursor, page_of
from app.store.resources import catalogue_of

router = api_router("factors", "/v1/organizations/{organization}")


@router.get("/factors")
def list_factors(access: Reading, database: Db, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None) -> FactorPage:
    """List shipped and own factors together, in order of code."""
    after = decode_cursor(cursor, str)[0] if cursor else ""
    with database.read() as session:
        rows = [factor for code, factor in sorted(_all(session, access.organization_id).items()) if code > after]
    page = page_of(rows[: limit + 1], limit, lambda factor: (factor.code,))
    return FactorPage(items=[factor_from(factor) for factor in page.items], next=page.next)


@router.post("/factors", status_code=201, response_model=Factor)
def create_factor(access: Preparing, body: FactorCreate, database: Db, now_ms: NowMs) -> ExactJSON:
    """Add a factor; it is never edited or deleted, a later edition supersedes it."""
    factor = factor_of(body)
    with database.write() as session:
        factors.lock_factors(session, access.organization_id)
        known = _all(session, access.organization_id)
        if factor.code in known:
            raise DuplicateCode(f"The factor code {factor.code!r} is already taken")
        if problems := list(factor_problems(factor, known, catalogue_of(session, access.organization_id))):
            raise InvalidFields(problems)
        factors.create_factor(session, access.organization_id, _columns(factor), now_ms=now_ms)
    location = f"/v1/organizations/{access.organization}/factors/{factor.code}"
    return ExactJSON(factor_from(factor), status_code=201, headers={"Location": location})


@router.get("/factors/{factor}")
def get_factor(access: Reading, factor: Annotated[Code, Path()], database: Db) -> Factor:
    """Read a factor."""
    with database.read() as session:
        found = _all(session, access.organization_id).get(factor)
    if found is None:
        raise NotThere(f"There is no factor {factor!r}")
    return factor_from(found)


@router.get("/factor-pins")
def get_factor_pins(access: Reading, database: Db) -> FactorPinList:
    """Read every pin."""
    with database.read() as session:
        return FactorPinList(items=[pin_from(pin) for pin in factors.factor_pins(session, access.organization_id)])


@router.put("/factor-pins")
def put_factor_pins(access: Preparing, body: FactorPinList, database: Db) -> FactorPinList:
    """Put these pins in the place of all there are."""
    with database.write() as session:
        known, sites = _all(session, access.organization_id), plants.plant_codes(session, access.organization_id)
        if problems := list(pin_problems([pin_of(pin) for pin in body.items], known, sites)):
            raise InvalidFields(problems)
        factors.replace_factor_pins(session, access.organization_id, [pin.model_dump() for pin in body.items])
    return body


def _all(session: Session, organization_id: int) -> dict[str, AnyFactor]:
    return known_factors(factors.own_factors(session, organization_id))


def _columns(factor: AnyFactor) -> dict[str, Any]:
    known = set(OwnFactor.model_fields)
    return {each.name: getattr(factor, each.name) for each in fields(factor) if each.name in known}
