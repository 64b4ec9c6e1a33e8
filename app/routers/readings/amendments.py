"""Amending what stands: readings withdrawn, suspect ones accepted; and the revisions that remember."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import Path, Query

from app.core.calendar.periods import instant_from_ms, ms_from_instant
from app.core.inventory.resources import MeterKind
from app.core.readings.columns import NO_REFERENCE, Standing
from app.http.deps import (
    DEFAULT_LIMIT,
    Cursor,
    Db,
    Limit,
    MayAmend,
    MayAmendOrPrepare,
    MayRead,
    NowMs,
    Waking,
    api_router,
)
from app.http.idempotency import DoneOnce
from app.ingest.writing.amend import Amendment, accept_readings, not_there, withdraw_reading
from app.models import id_of
from app.schemas.readings.metering import Acceptance, AcceptanceCreate, RevisionPage, revision_from
from app.schemas.wire.instants import Instant, rfc3339
from app.schemas.wire.json import ExactJSON
from app.schemas.wire.problems import ProblemError, conflicts
from app.schemas.wire.texts import Code, Reference
from app.store.arrivals.entered import entered
from app.store.inventory.meters import meter_id_of, meter_of
from app.store.readings.revisions import revisions_of
from app.store.sql.conflicts import NotThere
from app.store.sql.keyset import decode_cursor, page_of

router = api_router("readings", "/v1/organizations/{organization}")
MeterCode = Annotated[Code, Path(description="The code of the meter.")]
TicketNumber = Annotated[Reference | None, Query(description="The ticket's number, where the reading has one.")]


@router.delete("/readings", status_code=204, responses=conflicts("too_many_revisions"))
def delete_reading(
    access: MayAmend,
    database: Db,
    now_ms: NowMs,
    wake: Waking,
    meter: Annotated[Code, Query(description="The code of the meter.")],
    timestamp: Annotated[Instant, Query(description="The timestamp of the reading.")],
    reason: Annotated[str, Query(min_length=1, max_length=2000, description="Why it is withdrawn; kept.")],
    reference: TicketNumber = None,
) -> None:
    """Withdraw a reading: it counts no more, and is kept as a revision."""
    with database.read() as session:
        meter_id = meter_id_of(session, access.organization_id, meter)
    amendment = Amendment(access.organization_id, access.key_code, reason, now_ms)
    withdraw_reading(
        database, amendment, meter_id=meter_id, at=ms_from_instant(timestamp), reference=reference or NO_REFERENCE
    )
    wake()


@router.post(
    "/meters/{meter}/acceptances", status_code=201, response_model=Acceptance, responses=conflicts("too_many_revisions")
)
def create_acceptance(
    access: MayAmendOrPrepare,
    meter: MeterCode,
    body: AcceptanceCreate,
    database: Db,
    now_ms: NowMs,
    wake: Waking,
    once: DoneOnce,
) -> ExactJSON:
    """Let suspect readings count after all, and what a register has counted up to a reading although it is doubted."""
    with database.read() as session:
        accepted = meter_of(session, access.organization_id, meter).meter
    standings = (Standing.SUSPECT, Standing.COUNTED) if accepted.kind == MeterKind.REGISTER else (Standing.SUSPECT,)
    instants = [ms_from_instant(each) for each in body.timestamps]
    amendment = Amendment(access.organization_id, access.key_code, body.reason, now_ms)
    done = accept_readings(
        database,
        amendment,
        meter_id=id_of(accepted),
        instants=instants,
        reference=body.reference or NO_REFERENCE,
        standings=standings,
    )
    if not done.accepted:
        raise NotThere("None of these timestamps holds a suspect reading of this meter")
    wake()
    errors = [_not_suspect(place, meter, instants[place]) for place in done.refused]
    answer = Acceptance(batch=done.batch, accepted=len(done.accepted), rejected=len(done.refused), errors=errors)
    base = f"/v1/organizations/{access.organization}/meters/{meter}/revisions"
    named = {"timestamp": rfc3339(instant_from_ms(done.accepted[0]))}
    if body.reference is not None:
        named["reference"] = body.reference
    location = f"{base}?{urlencode(named, safe=':')}"
    return once.keep_after(database, ExactJSON(answer, status_code=201, headers={"Location": location}))


@router.get("/meters/{meter}/revisions")
def get_revisions(
    access: MayRead,
    meter: MeterCode,
    database: Db,
    timestamp: Annotated[Instant, Query(description="The timestamp of the reading.")],
    reference: TicketNumber = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> RevisionPage:
    """List every version of one reading, oldest first; the last one is what stands."""
    after = decode_cursor(cursor, int)[0] if cursor else 0
    with entered(database, access.organization_id) as session:
        meter_id = meter_id_of(session, access.organization_id, meter)
        identity = meter_id, ms_from_instant(timestamp), reference or NO_REFERENCE
        found = revisions_of(session, access.organization_id, identity, after=after, limit=limit + 1)
    if not found and cursor is None:
        raise NotThere(not_there(reference or NO_REFERENCE))
    page = page_of(found, limit, lambda each: (each.revision,))
    return RevisionPage(items=[revision_from(each, timestamp, reference) for each in page.items], next=page.next)


def _not_suspect(index: int, meter: str, at: int) -> ProblemError:
    return ProblemError(
        index=index,
        field="timestamps",
        meter=meter,
        timestamp=rfc3339(instant_from_ms(at)),
        code="not_suspect",
        detail="there is no suspect reading at this timestamp",
    )
