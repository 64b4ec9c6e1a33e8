"""A meter's days, the readings of a stretch of days, and every version of a reading with who brought it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date
from decimal import localcontext
from typing import Annotated, TypeAlias
from urllib.parse import urlencode

from fastapi import APIRouter, Path, Query
from sqlmodel import Session
from starlette.responses import Response

from app.accounting.years.believed import Believed
from app.core.calendar.periods import Grain, date_of, day_of, day_start_ms, instant_from_ms, ms_from_instant
from app.core.inventory.inventory import FieldProblem, InvalidFields
from app.core.inventory.meters import MeterSpec, TimestampEdge
from app.core.inventory.resources import MeterKind
from app.core.readings.batches import batch_code, stored_at_ms
from app.core.readings.buckets import Bucket, RollupFlag
from app.core.readings.columns import COUNTS_BELOW, NO_REFERENCE, NO_START, stated_quality
from app.core.readings.versions import StoredColumns
from app.core.units.quantities import EXACT, decimal_from_micro, plain
from app.disclosure.figures.typesetting import typeset_unit, unrounded
from app.http.as_of import as_of_ms
from app.http.deps import MayRead, Reads
from app.http.page_route import PageRoute
from app.pages.data_in.evidence import evidence_lines
from app.pages.rendering import html
from app.routers.disclosures.disclosures import AsOf
from app.schemas.wire.instants import Instant
from app.schemas.wire.texts import Code
from app.store.arrivals.entered import entered
from app.store.directory.metered import Metered, metered
from app.store.operations.evidence import evidence_about
from app.store.readings.readback import ReadbackQuery, read_back
from app.store.readings.revisions import Revision, revisions_of

_PREFIX = "/organizations/{organization}/meters/{meter}"
router = APIRouter(include_in_schema=False, route_class=PageRoute, prefix=_PREFIX)

_MOST_DAYS = 1_100
_MOST_READINGS = 1_500
"""A day of every minute, with its neighbours."""

MeterCode: TypeAlias = Annotated[Code, Path()]
FirstDay: TypeAlias = Annotated[date, Query(alias="from")]
EndDay: TypeAlias = Annotated[date, Query(alias="to")]


@dataclass(frozen=True, slots=True)
class DayLine:
    """A local day of a meter: its quantity in the meter's unit, None where there is none, and what happened in it."""

    day: str
    following: str
    quantity: str | None
    readings: int
    flags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReadingLine:
    """A reading as it was sent: its stamp in the plant's time, and the batch that brought it."""

    at: str
    local: str
    start: str | None
    value: str
    quality: str
    revision: int
    batch: str
    stored: str
    reference: str


@dataclass(frozen=True, slots=True)
class VersionLine:
    """A version of a reading: what it said, who said so and why, and what took its place."""

    revision: int
    value: str
    quality: str
    standing: str
    batch: str
    stored: str
    by: str | None
    reason: str | None
    superseded: str | None


@router.get("")
def days_page(
    access: MayRead, meter: MeterCode, database: Reads, first: FirstDay, end: EndDay, as_of: AsOf = None
) -> Response:
    """Show a meter's local days [from, to) with their sum, as believed now or at an instant."""
    first_day, end_day = _days(first, end)
    believed_ms = as_of_ms(database, access.organization_id, as_of)
    with entered(database, access.organization_id) as session:
        found = metered(session, access.organization_id, meters=[meter])[0]
        believed = Believed(session, access.organization_id, believed_ms)
        days = believed.buckets([found.spec.id], Grain.DAY, first_day, end_day).get(found.spec.id, [])
    return html(
        "understand/days.html",
        organization=access.organization,
        meter=found,
        unit=typeset_unit(found.unit),
        first=first,
        last=date_of(end_day - 1),
        lines=[_day(each, found) for each in days],
        total=_quantity(days, found),
        multiplier=plain(found.multiplier),
        kept=urlencode(_kept(as_of)),
        until=as_of,
    )


@router.get("/readings")
def readings_page(
    access: MayRead, meter: MeterCode, database: Reads, first: FirstDay, end: EndDay, as_of: AsOf = None
) -> Response:
    """Show the readings that the local days [from, to) are made of, as believed now or at an instant."""
    first_day, end_day = _days(first, end)
    believed_ms = as_of_ms(database, access.organization_id, as_of)
    with entered(database, access.organization_id) as session:
        found = metered(session, access.organization_id, meters=[meter])[0]
        start_ms, end_ms = _stamps(found.spec, first_day, end_day)
        within = ReadbackQuery(start_ms, end_ms, believed_ms)
        rows = read_back(session, [found], within, after=None, limit=_MOST_READINGS + 1)
        before, behind = _neighbours(session, found, within)
        month, last_month = (f"{date_of(day):%Y-%m}" for day in (first_day, end_day - 1))
        batches = set(rows.batch.tolist())
        proofs = evidence_about(session, access.organization_id, [found.spec.id], month, last_month, batches)
        evidence = evidence_lines(session, access.organization_id, proofs)
    more = len(rows) > _MOST_READINGS
    rows = rows.take(slice(0, _MOST_READINGS))
    return html(
        "understand/readings.html",
        organization=access.organization,
        meter=found,
        unit=typeset_unit(found.unit),
        first=first,
        last=date_of(end_day - 1),
        before=list(_readings(before, found.spec)),
        lines=list(_readings(rows, found.spec)),
        evidence=evidence,
        behind=[] if more else list(_readings(behind, found.spec)),
        total=None if more else _sum_of_readings(rows, found.spec),
        more=more,
        kept=urlencode(_kept(as_of)),
        until=as_of,
    )


