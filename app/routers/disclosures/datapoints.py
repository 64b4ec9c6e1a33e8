"""Datapoints: stating figures that no meter gives, reading what stands stated, and withdrawing it."""

from typing import Annotated

from fastapi import Path, Query
from pydantic import Field

from app.accounting.stated.indicators import indicators
from app.accounting.stated.stating import state, withdraw
from app.core.calendar.fiscal_years import period_name
from app.core.calendar.periods import ms_from_instant
from app.http.deps import DEFAULT_LIMIT, Cursor, Db, Limit, MayPrepare, MayRead, MayReadAnywhere, NowMs, api_router
from app.http.idempotency import DoneOnce
from app.schemas.disclosures.datapoints import (
    Datapoint,
    DatapointCreate,
    DatapointHistory,
    DatapointPage,
    IndicatorCode,
    IndicatorPage,
    datapoint_from,
    history_from,
    indicator_from,
    statement_from,
)
from app.schemas.inventory.filters import PlantFilter
from app.schemas.wire.instants import Instant
from app.schemas.wire.json import ExactJSON
from app.schemas.wire.texts import Sentence
from app.store.inventory.organizations import organization_of
from app.store.reporting.datapoints import DatapointFilter, datapoint_page, revisions_of

router = api_router("datapoints", "/v1")
_DATAPOINTS = "/organizations/{organization}/datapoints"
DatapointId = Annotated[str, Path(pattern=r"^[0-9a-f]{20}$", description="The id of the datapoint.")]


@router.get("/indicators")
def list_indicators(_access: MayReadAnywhere) -> IndicatorPage:
    """List everything that can be stated, with units, dimensions and the parts of ratios."""
    return IndicatorPage(items=[indicator_from(each) for each in indicators().indicators.values()], next=None)


@router.get(_DATAPOINTS)
def list_datapoints(
    access: MayRead,
    database: Db,
    indicator: Annotated[tuple[IndicatorCode, ...], Query(description="Only these; repeat for more.")] = (),
    year: Annotated[
        tuple[Annotated[int, Field(ge=1973, le=9000)], ...],
        Query(description="Only these reporting years, their transition periods too; repeat for more."),
    ] = (),
    plant: PlantFilter = (),
    as_of: Annotated[Instant | None, Query(description="As was believed at this instant.")] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> DatapointPage:
    """List what stands stated, by indicator and year, the organization's and its plants'."""
    asked = DatapointFilter(
        indicators=indicator,
        years=[name for each in year for name in (each, period_name(each, transition=True))] or None,
        plants=plant,
        as_of_ms=None if as_of is None else ms_from_instant(as_of),
    )
    with database.read() as session:
        currency = organization_of(session, access.organization).currency
        page = datapoint_page(session, access.organization_id, asked, cursor=cursor, limit=limit)
        items = [
            datapoint_from(row, indicators().named(row.datapoint.indicator), currency=currency) for row in page.items
        ]
    return DatapointPage(items=items, next=page.next)


@router.post(_DATAPOINTS, status_code=201, response_model=Datapoint, responses={200: {"model": Datapoint}})
def post_datapoint(access: MayPrepare, body: DatapointCreate, database: Db, now_ms: NowMs, once: DoneOnce) -> ExactJSON:
    """State a figure: 201 with a new version of it, 200 when it stands stated just so."""
    statement = statement_from(body)
    with database.write() as session:
        organization = organization_of(session, access.organization)
        row, is_new = state(session, organization, statement, key_code=access.key_code, now_ms=now_ms)
        named = indicators().named(row.datapoint.indicator)
        stated = datapoint_from(row, named, currency=organization.currency)
        location = f"/v1/organizations/{access.organization}/datapoints/{stated.id}"
        answer = ExactJSON(stated, status_code=201 if is_new else 200, headers={"Location": location})
        once.keep(session, answer)
    return answer


@router.get(_DATAPOINTS + "/{datapoint}")
def get_datapoint(access: MayRead, datapoint: DatapointId, database: Db) -> DatapointHistory:
    """Read a datapoint with every version it ever had."""
    with database.read() as session:
        currency = organization_of(session, access.organization).currency
        rows = revisions_of(session, access.organization_id, datapoint)
        return history_from(rows, indicators().named(rows[-1].datapoint.indicator), currency=currency)


@router.delete(_DATAPOINTS + "/{datapoint}", status_code=204)
def withdraw_datapoint(
    access: MayPrepare,
    datapoint: DatapointId,
    database: Db,
    now_ms: NowMs,
    reason: Annotated[Sentence, Query(description="Why it is no longer stated.")],
) -> None:
    """Withdraw a datapoint; its versions are kept, and the withdrawal is one more."""
    with database.write() as session:
        organization = organization_of(session, access.organization)
        withdraw(session, organization, datapoint, reason=reason, key_code=access.key_code, now_ms=now_ms)
