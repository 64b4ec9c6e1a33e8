"""A meter's buckets made anew from its readings, between any bounds."""

from collections.abc import Sequence

from sqlmodel import Session

from app.core.calendar.periods import LONGEST_SEGMENT_MS, SECOND_MS, day_start_ms
from app.core.inventory.exchanges import Exchange
from app.core.inventory.meters import MeterSpec
from app.core.inventory.resources import MeterKind
from app.core.readings.beliefs import Belief
from app.core.readings.buckets import Bucket
from app.rollup.buckets.allocate import allocate
from app.rollup.buckets.allocate_columns import TooLarge
from app.rollup.buckets.interval_days import interval_buckets
from app.rollup.segments.gaps import Gap, estimates, gaps_within, weeks_before
from app.rollup.segments.levels import hold_ms, level_buckets, stands
from app.rollup.segments.registers import REACH
from app.rollup.segments.segment import Reading, Segment
from app.rollup.segments.segment_columns import in_columns
from app.rollup.segments.segments import segments
from app.store.inventory.exchanges import exchanges_of
from app.store.rollups.rolling import (
    counted_readings,
    neighbour_after,
    neighbour_before,
    own_start_readings,
    readings_after,
    readings_before,
)


def day_buckets(
    session: Session, spec: MeterSpec, first_day: int, end_day: int, *, belief: Belief = None
) -> list[Bucket]:
    """Return the buckets of the local days [first_day, end_day) that something touches."""
    days = range(first_day, end_day)
    bounds_s = [day_start_ms(spec.zone, day) // SECOND_MS for day in range(first_day, end_day + 1)]
    return buckets_between(session, spec, days, bounds_s, belief=belief)


def buckets_between(
    session: Session,
    spec: MeterSpec,
    names: Sequence[int],
    bounds_s: Sequence[int],
    *,
    belief: Belief = None,
) -> list[Bucket]:
    """Return the buckets, called `names`, between ascending UTC seconds (see `allocate`), as believed then or now."""
    start_ms, end_ms = bounds_s[0] * SECOND_MS, bounds_s[-1] * SECOND_MS
    if spec.kind in (MeterKind.STOCK, MeterKind.GAUGE):
        hold = hold_ms(spec) if spec.kind is MeterKind.GAUGE else 0
        rows = counted_readings(session, spec, start_ms - hold, end_ms - 1 + hold, belief=belief)
        return level_buckets(spec, [Reading(*row) for row in rows], names, bounds_s)
    if belief is None and in_columns(spec):
        try:
            return interval_buckets(session, spec, names, bounds_s).buckets()
        except TooLarge:  # it is told of by a flag, one bucket at a time
            pass
    return allocate(spec.id, segments_between(session, spec, start_ms, end_ms, belief=belief), names, bounds_s)


def segments_between(
    session: Session, spec: MeterSpec, start_ms: int, end_ms: int, *, belief: Belief = None
) -> list[Segment]:
    """Return the segments of a quantity meter that touch [start_ms, end_ms), and some around, by start."""
    if spec.kind is MeterKind.REGISTER:
        found = _register_segments(session, spec, start_ms, end_ms, belief)
    elif spec.kind is MeterKind.INTERVAL:
        found = list(segments(spec, _interval_readings(session, spec, start_ms, end_ms, belief)))
    else:
        rows = counted_readings(session, spec, start_ms, end_ms - 1, belief=belief)
        found = list(segments(spec, [Reading(*row) for row in rows]))
    # Readings come by their stamps; those with a start of their own may begin before others that are stamped earlier.
    found.sort(key=lambda segment: (segment.start_s, segment.end_s))
    if not spec.estimates_gaps:
        return found
    # Up to the next whole second, so that no gap is lost in the last one.
    gaps = gaps_within(found, start_ms // SECOND_MS, -(-end_ms // SECOND_MS))
    return [*found, *estimates(spec, found, gaps, _past_of(session, spec, gaps, belief))]


def _past_of(session: Session, spec: MeterSpec, gaps: Sequence[Gap], belief: Belief) -> dict[int, int]:
    """Return the quantities of the intervals that long gaps are estimated from, by where they begin (UTC seconds).

    A reading with a start of its own says nothing of an interval.
    """
    past: dict[int, int] = {}
    for first, last in weeks_before(spec, gaps):
        rows = counted_readings(session, spec, first, last, belief=belief)
        found = segments(spec, [Reading(*row) for row in rows if row[3] is None])
        past |= {segment.start_s: segment.quantity for segment in found if segment.quantity is not None}
    return past


def covering_segments(session: Session, spec: MeterSpec, start_ms: int, end_ms: int) -> list[Segment]:
    """Return what readings of an interval meter or gauge around [start_ms, end_ms) cover, by start; no estimates."""
    if spec.kind is MeterKind.GAUGE:
        hold = hold_ms(spec)
        rows = counted_readings(session, spec, start_ms - hold, end_ms + hold)
        stood = stands(spec, [Reading(*row) for row in rows])
        return [Segment(start_s, end_s, None, 0) for start_s, end_s, _ in stood]
    found = segments(spec, _interval_readings(session, spec, start_ms, end_ms, None))
    return sorted(found, key=lambda segment: (segment.start_s, segment.end_s))


def _register_segments(session: Session, spec: MeterSpec, start_ms: int, end_ms: int, belief: Belief) -> list[Segment]:
    """Return the segments that touch a stretch, decided by the readings around it and the exchanges in between.

    Where there are no readings further out, every exchange on that side counts: it states what the register showed.
    """
    readings, exchanges = register_window(session, spec, start_ms, end_ms, belief)
    found = segments(spec, readings, exchanges)
    return [each for each in found if each.end_s * SECOND_MS >= start_ms and each.start_s * SECOND_MS < end_ms]


def register_window(
    session: Session, spec: MeterSpec, start_ms: int, end_ms: int, belief: Belief
) -> tuple[list[Reading], list[Exchange]]:
    """Return the counted readings and the exchanges that decide what a register counted in a stretch."""
    # One more than REACH: the nearest of them is where the segment begins that reaches into the stretch.
    before = readings_before(session, spec, start_ms, REACH + 1, belief=belief)
    within = counted_readings(session, spec, start_ms, end_ms - 1, belief=belief)
    after = readings_after(session, spec, end_ms - 1, REACH + 1, belief=belief)
    exchanges = [
        exchange
        for exchange in exchanges_of(session, spec.organization_id, spec.id, belief=belief)
        if (len(before) <= REACH or exchange.at >= before[0][0])
        and (len(after) <= REACH or exchange.at <= after[-1][0])
    ]
    return [Reading(*row) for row in (*before, *within, *after)], exchanges


def _interval_readings(session: Session, spec: MeterSpec, start_ms: int, end_ms: int, belief: Belief) -> list[Reading]:
    """Return readings whose regular interval reaches the stretch, and those whose own start does."""
    longest = spec.longest_ms
    first, last = start_ms - longest, end_ms + longest
    if spec.estimates_gaps:
        before = neighbour_before(session, spec, start_ms, belief=belief)
        after = neighbour_after(session, spec, end_ms, belief=belief)
        first = min(first, start_ms if before is None else before)
        last = max(last, end_ms if after is None else after)
    near = counted_readings(session, spec, first, last, belief=belief)
    # A bill is stamped at its end, which may lie as long behind as a segment lasts.
    until = end_ms + LONGEST_SEGMENT_MS
    own = own_start_readings(session, spec, start_ms, end_ms, until, belief=belief)
    # A set: those with a start of their own that lie near are found both ways.
    return [Reading(*row) for row in sorted({*near, *own}, key=lambda row: row[0])]