@router.get("/versions")
def versions_page(
    access: MayRead, meter: MeterCode, database: Reads, at: Annotated[Instant, Query()], reference: str = NO_REFERENCE
) -> Response:
    """Show every version of the reading stamped `at`, oldest first, with the batch and the sender of each."""
    at_ms = ms_from_instant(at)
    with entered(database, access.organization_id) as session:
        found = metered(session, access.organization_id, meters=[meter])[0]
        versions = revisions_of(
            session, access.organization_id, (found.spec.id, at_ms, reference), after=0, limit=_MOST_READINGS
        )
    return html(
        "understand/versions.html",
        organization=access.organization,
        meter=found,
        unit=typeset_unit(found.unit),
        at=_local(at_ms, found.spec),
        lines=[_version(each) for each in versions],
    )


def _days(first: date, end: date) -> tuple[int, int]:
    if not 0 < (end - first).days <= _MOST_DAYS:
        raise InvalidFields([FieldProblem("to", "invalid_period", f"to lies 1 to {_MOST_DAYS} days after from")])
    return day_of(first), day_of(end)


def _stamps(spec: MeterSpec, first_day: int, end_day: int) -> tuple[int, int]:
    """Return the stamps [start, end) in UTC ms that speak of these local days.

    A stamp at an interval's end belongs to what lies before it: midnight to the day that ends then.
    """
    later = 1 if spec.kind is MeterKind.INTERVAL and spec.edge is TimestampEdge.INTERVAL_END else 0
    return day_start_ms(spec.zone, first_day) + later, day_start_ms(spec.zone, end_day) + later


def _neighbours(session: Session, meter: Metered, within: ReadbackQuery) -> tuple[StoredColumns, StoredColumns]:
    """Return the last reading before and the first one behind, on which days rest that have no reading of their own.

    A counter read on 1 January and 1 April, 90 units on, has one unit on each day between.
    """
    before = ReadbackQuery(None, within.start_ms, within.as_of_ms, newest_first=True)
    behind = ReadbackQuery(within.end_ms, None, within.as_of_ms)
    return (
        read_back(session, [meter], before, after=None, limit=1),
        read_back(session, [meter], behind, after=None, limit=1),
    )


def _day(bucket: Bucket, meter: Metered) -> DayLine:
    return DayLine(
        day=date_of(bucket.start_day).isoformat(),
        following=date_of(bucket.start_day + 1).isoformat(),
        quantity=_quantity([bucket], meter),
        readings=bucket.count,
        flags=tuple(str(flag.name).lower().replace("_", " ") for flag in RollupFlag if bucket.flags & flag),
    )


def _quantity(days: Sequence[Bucket], meter: Metered) -> str | None:
    """Return the sum of days in the meter's unit, its multiplier applied; None where one of them has none."""
    if not days or any(each.quantity is None for each in days):
        return None
    with localcontext(EXACT):
        return unrounded(decimal_from_micro(sum(each.quantity or 0 for each in days)) * meter.multiplier)


def _readings(rows: StoredColumns, spec: MeterSpec) -> Iterator[ReadingLine]:
    for index in range(len(rows)):
        at, start, batch = (int(each[index]) for each in (rows.at, rows.start, rows.batch))
        yield ReadingLine(
            at=instant_from_ms(at).isoformat(),
            local=_local(at, spec),
            start=None if start == NO_START else _local(start, spec),
            value=plain(decimal_from_micro(int(rows.value[index]))),
            quality=stated_quality(int(rows.quality[index])),
            revision=int(rows.revision[index]),
            batch=batch_code(batch),
            stored=_utc(stored_at_ms(batch)),
            reference=NO_REFERENCE if rows.reference is None else str(rows.reference[index]),
        )


def _sum_of_readings(rows: StoredColumns, spec: MeterSpec) -> str | None:
    """Return what readings of quantities add up to, before the multiplier, suspects left out; None for any other."""
    values = rows.value[rows.quality < COUNTS_BELOW].tolist()
    if not values or spec.kind not in (MeterKind.INTERVAL, MeterKind.EVENT):
        return None
    return plain(decimal_from_micro(sum(values)))


def _version(found: Revision) -> VersionLine:
    return VersionLine(
        revision=found.revision,
        value=plain(decimal_from_micro(found.value)),
        quality=stated_quality(found.quality),
        standing=found.standing.name.lower(),
        batch=batch_code(found.batch_id),
        stored=_utc(stored_at_ms(found.batch_id)),
        by=found.name or found.key_code,
        reason=found.reason,
        superseded=None if found.superseded_by is None else _utc(stored_at_ms(found.superseded_by)),
    )


def _local(at_ms: int, spec: MeterSpec) -> str:
    return instant_from_ms(at_ms).astimezone(spec.zone).strftime("%Y-%m-%d %H:%M:%S %z")


def _utc(at_ms: int) -> str:
    return instant_from_ms(at_ms).astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def _kept(as_of: Instant | None) -> list[tuple[str, str]]:
    return [] if as_of is None else [("as_of", as_of.isoformat())]
