"""Readings as they stand: read back a page at a time, or streamed whole."""

from typing import Annotated, Any

from fastapi import Query, Request
from starlette.responses import Response, StreamingResponse

from app.core.calendar.periods import ms_from_instant
from app.core.readings.versions import identities_of
from app.deps import DEFAULT_LIMIT, Cursor, Limit, MayRead, Reads, api_router
from app.ingest.bodies.body_columns import MediaType
from app.schemas.inventory.filters import MeterFilter, PlantFilter, ResourceFilter
from app.schemas.readings.stored_readings import ReadingPage, csv_lines, json_page, ndjson_lines
from app.schemas.wire.instants import Instant
from app.store.arrivals.entered import entered
from app.store.directory.metered import metered
from app.store.readings.readback import ReadbackQuery, read_back, read_back_all
from app.store.sql.keyset import decode_cursor, encode_cursor

router = api_router("readings", "/v1/organizations/{organization}/readings")

_TEXT = {"schema": {"type": "string"}}
_STREAMS: dict[int | str, dict[str, Any]] = {
    200: {"content": {MediaType.CSV.value: _TEXT, MediaType.NDJSON.value: _TEXT}}
}
_LINES = {MediaType.CSV: csv_lines, MediaType.NDJSON: ndjson_lines}


@router.get("", response_model=ReadingPage, responses=_STREAMS)
def get_readings(
    access: MayRead,
    request: Request,
    database: Reads,
    plant: PlantFilter = (),
    meter: MeterFilter = (),
    resource: ResourceFilter = (),
    start: Annotated[Instant | None, Query(description="The first timestamp wanted.")] = None,
    end: Annotated[Instant | None, Query(description="Timestamps before this one.")] = None,
    as_of: Annotated[Instant | None, Query(description="As was believed at this instant.")] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Response:
    """List readings by meter and instant; `Accept: text/csv` or `application/x-ndjson` streams all of them."""
    query = ReadbackQuery(
        start_ms=None if start is None else ms_from_instant(start),
        end_ms=None if end is None else ms_from_instant(end),
        as_of_ms=None if as_of is None else ms_from_instant(as_of),
    )
    with database.read() as session:
        meters = metered(session, access.organization_id, plants=plant, meters=meter, resources=resource)
    codes = {each.spec.id: each.spec.code for each in meters}
    streamed = _streamed(request.headers.get("accept", ""))
    if streamed is not None:
        lines = _LINES[streamed](read_back_all(database, access.organization_id, meters, query), codes)
        return StreamingResponse(lines, media_type=streamed.value)
    after = decode_cursor(cursor, int, int, str) if cursor else None
    with entered(database, access.organization_id) as session:
        found = read_back(session, meters, query, after=after, limit=limit + 1)
    following = encode_cursor(*identities_of(found, [limit - 1])) if len(found) > limit else None
    return Response(json_page(found.take(slice(0, limit)), codes, following), media_type="application/json")


def _streamed(accept: str) -> MediaType | None:
    """Return the stream format an Accept header names first; None for a JSON page."""
    for named in accept.split(","):
        media = named.partition(";")[0].strip().lower()
        if media in (MediaType.CSV, MediaType.NDJSON):
            return MediaType(media)
        if media in ("application/json", "*/*"):
            return None
    return None
