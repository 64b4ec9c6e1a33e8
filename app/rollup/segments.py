"""Readings to segments: which quantity belongs to which stretch of time, by the kind of meter."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from zoneinfo import ZoneInfo

from app.core.buckets import RollupFlag
from app.core.columns import QUALITY_CODES, STANDING_STEP, Quality
from app.core.exchanges import Exchange
from app.core.meters import MeterSpec, TimestampEdge
from app.core.periods import HOUR_MS, SECOND_MS, Interval

_NONE = RollupFlag(0)
_UNRATED_ROLLOVER_SHARE = 10
"""Without a max_rate, a fall is a rollover only if the forward difference is at most this part of the modulus."""

_WORST_FIRST = [QUALITY_CODES[each] for each in (Quality.ESTIMATED, Quality.MANUAL, Quality.MEASURED)]


@dataclass(frozen=True, slots=True)
class Reading:
    """A counted reading: UTC ms, micro-units, stored quality, and its own start where it states one."""

    at: int
    value: int
    quality: int
    start: int | None = None


@dataclass(frozen=True, slots=True)
class Segment:
    """A quantity over [start_s, end_s), whole UTC seconds. `quantity` is None where it cannot be known.

    `quality` is a quality code without standing.
    """

    start_s: int
    end_s: int
    quantity: int | None
    quality: int
    flags: RollupFlag = _NONE


def segments(spec: MeterSpec, readings: Sequence[Reading], exchanges: Sequence[Exchange] = ()) -> Iterator[Segment]:
    """Yield the segments of a quantity meter's readings, which are sorted by instant."""
    if spec.kind == "interval":
        yield from (_interval_segment(spec, reading) for reading in readings)
    elif spec.kind == "event":
        yield from (_event_segment(reading) for reading in readings)
    elif spec.kind == "register":
        yield from _register_segments(spec, readings, exchanges)


def interval_bounds_ms(spec: MeterSpec, at: int, start: int | None) -> tuple[int, int]:
    """Return [start, end) in ms of the interval reading stamped `at`."""
    if start is not None:
        return start, at
    return stamped_interval(spec.zone, spec.interval, spec.edge, at)


def stamped_interval(zone: ZoneInfo, interval: Interval | None, edge: TimestampEdge, at: int) -> tuple[int, int]:
    """Return [start, end) in ms of the interval that a stamp at one of its edges names."""
    if interval is None:
        return at, at
    if edge is TimestampEdge.INTERVAL_START:
        return at, interval.shift(zone, at, 1)
    return interval.shift(zone, at, -1), at


def _interval_segment(spec: MeterSpec, reading: Reading) -> Segment:
    start, end = interval_bounds_ms(spec, reading.at, reading.start)
    return Segment(start // SECOND_MS, end // SECOND_MS, reading.value, reading.quality % STANDING_STEP)


def _event_segment(reading: Reading) -> Segment:
    at_s = reading.at // SECOND_MS
    return Segment(at_s, at_s, reading.value, reading.quality % STANDING_STEP)


@dataclass(frozen=True, slots=True)
class _Point:
    at: int
    ends: int
    """The value a leg that ends here reaches."""
    begins: int
    """The value a leg that begins here leaves from."""
    quality: int
    flags: RollupFlag


def _register_segments(
    spec: MeterSpec, readings: Sequence[Reading], exchanges: Sequence[Exchange]
) -> Iterator[Segment]:
    measured = QUALITY_CODES[Quality.MEASURED]
    points = [_Point(each.at, each.value, each.value, each.quality % STANDING_STEP, _NONE) for each in readings]
    points += [_Point(each.at, each.final_value, each.first_value, measured, RollupFlag.EXCHANGE) for each in exchanges]
    points.sort(key=lambda point: (point.at, point.flags))
    for before, after in pairwise(points):
        quantity, flags = register_difference(spec, before.begins, after.ends, after.at - before.at)
        yield Segment(
            before.at // SECOND_MS,
            after.at // SECOND_MS,
            quantity,
            next(code for code in _WORST_FIRST if code in (before.quality, after.quality)),
            flags | before.flags | after.flags,
        )


def register_difference(spec: MeterSpec, before: int, after: int, elapsed_ms: int) -> tuple[int | None, RollupFlag]:
    """Return what a register counted between two neighbours, and what it took to know; None when it cannot be known.

    A fall is a dip within the tolerance, else a rollover when the forward difference is plausible, else a reset. A rise
    faster than max_rate is implausible: what follows a drop-out to zero is no consumption.
    """
    difference = after - before
    if difference >= 0:
        if _plausible(spec, difference, elapsed_ms):
            return difference, _NONE
        return None, RollupFlag.IMPLAUSIBLE
    if -difference <= spec.dip_tolerance_micro:
        return difference, RollupFlag.DIP
    if spec.modulus_micro is not None:
        forward = difference + spec.modulus_micro
        near_top = spec.max_rate_micro is not None or forward * _UNRATED_ROLLOVER_SHARE <= spec.modulus_micro
        if forward >= 0 and near_top and _plausible(spec, forward, elapsed_ms):
            return forward, RollupFlag.ROLLOVER
    return None, RollupFlag.RESET


def _plausible(spec: MeterSpec, quantity: int, elapsed_ms: int) -> bool:
    if spec.max_rate_micro is None:
        return True
    numerator, denominator = spec.max_rate_micro.as_integer_ratio()
    return quantity * HOUR_MS * denominator <= numerator * elapsed_ms
