"""One gap of an interval meter is filled with estimates, which are stored as such, with who had it done and why."""

import csv
import io
from collections.abc import AsyncIterator
from dataclasses import replace

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from app.core.access import OrganizationAccess
from app.core.calendar.periods import SECOND_MS, instant_from_ms, ms_from_instant
from app.core.inventory.meters import MeterSpec, TimestampEdge
from app.core.inventory.resources import MeterKind
from app.core.units.quantities import decimal_from_micro, plain
from app.http.deps import Db, Entrance, MayIngest, NowMs, Waking
from app.http.page_route import PageRoute
from app.ingest.bodies.body_columns import MediaType
from app.ingest.writing.gathering import IngestOptions, OnConflict, Post
from app.pages.forms import Form, FormFields
from app.pages.frame.words import gettext as _
from app.pages.mend.issues import issues_address, refused_page
from app.pages.refusal import refusal, refusal_of
from app.rollup.buckets.stretches import gaps_filled
from app.rollup.segments.segment import Segment
from app.schemas.wire.instants import instant_from_rfc3339, rfc3339
from app.store.arrivals.entered import entered
from app.store.directory.metered import metered
from app.store.engine.database import Database

router = APIRouter(include_in_schema=False, route_class=PageRoute, prefix="/organizations/{organization}/issues")


class NothingToEstimate(ValueError):
    """The gap is not estimated; the words say why, and what to do instead."""


@router.post("/gap")
async def fill_gap(
    access: MayIngest, database: Db, door: Entrance, now_ms: NowMs, wake: Waking, form: Form
) -> Response:
    """Store estimates for one gap, in the name of who is signed in and with the reason that was given.

    They are what the rule of `estimates_gaps` puts there; a reading that has come meanwhile is not written over.
    """
    try:
        rows = await run_in_threadpool(_rows, access, database, form)
    except NothingToEstimate as error:
        return await run_in_threadpool(refused_page, access, database, now_ms, refusal(error))
    options = IngestOptions(atomic=True, on_conflict=OnConflict.REJECT, restore=True, reason=form.text("reason"))
    post = Post(access.organization_id, access.key_code, options, now_ms, access.binding)
    outcome = await door.take(_chunks(rows), post, MediaType.CSV, None)
    if outcome.problems:
        first = outcome.problems[0]
        return await run_in_threadpool(refused_page, access, database, now_ms, refusal_of(first.code, first.detail))
    wake()
    return RedirectResponse(issues_address(access, len(rows)), status_code=303)


def _rows(access: OrganizationAccess, database: Database, form: FormFields) -> list[tuple[str, ...]]:
    """Return meter, timestamp, value and quality of each estimate; raises NothingToEstimate."""
    if not form.text("reason"):
        raise NothingToEstimate(_("Say why the gap is estimated: the reason is kept with every estimate"))
    try:
        start, end = (ms_from_instant(instant_from_rfc3339(form.text(name))) for name in ("from", "until"))
    except ValueError as error:
        raise NothingToEstimate(_("There is no such gap any more")) from error
    with entered(database, access.organization_id) as session:
        found = metered(session, access.organization_id, meters=(form.text("meter"),))
        if not found or found[0].spec.kind is not MeterKind.INTERVAL:
            raise NothingToEstimate(_("There is no such gap any more"))
        spec = found[0].spec
        segments = gaps_filled(session, replace(spec, estimates_gaps=True), start_ms=start, end_ms=end)
    if not segments:
        words = _("The readings of four weeks before do not tell what to put here: send readings, or type the month")
        raise NothingToEstimate(words)
    return [_row(spec, each) for each in segments]


def _row(spec: MeterSpec, segment: Segment) -> tuple[str, ...]:
    """Return an estimate as a reading of the meter."""
    start_ms, end_ms = segment.start_s * SECOND_MS, segment.end_s * SECOND_MS
    at_ms = end_ms if spec.edge is TimestampEdge.INTERVAL_END else start_ms
    value = plain(decimal_from_micro(segment.quantity or 0))
    return spec.code, rfc3339(instant_from_ms(at_ms)), value, "estimated"


async def _chunks(rows: list[tuple[str, ...]]) -> AsyncIterator[bytes]:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["meter", "timestamp", "value", "quality"])
    writer.writerows(rows)
    yield text.getvalue().encode()
