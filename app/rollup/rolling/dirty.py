"""Which local days a touched stretch of readings makes dirty, its strict neighbours included."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

from sqlmodel import Session

from app.core.calendar.periods import HOUR_MS, LONGEST_SEGMENT_MS, SECOND_MS, Interval, local_day, month_start
from app.core.inventory.meters import MeterSpec, TimestampEdge
from app.core.inventory.resources import MeterKind
from app.core.readings.beliefs import Belief
from app.rollup.segments.excursions import may_doubt
from app.rollup.segments.gaps import PROFILE_REACH_S, SHORT_GAP_S
from app.rollup.segments.levels import hold_ms
from app.rollup.segments.registers import REACH
from app.rollup.segments.resets import LATE_READINGS, LATE_RESET_MS, span_around
from app.rollup.segments.segment import Reading
from app.rollup.segments.segments import stamped_interval
from app.store.arrivals.marks import EVER
from app.store.inventory.exchanges import exchanges_of
from app.store.rollups.kept_hours import forget_all_hours
from app.store.rollups.rolling import neighbour_before, readings_after, readings_before, span_of
from app.store.rollups.rollups import delete_meter, delete_outside, has_flagged_days

Stretch = tuple[int, int]
"""First and last touched instant, UTC ms."""

DayRange = tuple[int, int]
"""Local days [first, end)."""


def dirty_days(
    session: Session, spec: MeterSpec, stretches: Sequence[Stretch], *, belief: Belief = None
) -> Sequence[DayRange]:
    """Return the day ranges to make anew, in order and apart from each other.

    Two readings that bounded one segment may both have ceased to count; they then have no counted neighbour to reach
    to, but both are in the stretches: so a side without a neighbour reaches as far as any stretch does.
    """
    if _reaches_no_neighbour(spec):
        return _dirty_interval_days(spec.zone, spec.interval, spec.edge, tuple(stretches))
    hull = min(first for first, _ in stretches), max(last for _, last in stretches)
    return merged(days for first, last in stretches for days in _days_of(session, spec, first, last, hull, belief))


def merged(ranges: Iterable[DayRange]) -> list[DayRange]:
    """Return ranges of days in order and apart from each other."""
    result: list[DayRange] = []
    for first, end in sorted(ranges):
        if result and first <= result[-1][1]:
            result[-1] = (result[-1][0], max(result[-1][1], end))
        else:
            result.append((first, end))
    return result


def whole_life(session: Session, spec: MeterSpec) -> list[DayRange]:
    """Return the day range that all of the meter's readings can touch."""
    span = span_of(session, spec)
    return [] if span is None else merged(_days_of(session, spec, *span, span, None))


def is_ever(stretch: Stretch) -> bool:
    """Tell whether a mark asks for the meter to be made anew from nothing."""
    return stretch == EVER


def _days_of(session: Session, spec: MeterSpec, first: int, last: int, hull: Stretch, belief: Belief) -> list[DayRange]:
    if _reaches_no_neighbour(spec):
        return [_interval_days(spec.zone, spec.interval, spec.edge, first, last)]
    return [_days_between(spec.zone, *reach) for reach in _reach(session, spec, first, last, hull, belief)]


def reaches_far(spec: MeterSpec) -> bool:
    """Tell whether what a mark touches is not told by its instants alone."""
    return not _reaches_no_neighbour(spec)


def clear_outside(session: Session, spec: MeterSpec, life: Sequence[DayRange]) -> None:
    """Delete what is stored of a meter that is to be made anew, but for the days that will be.

    Those stay until they are, with the months and years that hold them: figures never lack what is only being looked at
    again. Years of other bounds than the reporting periods of now go too.
    """
    if not life:
        delete_meter(session, spec.organization_id, spec.id)
        return
    first, end = life[0][0], life[-1][1]
    forget_all_hours(session, spec.organization_id, spec.id)
    years = [period.first_day for period in spec.calendar.overlapping(first, end)]
    kept = {"first_day": first, "end_day": end, "months_from": month_start(first)}
    delete_outside(session, spec.organization_id, spec.id, **kept, years=years)


def _reaches_no_neighbour(spec: MeterSpec) -> bool:
    return spec.kind is MeterKind.INTERVAL and not spec.estimates_gaps and not spec.interval_changes


@lru_cache(maxsize=1024)
def _dirty_interval_days(
    zone: ZoneInfo, interval: Interval | None, edge: TimestampEdge, stretches: tuple[Stretch, ...]
) -> tuple[DayRange, ...]:
    """Return the days of all stretches of an interval meter without estimates; meters read together share them."""
    return tuple(merged(_interval_days(zone, interval, edge, first, last) for first, last in stretches))


@lru_cache(maxsize=8192)
def _interval_days(zone: ZoneInfo, interval: Interval | None, edge: TimestampEdge, first: int, last: int) -> DayRange:
    """Return the days of an interval meter without estimates, which many meters share: they are read together."""
    return _days_between(zone, *_stamped_reach(zone, interval, edge, first, last))


def _stamped_reach(
    zone: ZoneInfo, interval: Interval | None, edge: TimestampEdge, first: int, last: int
) -> tuple[int, int]:
    start, _ = stamped_interval(zone, interval, edge, first)
    _, end = stamped_interval(zone, interval, edge, last)
    return min(first, start), end


