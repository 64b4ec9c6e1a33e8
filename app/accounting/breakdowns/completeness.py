"""How complete a year's readings are: coverage, counts, quality and gaps of each meter, month by month."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby, pairwise

from sqlmodel import Session

from app.core.calendar.periods import day_start_ms, month_slots, months_and_days
from app.core.readings.buckets import Bucket
from app.core.units.quantities import EXACT
from app.rollup.buckets.coverage import coverage_share, expected_seconds
from app.rollup.buckets.sums import in_slots, summed
from app.rollup.issues import IssueKind, IssueQuery, issues_of
from app.store.directory.metered import Metered
from app.store.rollups.rollups import buckets


@dataclass(frozen=True, slots=True)
class Completeness:
    """How complete one meter is over the month or year from `first_day`; shares are 0 to 1, null where nothing says.

    expected_s is the seconds in which it was in service; coverage is null where no reading is expected at known times.
    """

    first_day: int
    expected_s: int
    count: int
    coverage: Decimal | None
    measured_share: Decimal | None
    estimated_share: Decimal | None
    manual_share: Decimal | None


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch between a meter's first and last reading that none covers; UTC ms."""

    start_ms: int
    end_ms: int


@dataclass(frozen=True, slots=True)
class MeterCompleteness:
    """A meter's year, its months, the months that should have readings and have none, and its gaps."""

    metered: Metered
    year: Completeness
    months: tuple[Completeness, ...]
    missing_months: tuple[int, ...]
    gaps: tuple[Gap, ...]


def completeness(
    session: Session, meters: Sequence[Metered], *, first_day: int, end_day: int, now_ms: int
) -> list[MeterCompleteness]:
    """Return how complete each meter is on local days [first_day, end_day); nothing is expected of the future."""
    ids = [metered.spec.id for metered in meters]
    own = meters[0].spec.organization_id if meters else 0
    slots = month_slots(first_day, end_day)
    stored = [
        bucket
        for grain, first, end in months_and_days(first_day, end_day)
        for bucket in (buckets(session, own, meter_ids=ids, grain=grain, first_day=first, end_day=end) if ids else ())
    ]
    stored.sort(key=lambda bucket: (bucket.meter_id, bucket.start_day))
    by_month = {
        (meter_id, bucket.start_day): bucket
        for meter_id, found in groupby(stored, key=lambda bucket: bucket.meter_id)
        for bucket in in_slots(slots, list(found))
    }
    return [_of_meter(session, metered, by_month, first_day, end_day, now_ms) for metered in meters]


def _of_meter(
    session: Session,
    metered: Metered,
    by_month: dict[tuple[int, int], Bucket],
    first_day: int,
    end_day: int,
    now_ms: int,
) -> MeterCompleteness:
    spec = metered.spec
    found = []
    for first, end in pairwise([*month_slots(first_day, end_day), end_day]):
        bucket = by_month.get((spec.id, first))
        found.append((bucket, _share(metered, bucket, first, end, now_ms)))
    present = [bucket for bucket, _ in found if bucket is not None]
    whole = _share(metered, summed(first_day, present) if present else None, first_day, end_day, now_ms)
    missing = tuple(month.first_day for _, month in found if not month.count and month.coverage == 0)
    start_ms, end_ms = day_start_ms(spec.zone, first_day), day_start_ms(spec.zone, end_day)
    query = IssueQuery(start_ms, end_ms, now_ms, frozenset({IssueKind.GAP}))
    gaps = tuple(
        Gap(max(issue.start_ms, start_ms), min(issue.end_ms, end_ms)) for issue in issues_of(session, metered, query)
    )
    return MeterCompleteness(metered, whole, tuple(month for _, month in found), missing, gaps)


def _share(metered: Metered, bucket: Bucket | None, first_day: int, end_day: int, now_ms: int) -> Completeness:
    spec = metered.spec
    expected_s = expected_seconds(spec.zone, first_day, end_day, spec.in_service_from, spec.in_service_to)
    ahead_s = max(day_start_ms(spec.zone, end_day) - max(now_ms, day_start_ms(spec.zone, first_day)), 0) // 1_000
    expected_s = max(expected_s - ahead_s, 0)
    coverage = coverage_share(
        kind=spec.kind,
        interval=spec.interval,
        count=bucket.count if bucket else 0,
        covered_s=bucket.covered_s if bucket else 0,
        expected_s=expected_s,
    )
    estimated, manual = (bucket.estimated_share, bucket.manual_share) if bucket else (None, None)
    measured = None
    if estimated is not None and manual is not None:
        measured = EXACT.subtract(EXACT.subtract(Decimal(1), estimated), manual)
    return Completeness(first_day, expected_s, bucket.count if bucket else 0, coverage, measured, estimated, manual)
