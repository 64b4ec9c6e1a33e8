"""Where the buckets of a grain begin and end on a meter's calendar."""

from collections.abc import Iterator
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np

from app.core.calendar.periods import (
    SECOND_MS,
    Grain,
    day_start_ms,
    local_day,
    month_start,
    next_month_start,
)
from app.core.inventory.meters import MeterSpec
from app.core.readings.columns import Int64Column


def bucket_start(grain: Grain, day: int, spec: MeterSpec) -> int:
    """Return the first day of the bucket that holds `day`."""
    if grain is Grain.MONTH:
        return month_start(day)
    if grain is Grain.YEAR:
        return spec.calendar.period_of(day).first_day
    return day


def bucket_end(grain: Grain, start_day: int, spec: MeterSpec) -> int:
    """Return the day after the last of the bucket that begins on `start_day`."""
    if grain is Grain.MONTH:
        return next_month_start(start_day)
    if grain is Grain.YEAR:
        return spec.calendar.period_of(start_day).end_day
    return start_day + 1


def bucket_days(grain: Grain, first_day: int, end_day: int, spec: MeterSpec) -> Iterator[tuple[int, int]]:
    """Yield [first, end) days of each bucket of the grain that holds a day of [first_day, end_day)."""
    start = bucket_start(grain, first_day, spec)
    while start < end_day:
        end = bucket_end(grain, start, spec)
        yield start, end
        start = end


def days_between(spec: MeterSpec, start_ms: int, end_ms: int) -> tuple[int, int]:
    """Return [first, end) local days that hold an instant of [start_ms, end_ms)."""
    return local_day(spec.zone, start_ms), local_day(spec.zone, end_ms - 1) + 1


def span_ms(spec: MeterSpec, first_day: int, end_day: int) -> tuple[int, int]:
    """Return [start, end) in UTC ms of local days [first_day, end_day)."""
    return day_start_ms(spec.zone, first_day), day_start_ms(spec.zone, end_day)


@lru_cache(maxsize=64)
def day_bounds_s(zone: ZoneInfo, first_day: int, end_day: int) -> tuple[Int64Column, Int64Column]:
    """Return local days [first, end), and the UTC seconds where they begin and where the last one ends."""
    bounds = [day_start_ms(zone, day) // SECOND_MS for day in range(first_day, end_day + 1)]
    return np.arange(first_day, end_day, dtype=np.int64), np.array(bounds, dtype=np.int64)
