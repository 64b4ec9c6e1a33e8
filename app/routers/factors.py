"""Emission factors, shipped and own, and the pins that fix which of them counts."""

from collections.abc import Iterator, Sequence
from typing import Annotated

from fastapi import Path
from sqlmodel import Session

from app import models
from app.accounting import factors as accounting
from app.core.inventory import FieldProblem, InvalidFields
from app.core.resources import matches
from app.deps import DEFAULT_LIMIT, Cursor, Db, Limit, NowMs, Preparing, Reading, api_router
from app.schemas.factors import (
    Factor,
    FactorCreate,
    FactorPage,
    FactorPin,
    FactorPinList,
    factor_from,
    factor_problems,
    pin_from,
)
from app.schemas.texts import Code
from app.schemas.wire import ExactJSON
from app.store import factors, plants
from app.store.conflicts import DuplicateCode, NotThere
from app.store.pages import decode_cursor, page_of

router = api_router("factors", "/v1/organizations/{organization}")
AnyFactor = accounting.Factor | models.OwnFactor


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
    problems = list(factor_problems(body))
    with database.write() as session:
        known = _all(session, access.organization_id)
        if body.supersedes is not None and body.supersedes not in known:
            problems.append(FieldProblem("supersedes", "unknown_factor", f"There is no factor {body.supersedes!r}"))
        if problems:
            raise InvalidFields(problems)
        if body.code in known:
            raise DuplicateCode(f"The factor code {body.code!r} is already taken")
        created = factor_from(factors.create_factor(session, access.organization_id, body.model_dump(), now_ms=now_ms))
    location = f"/v1/organizations/{access.organization}/factors/{created.code}"
    return ExactJSON(created, status_code=201, headers={"Location": location})


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
        if problems := list(_pin_problems(session, access.organization_id, body.items)):
            raise InvalidFields(problems)
        factors.replace_factor_pins(session, access.organization_id, [pin.model_dump() for pin in body.items])
    return body


def _all(session: Session, organization_id: int) -> dict[str, AnyFactor]:
    shipped: dict[str, AnyFactor] = {factor.code: factor for factor in accounting.shipped_factors()}
    return shipped | {factor.code: factor for factor in factors.own_factors(session, organization_id)}


def _pin_problems(session: Session, organization_id: int, pins: Sequence[FactorPin]) -> Iterator[FieldProblem]:
    known = _all(session, organization_id)
    sites = plants.plant_codes(session, organization_id)
    seen: set[tuple[object, ...]] = set()
    for index, pin in enumerate(pins):
        factor = known.get(pin.factor)
        if factor is None:
            yield FieldProblem("factor", "unknown_factor", f"There is no factor {pin.factor!r}", index)
        elif not matches(pin.resource, factor.resource):
            detail = f"The factor {pin.factor!r} is for {factor.resource}, not for {pin.resource}"
            yield FieldProblem("factor", "factor_of_another_resource", detail, index)
        if pin.plant is not None and pin.plant not in sites:
            yield FieldProblem("plant", "unknown_plant", f"There is no plant {pin.plant!r}", index)
        where = (pin.year, pin.resource, pin.method, pin.plant)
        if where in seen:
            yield FieldProblem("resource", "pinned_twice", "An earlier pin of the list is for the same", index)
        seen.add(where)
