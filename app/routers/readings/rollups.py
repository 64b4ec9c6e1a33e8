"""Rollups: what meters used, or how they stood, by hour, day, month or reporting year."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Annotated

from fastapi import Query
from sqlmodel import Session
from starlette.responses import Response

from app.core.calendar.periods import Grain, ms_from_instant
from app.http.as_of import as_of_ms
from app.http.conditional import from_data
from app.http.deps import DEFAULT_LIMIT, Cursor, Limit, MayRead, Reads, api_router
from app.rollup.listing import MeterBucket, rollup_page
from app.rollup.listing import Query as RollupQuery
from app.schemas.inventory.filters import MeterFilter, PlantFilter, ResourceFilter
from app.schemas.readings.rollup_tables import rollup_rows, rollup_table
from app.schemas.readings.rollups import GRAINS, RollupGrain, RollupPage, rollup_from
from app.schemas.wire.formats import FILES, Format, WantedFormat, file_of
from app.schemas.wire.instants import Instant
from app.schemas.wire.tables import Row, table_pieces
from app.store.arrivals.entered import entered
from app.store.directory.metered import Metered, metered
from app.store.engine.database import Database
from app.store.sql.keyset import decode_cursor, page_of

router = api_router("rollups", "/v1/organizations/{organization}/rollups")

_ROWS_AT_ONCE = 2_000
"""Rows of a file that are read and written together."""


@router.get("", response_model=RollupPage, responses=FILES)
@from_data
def get_rollups(
    access: MayRead,
    database: Reads,
    wanted: WantedFormat,
    grain: Annotated[RollupGrain, Query(description="The size of the buckets, on the plant's calendar.")],
    plant: PlantFilter = (),
    meter: MeterFilter = (),
    resource: ResourceFilter = (),
    start: Annotated[Instant | None, Query(description="Buckets that end after this instant.")] = None,
    end: Annotated[Instant | None, Query(description="Buckets that start before this instant.")] = None,
    as_of: Annotated[Instant | None, Query(description="As was believed at this instant.")] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Response | RollupPage:
    """List the buckets that readings touch, by meter and start, a page as JSON; other formats give all of them."""
    query = RollupQuery(
        grain=GRAINS[grain],
        start_ms=None if start is None else ms_from_instant(start),
        end_ms=None if end is None else ms_from_instant(end),
        as_of_ms=as_of_ms(database, access.organization_id, as_of),
    )
    chosen = {"plants": plant, "meters": meter, "resources": resource}
    if wanted is not Format.JSON:
        with database.read() as session:
            meters = metered(session, access.organization_id, **chosen)
        kind = rollup_table(access.organization, grain, meters, wanted)
        pieces = table_pieces(kind, _chunks(database, access.organization_id, meters, query, grain), wanted)
        return file_of(pieces, wanted, f"{access.organization}_{grain}-rollups")
    after = decode_cursor(cursor, int, int) if cursor else None
    with _reading(database, access.organization_id, query) as session:
        meters = metered(session, access.organization_id, **chosen)
        found = rollup_page(session, meters, query, after=after, limit=limit + 1)
    page = page_of(found, limit, _position)
    return RollupPage(items=[rollup_from(item, grain) for item in page.items], next=page.next)


def _reading(database: Database, organization_id: int, query: RollupQuery) -> AbstractContextManager[Session]:
    """Return a session in which the buckets are read: of hours and past beliefs from the readings themselves."""
    from_readings = query.grain is Grain.HOUR or query.as_of_ms is not None
    return entered(database, organization_id) if from_readings else database.read()


def _position(found: MeterBucket) -> tuple[int, int]:
    return found.metered.spec.id, found.start_ms


def _chunks(
    database: Database, organization_id: int, meters: Sequence[Metered], query: RollupQuery, grain: RollupGrain
) -> Iterator[Sequence[Row]]:
    """Yield all buckets some at a time, each read in a short transaction of its own."""
    after = None
    while True:
        with _reading(database, organization_id, query) as session:
            found = rollup_page(session, meters, query, after=after, limit=_ROWS_AT_ONCE)
        yield rollup_rows(rollup_from(item, grain) for item in found)
        if len(found) < _ROWS_AT_ONCE:
            return
        after = _position(found[-1])
