"""Exchanges of register instruments: stated, listed, retracted."""

from typing import Annotated

from fastapi import Path, Query

from app.core.calendar.periods import ms_from_instant
from app.core.inventory.inventory import FieldProblem, InvalidFields
from app.core.inventory.resources import MeterKind
from app.core.units.quantities import QuantityOutOfRange, micro_from_decimal
from app.http.deps import DEFAULT_LIMIT, Cursor, Db, Limit, MayAmend, MayRead, NowMs, Waking, api_router
from app.http.idempotency import DoneOnce
from app.ingest.bodies.body_columns import VALUE_LIMIT_WORDS
from app.ingest.problems import RowCode
from app.ingest.writing.amend import Amendment, retract_exchange, state_exchange
from app.models import Exchange as StatedExchange
from app.models import id_of
from app.schemas.readings.metering import Exchange, ExchangeCreate, ExchangePage, exchange_from
from app.schemas.wire.instants import Instant, rfc3339
from app.schemas.wire.json import ExactJSON
from app.schemas.wire.problems import conflicts
from app.schemas.wire.texts import Code
from app.store.directory.directory import directories
from app.store.inventory.exchanges import exchange_page
from app.store.inventory.meters import meter_id_of, meter_of

router = api_router("readings", "/v1/organizations/{organization}/meters/{meter}/exchanges")
MeterCode = Annotated[Code, Path(description="The code of the meter.")]


@router.get("")
def list_exchanges(
    access: MayRead, meter: MeterCode, database: Db, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> ExchangePage:
    """List a register's exchanges in order of instant."""
    with database.read() as session:
        meter_id = meter_id_of(session, access.organization_id, meter)
        page = exchange_page(session, access.organization_id, meter_id, cursor=cursor, limit=limit)
        return ExchangePage(items=[exchange_from(row) for row in page.items], next=page.next)


@router.post("", status_code=201, response_model=Exchange, responses=conflicts("duplicate_code"))
def create_exchange(
    access: MayAmend,
    meter: MeterCode,
    body: ExchangeCreate,
    database: Db,
    now_ms: NowMs,
    wake: Waking,
    once: DoneOnce,
) -> ExactJSON:
    """State that a register's instrument was swapped, so that the total is exact across the swap."""
    with database.read() as session:
        row = meter_of(session, access.organization_id, meter).meter
    if row.kind != MeterKind.REGISTER:
        raise InvalidFields([FieldProblem("meter", "not_applicable", "only a register's instrument is exchanged")])
    if row.register_reset is not None:
        detail = "a counter that returns to zero by the calendar needs no exchange: withdraw readings that are wrong"
        raise InvalidFields([FieldProblem("meter", "not_applicable", detail)])
    if objection := _objection(database, access.organization_id, ms_from_instant(body.at), now_ms):
        raise InvalidFields([FieldProblem("at", RowCode.TIMESTAMP_IMPLAUSIBLE, f"at {objection}")])

    def answer_to(stated: StatedExchange) -> ExactJSON:
        place = f"/v1/organizations/{access.organization}/meters/{meter}/exchanges?at={rfc3339(body.at)}"
        return ExactJSON(exchange_from(stated), status_code=201, headers={"Location": place})

    stated = state_exchange(
        database,
        Amendment(access.organization_id, access.key_code, body.reason, now_ms),
        meter_id=id_of(row),
        at=ms_from_instant(body.at),
        final_value=_micro("final_value", body),
        first_value=_micro("first_value", body),
        keep=lambda session, stated: once.keep(session, answer_to(stated)),
    )
    wake()
    return answer_to(stated)


@router.delete("", status_code=204)
def delete_exchange(
    access: MayAmend,
    meter: MeterCode,
    database: Db,
    now_ms: NowMs,
    wake: Waking,
    at: Annotated[Instant, Query(description="The instant the exchange is stated for.")],
    reason: Annotated[str, Query(min_length=1, max_length=2000, description="Why it is retracted; kept.")],
) -> None:
    """Retract the exchange stated for an instant; it is kept, but stands no more."""
    with database.read() as session:
        meter_id = meter_id_of(session, access.organization_id, meter)
    amendment = Amendment(access.organization_id, access.key_code, reason, now_ms)
    retract_exchange(database, amendment, meter_id=meter_id, at=ms_from_instant(at))
    wake()


def _objection(database: Db, organization_id: int, at_ms: int, now_ms: int) -> str | None:
    with database.read() as session:
        plausible = directories(database).current(session, organization_id).plausible
    return plausible.objection(at_ms, now_ms)


def _micro(field: str, body: ExchangeCreate) -> int:
    try:
        return micro_from_decimal(getattr(body, field))
    except QuantityOutOfRange as error:
        raise InvalidFields([FieldProblem(field, "value_out_of_range", VALUE_LIMIT_WORDS)]) from error
