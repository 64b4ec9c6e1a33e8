"""What is wrong with meters, and parents beside their children."""

from typing import Annotated

from fastapi import Path, Query

from app.core.calendar.periods import ms_from_instant
from app.core.inventory.inventory import FieldProblem, InvalidFields
from app.core.inventory.resources import QUANTITY_KINDS
from app.http.deps import DEFAULT_LIMIT, Cursor, Limit, MayRead, NowMs, Reads, api_router
from app.rollup.buckets.balance import balance
from app.rollup.issues import IssueKind, IssueQuery, issue_page
from app.schemas.inventory.filters import MeterFilter, PlantFilter, ResourceFilter
from app.schemas.readings.metering import IssuePage, MeterBalance, balance_from, issue_from
from app.schemas.wire.instants import Instant
from app.schemas.wire.texts import Code
from app.store.arrivals.entered import entered
from app.store.directory.metered import children_of, metered
from app.store.sql.keyset import decode_cursor, page_of

router = api_router("issues", "/v1/organizations/{organization}")
MeterCode = Annotated[Code, Path(description="The code of the meter.")]


@router.get("/issues")
def get_issues(
    access: MayRead,
    database: Reads,
    now_ms: NowMs,
    kind: Annotated[tuple[IssueKind, ...], Query(description="Only these kinds; repeat for more.")] = (),
    plant: PlantFilter = (),
    meter: MeterFilter = (),
    resource: ResourceFilter = (),
    start: Annotated[Instant | None, Query(description="Issues that end after this instant.")] = None,
    end: Annotated[Instant | None, Query(description="Issues that start before this instant.")] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> IssuePage:
    """List suspect readings, gaps, resets, implausible rises, overlaps and silent meters, each with what mends it."""
    query = IssueQuery(
        start_ms=None if start is None else ms_from_instant(start),
        end_ms=None if end is None else ms_from_instant(end),
        now_ms=now_ms,
        kinds=frozenset(kind or IssueKind),
    )
    after = decode_cursor(cursor, int, int, str, str) if cursor else None
    with entered(database, access.organization_id) as session:
        meters = metered(session, access.organization_id, plants=plant, meters=meter, resources=resource)
        found = issue_page(session, meters, query, after=after, limit=limit + 1)
    page = page_of(found, limit, lambda each: each.position)
    return IssuePage(items=[issue_from(each) for each in page.items], next=page.next)


@router.get("/meters/{meter}/balance")
def get_balance(
    access: MayRead,
    meter: MeterCode,
    database: Reads,
    start: Annotated[Instant, Query(description="Where the comparison begins.")],
    end: Annotated[Instant, Query(description="Where the comparison ends, itself left out.")],
) -> MeterBalance:
    """Compare a parent meter with its children over [start, end), in the parent's unit."""
    start_ms, end_ms = ms_from_instant(start), ms_from_instant(end)
    if end_ms < start_ms + 1_000:
        raise InvalidFields([FieldProblem("end", "invalid_period", "end lies at least a second after start")])
    with entered(database, access.organization_id) as session:
        parent = metered(session, access.organization_id, meters=[meter])[0]
        if parent.spec.kind not in QUANTITY_KINDS:
            raise InvalidFields([FieldProblem("meter", "not_applicable", "a level has no balance")])
        found = balance(session, parent, children_of(session, parent), start_ms=start_ms, end_ms=end_ms)
    return balance_from(found, start=start, end=end)