def _days_between(zone: ZoneInfo, start: int, end: int) -> DayRange:
    first_day = local_day(zone, start)
    return first_day, max(local_day(zone, max(end - 1, start)), first_day) + 1


def _reach(session: Session, spec: MeterSpec, first: int, last: int, hull: Stretch, belief: Belief) -> list[Stretch]:
    """Return the stretches [start, end) in ms of everything whose quantity the touched readings may decide."""
    if spec.interval_changes:
        return [(first - spec.longest_ms, last + spec.longest_ms)]
    if spec.kind is MeterKind.INTERVAL:
        return [_estimating_reach(session, spec, first, last, hull)]
    if spec.reset is not None:
        return [_resetting_reach(session, spec, first, last, belief)]
    if spec.kind is MeterKind.REGISTER:
        return _register_reach(session, spec, first, last, hull, belief)
    if spec.kind is MeterKind.GAUGE:
        return [(first - hold_ms(spec), last + hold_ms(spec))]
    return [(first, last + SECOND_MS)]


def _register_reach(
    session: Session, spec: MeterSpec, first: int, last: int, hull: Stretch, belief: Belief
) -> list[Stretch]:
    """Return the stretch between the strict neighbours; beyond the outermost reading, exchanges are neighbours too.

    It is all that the readings around could decide, as soon as something there is or was doubted. Beside the touched
    readings a segment may have ended at another of the hull that counts no more.
    """
    before = readings_before(session, spec, first, REACH + 1, belief=belief)
    after = readings_after(session, spec, last, REACH + 1, belief=belief)
    exchanged = [exchange.at for exchange in exchanges_of(session, spec.organization_id, spec.id, belief=belief)]
    # A side without a neighbour may have had one until now: the hull reaches as far as anything that was touched.
    start = before[-1][0] if before else min([hull[0], *exchanged])
    end = after[0][0] if after else max([hull[1] + SECOND_MS, *exchanged])
    far = min([start, *(row[0] for row in before)]), max([end, *(row[0] for row in after)])
    touched = [
        *readings_after(session, spec, first - 1, REACH, belief=belief),
        *readings_before(session, spec, last + 1, REACH, belief=belief),
    ]
    nearby = [Reading(*row) for row in sorted({*before, *touched, *after}, key=lambda row: row[0])]
    # A reading that was in doubt shows by a flag of its day, one that is now by a look at the readings. Either decides
    # others, as far away as REACH.
    doubted = (
        may_doubt(spec, nearby)
        or any(far[0] <= at <= far[1] for at in exchanged)
        or has_flagged_days(session, spec.organization_id, spec.id, *_days_between(spec.zone, *far))
    )
    reach = far if doubted else (start, end)
    ended = max(hull[0], first - LONGEST_SEGMENT_MS), min(hull[1], last + LONGEST_SEGMENT_MS)
    points = [*reach, *ended, first, last, *exchanged, *(reading.at for reading in nearby)]
    return _without_silences([at for at in points if reach[0] <= at <= reach[1]], (first, last))


def _without_silences(points: Iterable[int], touched: Stretch) -> list[Stretch]:
    """Return what lies between points, but for two too far apart for a segment: they are touched by themselves."""
    ordered = sorted(points)
    found = [(ordered[0], ordered[0])]
    for before, after in pairwise(ordered):
        # Inside of what was touched anything may have stood: only silences beside it are left out.
        if after - before > LONGEST_SEGMENT_MS and not touched[0] <= before < after <= touched[1]:
            found.append((after, after))
        else:
            found[-1] = found[-1][0], after
    return [(start, end + SECOND_MS) for start, end in found]


def _resetting_reach(session: Session, spec: MeterSpec, first: int, last: int, belief: Belief) -> Stretch:
    """Return the stretch of a resetting counter that readings decide: to the next one, and to those they make late."""
    before = readings_before(session, spec, first, LATE_READINGS + 1, belief=belief)
    after = readings_after(session, spec, last, 2, belief=belief)
    # A reading just behind midnight may belong to the day before.
    reset = span_around(spec, first - LATE_RESET_MS - 1)[0]
    return min([reset, *(row[0] for row in before)]), max([last + SECOND_MS, *(row[0] for row in after)])


def _estimating_reach(session: Session, spec: MeterSpec, first: int, last: int, hull: Stretch) -> Stretch:
    """Return how far readings decide what gaps are estimated to be.

    Before them, a short gap that they end, or the last interval of a long one, which they cut; after them, the four
    weeks that are estimated from them. Nothing is estimated further into a gap, however long it is, nor behind the last
    reading that counts or did so until now.
    """
    start, end = _stamped_reach(spec.zone, spec.interval, spec.edge, first, last)
    longest_ms = spec.interval.longest_ms if spec.interval is not None else 0
    before, after = max(SHORT_GAP_S * SECOND_MS, longest_ms), PROFILE_REACH_S * SECOND_MS + HOUR_MS + longest_ms
    # EVER's end lies behind every instant: the last reading of all that counts.
    latest = max(neighbour_before(session, spec, EVER[1]) or last, hull[1])
    _, known = _stamped_reach(spec.zone, spec.interval, spec.edge, latest, latest)
    return start - before, max(end, min(end + after, known))
