"""Which local days a touched stretch of readings makes dirty, its strict neighbours included."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from zoneinfo import ZoneInfo

from sqlmodel import Session

from app.core.meters import MeterSpec, TimestampEdge
from app.core.periods import HOUR_MS, SECOND_MS, Interval, local_day
from app.core.resources import MeterKind
from app.rollup.excursions import may_doubt
from app.rollup.gaps import PROFILE_REACH_S
from app.rollup.levels import hold_ms
from app.rollup.registers import REACH
from app.rollup.resets import LATE_READINGS, LATE_RESET_MS, span_around
from app.rollup.segment import Reading
from app.rollup.segments import stamped_interval
from app.store.exchanges import exchanges_of
from app.store.marks import EVER
from app.store.rolling import neighbour_after, neighbour_before, readings_after, readings_before, span_of
from app.store.rollups import has_flagged_days

Stretch = tuple[int, int]
"""First and last touched instant, UTC ms."""

DayRange = tuple[int, int]
"""Local days [first, end)."""


def dirty_days(session: Session, spec: MeterSpec, stretches: Sequence[Stretch]) -> Sequence[DayRange]:
    """Return the day ranges to make anew, in order and apart from each other.

    Two readings that bounded one segment may both have ceased to count; they then have no counted neighbour to reach
    to, but both are in the stretches: so a side without a neighbour reaches as far as any stretch does.
    """
    if _reaches_no_neighbour(spec):
        return _dirty_interval_days(spec.zone, spec.interval, spec.edge, tuple(stretches))
    hull = min(first for first, _ in stretches), max(last for _, last in stretches)
    return _merged(_days_of(session, spec, first, last, hull) for first, last in stretches)


def _merged(ranges: Iterable[DayRange]) -> list[DayRange]:
    merged: list[DayRange] = []
    for first, end in sorted(ranges):
        if merged and first <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((first, end))
    return merged


def whole_life(session: Session, spec: MeterSpec) -> list[DayRange]:
    """Return the day range that all of the meter's readings can touch."""
    span = span_of(session, spec.id)
    return [] if span is None else [_days_of(session, spec, *span, span)]


def is_ever(stretch: Stretch) -> bool:
    """Tell whether a mark asks for the meter to be made anew from nothing."""
    return stretch == EVER


def _days_of(session: Session, spec: MeterSpec, first: int, last: int, hull: Stretch) -> DayRange:
    if _reaches_no_neighbour(spec):
        return _interval_days(spec.zone, spec.interval, spec.edge, first, last)
    return _days_between(spec.zone, *_reach(session, spec, first, last, hull))


def _reaches_no_neighbour(spec: MeterSpec) -> bool:
    return spec.kind is MeterKind.INTERVAL and not spec.estimates_gaps


@lru_cache(maxsize=1024)
def _dirty_interval_days(
    zone: ZoneInfo, interval: Interval | None, edge: TimestampEdge, stretches: tuple[Stretch, ...]
) -> tuple[DayRange, ...]:
    """Return the days of all stretches of an interval meter without estimates; meters read together share them."""
    return tuple(_merged(_interval_days(zone, interval, edge, first, last) for first, last in stretches))


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


def _reach(session: Session, spec: MeterSpec, first: int, last: int, hull: Stretch) -> Stretch:
    """Return [start, end) in ms of everything whose quantity the touched readings may decide."""
    if spec.kind is MeterKind.INTERVAL:
        start, end = _stamped_reach(spec.zone, spec.interval, spec.edge, first, last)
        before, after = neighbour_before(session, spec.id, first), neighbour_after(session, spec.id, end)
        reach = end + PROFILE_REACH_S * SECOND_MS + HOUR_MS
        return min(start, hull[0] if before is None else before), max(reach, hull[1] if after is None else after)
    if spec.reset is not None:
        return _resetting_reach(session, spec, first, last)
    if spec.kind is MeterKind.REGISTER:
        return _register_reach(session, spec, first, last, hull)
    if spec.kind is MeterKind.GAUGE:
        return first - hold_ms(spec), last + hold_ms(spec)
    return first, last + SECOND_MS


def _register_reach(session: Session, spec: MeterSpec, first: int, last: int, hull: Stretch) -> Stretch:
    """Return the stretch between the strict neighbours; beyond the outermost reading, exchanges are neighbours too.

    It is all that the readings around could decide, as soon as something there is or was doubted.
    """
    before = readings_before(session, spec.id, first, REACH + 1)
    after = readings_after(session, spec.id, last, REACH + 1)
    exchanged = [exchange.at for exchange in exchanges_of(session, spec.id)]
    start = before[-1][0] if before else min([hull[0], *exchanged])
    end = after[0][0] if after else max([hull[1] + SECOND_MS, *exchanged])
    far = min([start, *(row[0] for row in before)]), max([end, *(row[0] for row in after)])
    touched = [*readings_after(session, spec.id, first - 1, REACH), *readings_before(session, spec.id, last + 1, REACH)]
    nearby = [Reading(*row) for row in sorted({*before, *touched, *after}, key=lambda row: row[0])]
    doubted = (
        may_doubt(spec, nearby)
        or any(far[0] <= at <= far[1] for at in exchanged)
        or has_flagged_days(session, spec.id, *_days_between(spec.zone, *far))
    )
    return far if doubted else (start, end)


def _resetting_reach(session: Session, spec: MeterSpec, first: int, last: int) -> Stretch:
    """Return the stretch of a resetting counter that readings decide: to the next one, and to those they make late."""
    before = readings_before(session, spec.id, first, LATE_READINGS + 1)
    after = readings_after(session, spec.id, last, 2)
    reset = span_around(spec, first - LATE_RESET_MS - 1)[0]
    return min([reset, *(row[0] for row in before)]), max([last + SECOND_MS, *(row[0] for row in after)])
