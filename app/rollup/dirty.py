"""Which local days a touched stretch of readings makes dirty, its strict neighbours included."""

from sqlmodel import Session

from app.core.meters import MeterSpec
from app.core.periods import HOUR_MS, SECOND_MS, local_day
from app.core.resources import MeterKind
from app.rollup.gaps import PROFILE_REACH_S
from app.rollup.levels import hold_ms
from app.rollup.segments import interval_bounds_ms
from app.store.exchanges import exchanges_of
from app.store.marks import EVER
from app.store.rolling import neighbour_after, neighbour_before, span_of

Stretch = tuple[int, int]
"""First and last touched instant, UTC ms."""

DayRange = tuple[int, int]
"""Local days [first, end)."""


def dirty_days(session: Session, spec: MeterSpec, stretches: list[Stretch]) -> list[DayRange]:
    """Return the day ranges to make anew, in order and apart from each other."""
    ranges = sorted(_days_of(session, spec, first, last) for first, last in stretches)
    merged: list[DayRange] = []
    for first, end in ranges:
        if merged and first <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((first, end))
    return merged


def whole_life(session: Session, spec: MeterSpec) -> list[DayRange]:
    """Return the day range that all of the meter's readings can touch."""
    span = span_of(session, spec.id)
    return [] if span is None else [_days_of(session, spec, *span)]


def is_ever(stretch: Stretch) -> bool:
    """Tell whether a mark asks for the meter to be made anew from nothing."""
    return stretch == EVER


def _days_of(session: Session, spec: MeterSpec, first: int, last: int) -> DayRange:
    start, end = _reach(session, spec, first, last)
    first_day = local_day(spec.zone, start)
    return first_day, max(local_day(spec.zone, max(end - 1, start)), first_day) + 1


def _reach(session: Session, spec: MeterSpec, first: int, last: int) -> Stretch:
    """Return [start, end) in ms of everything whose quantity the touched readings may decide."""
    if spec.kind is MeterKind.INTERVAL:
        start = min(first, interval_bounds_ms(spec, first, None)[0])
        end = interval_bounds_ms(spec, last, None)[1]
        if not spec.estimates_gaps:
            return start, end
        before, after = neighbour_before(session, spec.id, first), neighbour_after(session, spec.id, end)
        reach = end + PROFILE_REACH_S * SECOND_MS + HOUR_MS
        return min(start, start if before is None else before), max(reach, end if after is None else after)
    if spec.kind is MeterKind.REGISTER:
        return _register_reach(session, spec, first, last)
    if spec.kind is MeterKind.GAUGE:
        return first - hold_ms(spec), last + hold_ms(spec)
    return first, last + SECOND_MS


def _register_reach(session: Session, spec: MeterSpec, first: int, last: int) -> Stretch:
    """Return the stretch between the strict neighbours; beyond the outermost reading, exchanges are neighbours too."""
    before, after = neighbour_before(session, spec.id, first), neighbour_after(session, spec.id, last)
    exchanged = [exchange.at for exchange in exchanges_of(session, spec.id)] if before is None or after is None else []
    start = min([first, *exchanged]) if before is None else before
    end = max([last + SECOND_MS, *exchanged]) if after is None else after
    return start, end
