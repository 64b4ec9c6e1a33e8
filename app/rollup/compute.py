"""A meter's buckets made anew from its readings, between any bounds."""

from collections.abc import Sequence

from sqlmodel import Session

from app.core.buckets import Bucket
from app.core.meters import MeterSpec
from app.core.periods import HOUR_MS, LONGEST_SEGMENT_MS, SECOND_MS, day_start_ms
from app.core.resources import MeterKind
from app.rollup.allocate import allocate
from app.rollup.levels import hold_ms, level_buckets
from app.rollup.segments import Reading, segments
from app.store.rolling import counted_readings, neighbour_after, neighbour_before, own_start_readings


def day_buckets(
    session: Session, spec: MeterSpec, first_day: int, end_day: int, *, as_of_ms: int | None = None
) -> list[Bucket]:
    """Return the buckets of the local days [first_day, end_day) that something touches."""
    days = range(first_day, end_day)
    bounds_s = [day_start_ms(spec.zone, day) // SECOND_MS for day in range(first_day, end_day + 1)]
    return buckets_between(session, spec, days, bounds_s, as_of_ms=as_of_ms)


def buckets_between(
    session: Session,
    spec: MeterSpec,
    names: Sequence[int],
    bounds_s: Sequence[int],
    *,
    as_of_ms: int | None = None,
) -> list[Bucket]:
    """Return the buckets, called `names`, between ascending UTC seconds (see `allocate`), as believed then or now."""
    start_ms, end_ms = bounds_s[0] * SECOND_MS, bounds_s[-1] * SECOND_MS
    readings = _readings(session, spec, start_ms, end_ms, as_of_ms)
    if spec.kind in (MeterKind.STOCK, MeterKind.GAUGE):
        return level_buckets(spec, readings, names, bounds_s)
    return allocate(spec.id, segments(spec, readings), names, bounds_s)


def _readings(session: Session, spec: MeterSpec, start_ms: int, end_ms: int, as_of_ms: int | None) -> list[Reading]:
    """Return the counted readings that decide what happens in [start_ms, end_ms)."""
    first, last = start_ms, end_ms - 1
    if spec.kind is MeterKind.INTERVAL:
        return _interval_readings(session, spec, start_ms, end_ms, as_of_ms)
    if spec.kind is MeterKind.GAUGE:
        first, last = start_ms - hold_ms(spec), end_ms + hold_ms(spec)
    elif spec.kind is MeterKind.REGISTER:
        before = neighbour_before(session, spec.id, start_ms, as_of_ms=as_of_ms)
        after = neighbour_after(session, spec.id, end_ms - 1, as_of_ms=as_of_ms)
        first, last = start_ms if before is None else before, end_ms if after is None else after
    return [Reading(*row) for row in counted_readings(session, spec.id, first, last, as_of_ms=as_of_ms)]


def _interval_readings(
    session: Session, spec: MeterSpec, start_ms: int, end_ms: int, as_of_ms: int | None
) -> list[Reading]:
    """Return readings whose regular interval reaches the stretch, and those whose own start does."""
    longest = _longest_ms(spec)
    near = counted_readings(session, spec.id, start_ms - longest, end_ms + longest, as_of_ms=as_of_ms)
    until = end_ms + LONGEST_SEGMENT_MS
    own = own_start_readings(session, spec.id, start_ms, end_ms, until, as_of_ms=as_of_ms)
    return [Reading(*row) for row in sorted({*near, *own}, key=lambda row: row[0])]


def _longest_ms(spec: MeterSpec) -> int:
    if spec.interval is None:
        return 0
    days = spec.interval.days + 31 * spec.interval.months
    return spec.interval.seconds * SECOND_MS + days * 25 * HOUR_MS
