"""Readings as they stand: a page at a time, all of them as a file, and the last one of each meter."""

from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import Annotated

from fastapi import Query
from starlette.responses import Response

from app.core.calendar.periods import ms_from_instant
from app.core.readings.versions import StoredColumns, identities_of
from app.http.as_of import as_of_ms
from app.http.deps import DEFAULT_LIMIT, Cursor, Limit, MayRead, Reads, api_router
from app.schemas.inventory.filters import MeterFilter, PlantFilter, ResourceFilter
from app.schemas.readings.latest_readings import LatestReadingPage, latest_from, latest_rows, latest_table
from app.schemas.readings.reading_tables import reading_pieces
from app.schemas.readings.stored_readings import ReadingPage, csv_lines, json_page, ndjson_lines
from app.schemas.wire.arrow import ROWS_A_GROUP
from app.schemas.wire.formats import FILES, MEDIA_TYPES, Format, WantedFormat, file_of
from app.schemas.wire.instants import Instant
from app.schemas.wire.json import WrittenPage
from app.schemas.wire.number_forms import in_strings
from app.schemas.wire.tables import Row, table_pieces
from app.store.arrivals.entered import entered
from app.store.directory.metered import Metered, metered
from app.store.engine.database import Database
from app.store.readings.latest import latest_readings
from app.store.readings.readback import CHUNK, ReadbackQuery, read_back, read_back_all
from app.store.sql.keyset import decode_cursor, encode_cursor, page_of

router = api_router("readings", "/v1/organizations/{organization}/readings")

_METERS_AT_ONCE = 500
_NEWEST_FIRST = "desc"
"""Ends the cursors of that order, which so are not taken for those of the other."""


class ReadingOrder(StrEnum):
    """The order of readings within each meter: the oldest first, or the newest."""

    ASC = "asc"
    DESC = "desc"


Start = Annotated[Instant | None, Query(description="The first timestamp wanted.")]
End = Annotated[Instant | None, Query(description="Timestamps before this one.")]
AsOf = Annotated[Instant | None, Query(description="As was believed at this instant.")]


@router.get("", response_model=ReadingPage, responses=FILES)
def get_readings(
    access: MayRead,
    database: Reads,
    wanted: WantedFormat,
    plant: PlantFilter = (),
    meter: MeterFilter = (),
    resource: ResourceFilter = (),
    start: Start = None,
    end: End = None,
    as_of: AsOf = None,
    order: Annotated[ReadingOrder, Query(description="Within each meter; `desc` is the newest first.")] = (
        ReadingOrder.ASC
    ),
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Response:
    """List readings by meter and instant, a page as JSON; every other format gives all of them."""
    believed_ms = as_of_ms(database, access.organization_id, as_of)
    query = _query(start, end, believed_ms, newest_first=order is ReadingOrder.DESC)
    with database.read() as session:
        meters = metered(session, access.organization_id, plants=plant, meters=meter, resources=resource)
    if wanted is not Format.JSON:
        rows = CHUNK if wanted in (Format.CSV, Format.NDJSON) else ROWS_A_GROUP
        chunks = read_back_all(database, access.organization_id, meters, query, rows=rows)
        pieces = _pieces(chunks, meters, access.organization, wanted)
        return file_of(pieces, wanted, f"{access.organization}_readings")
    marked = (_NEWEST_FIRST,) if query.newest_first else ()
    after = _position(cursor, marked) if cursor else None
    with entered(database, access.organization_id) as session:
        found = read_back(session, meters, query, after=after, limit=limit + 1)
    following = encode_cursor((*identities_of(found, [limit - 1])[0], *marked)) if len(found) > limit else None
    codes = {each.spec.id: each.spec.code for each in meters}
    page = json_page(found.take(slice(0, limit)), codes, following, in_strings=in_strings())
    return WrittenPage(page, following)


@router.get("/latest", response_model=LatestReadingPage, responses=FILES)
def get_latest_readings(
    access: MayRead,
    database: Reads,
    wanted: WantedFormat,
    plant: PlantFilter = (),
    meter: MeterFilter = (),
    resource: ResourceFilter = (),
    start: Start = None,
    end: End = None,
    as_of: AsOf = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Response | LatestReadingPage:
    """List meters with the last reading of each, a page as JSON; every other format gives all of them."""
    query = _query(start, end, as_of_ms(database, access.organization_id, as_of))
    after = decode_cursor(cursor, int)[0] if cursor else -1
    with database.read() as session:
        meters = metered(session, access.organization_id, plants=plant, meters=meter, resources=resource)
    if wanted is not Format.JSON:
        chunks = _latest_chunks(database, access.organization_id, meters, query)
        pieces = table_pieces(latest_table(access.organization), chunks, wanted)
        return file_of(pieces, wanted, f"{access.organization}_latest-readings")
    behind = [each for each in meters if each.spec.id > after]
    page = page_of(behind[: limit + 1], limit, lambda each: (each.spec.id,))
    with entered(database, access.organization_id) as session:
        found = latest_readings(session, page.items, query)
    return LatestReadingPage(items=list(latest_from(page.items, found)), next=page.next)


def _query(
    start: Instant | None, end: Instant | None, believed_ms: int | None, *, newest_first: bool = False
) -> ReadbackQuery:
    return ReadbackQuery(
        start_ms=None if start is None else ms_from_instant(start),
        end_ms=None if end is None else ms_from_instant(end),
        as_of_ms=believed_ms,
        newest_first=newest_first,
    )


def _position(cursor: str, marked: tuple[str, ...]) -> tuple[int, int, str]:
    """Return the identity behind which a page begins; raises BadCursor for a cursor of the other order."""
    meter, at, reference, *_ = decode_cursor(cursor, int, int, str, *(str for _ in marked))
    return meter, at, reference


def _pieces(
    chunks: Iterator[StoredColumns], meters: Sequence[Metered], organization: str, wanted: Format
) -> Iterator[bytes]:
    codes = {each.spec.id: each.spec.code for each in meters}
    match wanted:
        case Format.CSV:
            return csv_lines(chunks, codes)
        case Format.NDJSON:
            return ndjson_lines(chunks, codes, in_strings=in_strings(MEDIA_TYPES[wanted]))
    return reading_pieces(chunks, meters, organization, wanted)


def _latest_chunks(
    database: Database, organization_id: int, meters: Sequence[Metered], query: ReadbackQuery
) -> Iterator[Sequence[Row]]:
    """Yield the last readings of some meters at a time, each read in a short transaction of its own."""
    for begin in range(0, len(meters), _METERS_AT_ONCE):
        some = meters[begin : begin + _METERS_AT_ONCE]
        with entered(database, organization_id) as session:
            found = latest_readings(session, some, query)
        yield latest_rows(latest_from(some, found))
