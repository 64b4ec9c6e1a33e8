"""Emission factors, shipped and own, and the pins that fix which of them counts."""

from functools import partial
from typing import Annotated, TypeAlias

from fastapi import Path, Query
from sqlmodel import Session

from app.accounting.selection.factor_import import SentFactor
from app.accounting.selection.own_factors import pin_problems
from app.core.access import OrganizationAccess
from app.core.inventory.inventory import InvalidFields
from app.disclosure.live.factor_imports import add_factor, known_of, preview_import, store_import
from app.http.deps import DEFAULT_LIMIT, Cursor, Db, Limit, MayPrepare, MayRead, NowMs, api_router
from app.http.idempotency import DoneOnce
from app.http.preconditions import IfUnchanged
from app.routers.factors.factor_bodies import FACTOR_BODY, FACTOR_FILE, Sent, SentFile, factors_sent
from app.schemas.factors.factor_imports import FactorImport, factor_import_from
from app.schemas.factors.factors import Factor, FactorPage, FactorPinList, factor_from, factor_of, pin_from, pin_of
from app.schemas.wire.json import ExactJSON
from app.schemas.wire.problems import Responses, conflicts
from app.schemas.wire.texts import Code
from app.store.engine.database import Database
from app.store.inventory import plants
from app.store.reporting import factors
from app.store.sql.conflicts import NotThere
from app.store.sql.keyset import decode_cursor, page_of

router = api_router("factors", "/v1/organizations/{organization}")
DryRun: TypeAlias = Annotated[bool, Query(description="Say what would become of the factors and store nothing.")]
_MANY: Responses = {200: {"model": FactorImport, "description": "Many factors, or a dry run"}}


@router.get("/factors")
def list_factors(access: MayRead, database: Db, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None) -> FactorPage:
    """List shipped and own factors together, in order of code."""
    after = decode_cursor(cursor, str)[0] if cursor else ""
    with database.read() as session:
        rows = [factor for code, factor in sorted(known_of(session, access.organization_id).items()) if code > after]
    page = page_of(rows[: limit + 1], limit, lambda factor: (factor.code,))
    return FactorPage(items=[factor_from(factor) for factor in page.items], next=page.next)


@router.post(
    "/factors",
    status_code=201,
    response_model=Factor,
    responses=_MANY | conflicts("duplicate_code"),
    openapi_extra=FACTOR_BODY,
)
def create_factor(
    access: MayPrepare,
    body: Sent,
    database: Db,
    now_ms: NowMs,
    once: DoneOnce,
    dry_run: DryRun = False,
) -> ExactJSON:
    """Add a factor, or many together (`items`) or none; never edited or deleted, an edition supersedes it.

    Of many the answer tells which are added, which say nothing new, what they supersede and which figures they move.
    """
    sent = factors_sent(body)
    if isinstance(sent, list) or dry_run:
        rows = sent if isinstance(sent, list) else [SentFactor(0, sent.code, factor_of(sent))]
        done = ExactJSON(_imported(database, access.organization, rows, dry_run=dry_run, now_ms=now_ms))
        return done if dry_run else once.keep_after(database, done)
    factor = factor_of(sent)
    location = f"/v1/organizations/{access.organization}/factors/{factor.code}"
    answer = ExactJSON(factor_from(factor), status_code=201, headers={"Location": location})
    add_factor(database, access.organization_id, factor, now_ms=now_ms, keep=partial(once.keep, answer=answer))
    return answer


@router.post("/factors/files", responses=conflicts("duplicate_code"), openapi_extra=FACTOR_FILE)
def upload_factors(
    access: MayPrepare, body: SentFile, database: Db, now_ms: NowMs, dry_run: DryRun = False
) -> FactorImport:
    """Add the factors of a CSV file, all or none; the header names fields of a factor, and attributes by `attributes.`.

    The answer tells which are added, which say nothing new, what they supersede and which figures they move.
    """
    rows = factors_sent(body)
    assert isinstance(rows, list)  # noqa: S101 - CSV is always many
    return _imported(database, access.organization, rows, dry_run=dry_run, now_ms=now_ms)


def _imported(
    database: Database, organization: str, rows: list[SentFactor], *, dry_run: bool, now_ms: int
) -> FactorImport:
    found = preview_import(database, organization, rows)
    if not dry_run:
        store_import(database, organization, rows, now_ms=now_ms)
    return factor_import_from(found, dry_run=dry_run)


@router.get("/factors/{factor}")
def get_factor(
    access: MayRead, factor: Annotated[Code, Path(description="The code of the factor.")], database: Db
) -> Factor:
    """Read a factor."""
    with database.read() as session:
        found = known_of(session, access.organization_id).get(factor)
    if found is None:
        raise NotThere(f"There is no factor {factor!r}")
    return factor_from(found)


@router.get("/factor-pins")
def get_factor_pins(access: MayRead, database: Db) -> FactorPinList:
    """Read every pin."""
    with database.read() as session:
        return _pins(session, access)


@router.put("/factor-pins")
def put_factor_pins(access: MayPrepare, body: FactorPinList, database: Db, unchanged: IfUnchanged) -> FactorPinList:
    """Put these pins in the place of all there are."""
    with database.write() as session:
        unchanged.require(session, access.organization_id, lambda: _pins(session, access))
        known, sites = known_of(session, access.organization_id), plants.plant_codes(session, access.organization_id)
        if problems := list(pin_problems([pin_of(pin) for pin in body.items], known, sites)):
            raise InvalidFields(problems)
        factors.replace_factor_pins(session, access.organization_id, [pin.model_dump() for pin in body.items])
        return _pins(session, access)


def _pins(session: Session, access: OrganizationAccess) -> FactorPinList:
    return FactorPinList(items=[pin_from(pin) for pin in factors.factor_pins(session, access.organization_id)])
