"""Readings to segments: which quantity belongs to which stretch of time, by the kind of meter."""

from collections.abc import Iterator, Sequence
from zoneinfo import ZoneInfo

from app.core.calendar.periods import SECOND_MS, Interval
from app.core.inventory.exchanges import Exchange
from app.core.inventory.meters import MeterSpec, TimestampEdge
from app.core.readings.columns import STANDING_STEP
from app.rollup.segments.registers import register_segments
from app.rollup.segments.resets import resetting_segments
from app.rollup.segments.segment import Reading, Segment


def segments(spec: MeterSpec, readings: Sequence[Reading], exchanges: Sequence[Exchange] = ()) -> Iterator[Segment]:
    """Yield the segments of a quantity meter's readings, which are sorted by instant."""
    if spec.kind == "interval":
        yield from (_interval_segment(spec, reading) for reading in readings)
    elif spec.kind == "event":
        yield from (_event_segment(reading) for reading in readings)
    elif spec.kind == "register" and spec.reset is not None:
        yield from resetting_segments(spec, readings)
    elif spec.kind == "register":
        yield from register_segments(spec, readings, exchanges)


def interval_bounds_ms(spec: MeterSpec, at: int, start: int | None) -> tuple[int, int]:
    """Return [start, end) in ms of the interval reading stamped `at`."""
    if start is not None:
        return start, at
    return stamped_interval(spec.zone, spec.stamped(at).interval, spec.edge, at)


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
