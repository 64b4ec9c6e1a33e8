"""Certificates and contracts: what market-based Scope 2 and the origin of energy rest on first."""

from typing import Annotated

from fastapi import Path

from app.accounting.ledger.rows import places_of
from app.core.inventory.inventory import InvalidFields
from app.http.deps import DEFAULT_LIMIT, Cursor, Db, Limit, MayPrepare, MayRead, NowMs, api_router
from app.http.idempotency import DoneOnce
from app.schemas.factors.instruments import (
    Instrument,
    InstrumentCreate,
    InstrumentPage,
    InstrumentWithdrawalCreate,
    columns_of,
    instrument_from,
    problems_of,
)
from app.schemas.wire.json import ExactJSON
from app.schemas.wire.problems import conflicts
from app.schemas.wire.texts import Code
from app.store.directory.counted_meters import plants_of
from app.store.reporting import instruments

router = api_router("factors", "/v1/organizations/{organization}/instruments")


@router.get("")
def list_instruments(
    access: MayRead, database: Db, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> InstrumentPage:
    """List instruments in order of code."""
    with database.read() as session:
        page = instruments.instrument_page(session, access.organization_id, cursor=cursor, limit=limit)
        return InstrumentPage(items=[instrument_from(row) for row in page.items], next=page.next)


@router.post("", status_code=201, response_model=Instrument, responses=conflicts("duplicate_code", "certificate_used"))
def create_instrument(
    access: MayPrepare, body: InstrumentCreate, database: Db, now_ms: NowMs, once: DoneOnce
) -> ExactJSON:
    """Enter an instrument; a certificate can be entered once only, and nothing of it is edited, but withdrawn."""
    with database.write() as session:
        if problems := list(problems_of(body, places_of(plants_of(session, access.organization_id)))):
            raise InvalidFields(problems)
        row = instruments.create_instrument(session, access.organization_id, columns_of(body), now_ms=now_ms)
        created = instrument_from(row)
        location = f"/v1/organizations/{access.organization}/instruments/{created.code}"
        answer = ExactJSON(created, status_code=201, headers={"Location": location})
        once.keep(session, answer)
    return answer


@router.get("/{instrument}")
def get_instrument(
    access: MayRead,
    instrument: Annotated[Code, Path(description="The code of the certificate or contract.")],
    database: Db,
) -> Instrument:
    """Read an instrument."""
    with database.read() as session:
        return instrument_from(instruments.instrument_of(session, access.organization_id, instrument))


@router.post(
    "/{instrument}/withdrawal", status_code=201, response_model=Instrument, responses=conflicts("already_withdrawn")
)
def create_instrument_withdrawal(
    access: MayPrepare,
    instrument: Annotated[Code, Path(description="The code of the certificate or contract.")],
    body: InstrumentWithdrawalCreate,
    database: Db,
    now_ms: NowMs,
    once: DoneOnce,
) -> ExactJSON:
    """Withdraw an instrument that was entered in error: it covers nothing from now on, and is kept with the reason."""
    with database.write() as session:
        row = instruments.withdraw_instrument(
            session, access.organization_id, instrument, reason=body.reason, key=access.key_code, now_ms=now_ms
        )
        withdrawn = instrument_from(row)
        location = f"/v1/organizations/{access.organization}/instruments/{withdrawn.code}"
        answer = ExactJSON(withdrawn, status_code=201, headers={"Location": location})
        once.keep(session, answer)
    return answer
