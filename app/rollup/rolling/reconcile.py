"""Recomputing stored buckets from nothing and saying where they differ: the standing proof that the roller is right."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlmodel import Session

from app.core.calendar.periods import Grain, month_start, next_month_start
from app.core.inventory.meters import MeterSpec
from app.core.readings.buckets import Bucket
from app.rollup.buckets.compute import day_buckets
from app.rollup.buckets.past import in_grain
from app.rollup.buckets.periods import bucket_end, bucket_start, days_between
from app.rollup.rolling.roller import roll
from app.store.directory.directory import DirectoryCache
from app.store.rollups.rolling import span_of
from app.store.rollups.rollups import buckets


@dataclass(frozen=True, slots=True)
class Difference:
    """A stored bucket that is not what its readings say; either side may be missing."""

    grain: Grain
    stored: Bucket | None
    recomputed: Bucket | None


def reconcile(
    session: Session, directories: DirectoryCache, meter_ids: Sequence[int], *, around_day: int | None = None
) -> list[Difference]:
    """Return where these meters' stored buckets differ from their readings, in one writing transaction.

    Waiting marks are worked off first. `around_day` narrows the work to the reporting year that holds it.
    """
    roll(session, directories, meter_ids)
    return [
        difference
        for organization_id, some in directories.by_organization(session, meter_ids).items()
        for spec in directories.specs_of(session, organization_id, some).values()
        for difference in _differences(session, spec, around_day)
    ]


def _differences(session: Session, spec: MeterSpec, around_day: int | None) -> Iterator[Difference]:
    first, end = _stretch(session, spec, around_day)
    if first >= end:
        return
    # A year of weeks begins within a month: months are compared whole, years by their own days.
    whole = month_start(first), next_month_start(end - 1)
    days = day_buckets(session, spec, *whole)
    for grain, (start, stop) in ((Grain.DAY, whole), (Grain.MONTH, whole), (Grain.YEAR, (first, end))):
        stored = buckets(session, spec.organization_id, meter_ids=[spec.id], grain=grain, first_day=start, end_day=stop)
        by_day = {bucket.start_day: bucket for bucket in stored}
        inside = [day for day in days if start <= day.start_day < stop]
        anew = {bucket.start_day: bucket for bucket in in_grain(inside, grain, spec)}
        for day in sorted(by_day.keys() | anew.keys()):
            if by_day.get(day) != anew.get(day):
                yield Difference(grain, by_day.get(day), anew.get(day))


def _stretch(session: Session, spec: MeterSpec, around_day: int | None) -> tuple[int, int]:
    """Return whole reporting periods [first, end) of days: all that the meter's readings touch, or just one."""
    if around_day is not None:
        first = bucket_start(Grain.YEAR, around_day, spec)
        return first, bucket_end(Grain.YEAR, first, spec)
    span = span_of(session, spec)
    if span is None:
        return 0, 0
    first, end = days_between(spec, span[0], span[1] + 1)
    # A period more on either side: a bucket that no reading touches any more is a difference, too.
    start = bucket_start(Grain.YEAR, bucket_start(Grain.YEAR, first, spec) - 1, spec)
    return start, bucket_end(Grain.YEAR, bucket_end(Grain.YEAR, bucket_start(Grain.YEAR, end, spec), spec), spec)
