"""Rollups: what meters used, or how they stood, by hour, day, month or reporting year."""

from typing import Annotated

from fastapi import Query

from app.core.calendar.periods import Grain, ms_from_instant
from app.deps import DEFAULT_LIMIT, Cursor, Limit, MayRead, Reads, api_router
from app.rollup.listing import Query as RollupQuery
from app.rollup.listing import rollup_page
from app.schemas.inventory.filters import MeterFilter, PlantFilter, ResourceFilter
from app.schemas.readings.rollups import GRAINS, RollupGrain, RollupPage, rollup_from
from app.schemas.wire.instants import Instant
from app.store.arrivals.entered import entered
from app.store.directory.metered import metered
from app.store.sql.keyset import decode_cursor, page_of

router = api_router("rollups", "/v1/organizations/{organization}/rollups")


@router.get("")
def get_rollups(
    access: MayRead,
    database: Reads,
    grain: Annotated[RollupGrain, Query(description="The size of the buckets, on the plant's calendar.")],
    plant: PlantFilter = (),
    meter: MeterFilter = (),
    resource: ResourceFilter = (),
    start: Annotated[Instant | None, Query(description="Buckets that end after this instant.")] = None,
    end: Annotated[Instant | None, Query(description="Buckets that start before this instant.")] = None,
    as_of: Annotated[Instant | None, Query(description="As was believed at this instant.")] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> RollupPage:
    """List the buckets that readings touch, by meter and start."""
    query = RollupQuery(
        grain=GRAINS[grain],
        start_ms=None if start is None else ms_from_instant(start),
        end_ms=None if end is None else ms_from_instant(end),
        as_of_ms=None if as_of is None else ms_from_instant(as_of),
    )
    after = decode_cursor(cursor, int, int) if cursor else None
    from_readings = query.grain is Grain.HOUR or query.as_of_ms is not None
    with entered(database, access.organization_id) if from_readings else database.read() as session:
        meters = metered(session, access.organization_id, plants=plant, meters=meter, resources=resource)
        found = rollup_page(session, meters, query, after=after, limit=limit + 1)
    page = page_of(found, limit, lambda item: (item.metered.spec.id, item.start_ms))
    return RollupPage(items=[rollup_from(item, grain) for item in page.items], next=page.next)
