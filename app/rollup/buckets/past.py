"""Buckets as they were believed at a past instant, made from the readings of then."""

from collections.abc import Iterable, Sequence
from itertools import groupby

from sqlmodel import Session

from app.core.calendar.periods import Grain
from app.core.inventory.meters import MeterSpec
from app.core.readings.beliefs import Belief
from app.core.readings.buckets import Bucket
from app.rollup.buckets.compute import day_buckets
from app.rollup.buckets.periods import bucket_end, bucket_start
from app.rollup.buckets.sums import summed
from app.store.rollups.rollups import buckets


def buckets_as_of(
    session: Session,
    specs: Iterable[MeterSpec],
    *,
    grain: Grain,
    first_day: int,
    end_day: int,
    belief: Belief,
) -> list[Bucket]:
    """Return the buckets that begin in [first_day, end_day), by meter and day; stored ones when `belief` is None."""
    every = list(specs)
    if belief is None:
        ids = [spec.id for spec in every]
        own = every[0].organization_id if every else 0
        return buckets(session, own, meter_ids=ids, grain=grain, first_day=first_day, end_day=end_day)
    result: list[Bucket] = []
    for spec in sorted(every, key=lambda each: each.id):
        # One that holds the first day and began before it is not asked for.
        first = bucket_start(grain, first_day, spec)
        first = first if first == first_day else bucket_end(grain, first, spec)
        last = bucket_start(grain, end_day - 1, spec)
        if first <= last:
            days = day_buckets(session, spec, first, bucket_end(grain, last, spec), belief=belief)
            result += in_grain(days, grain, spec)
    return result


def in_grain(days: Sequence[Bucket], grain: Grain, spec: MeterSpec) -> list[Bucket]:
    """Return one meter's day buckets, in order, added up into buckets of a grain."""
    if grain is Grain.DAY:
        return list(days)
    groups = groupby(days, key=lambda day: bucket_start(grain, day.start_day, spec))
    return [summed(start, list(parts)) for start, parts in groups]
