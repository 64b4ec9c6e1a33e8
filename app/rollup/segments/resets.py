"""Counters that return to zero by the calendar: each reading tells what was counted since the last local midnight.

A counter that is read every six hours and resets each midnight, the last day's 240 being read just in time:

    18:00 180   00:00 240   06:00 55    60 from 18:00 to midnight, 55 from midnight to 06:00
    18:00 180   00:00 0     06:00 55    what was counted from 18:00 to midnight is unknown, then 55
    18:00 180   00:02 240   06:00 55    it was reset a little late: 240 is still the day before
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from app.core.calendar.periods import SECOND_MS, day_start_ms, local_day, month_start, next_month_start
from app.core.inventory.meters import MeterSpec, RegisterReset
from app.core.readings.buckets import RollupFlag
from app.core.readings.columns import STANDING_STEP
from app.rollup.segments.legs import register_difference
from app.rollup.segments.segment import Reading, Segment

LATE_RESET_MS = 15 * 60 * SECOND_MS
"""How long after midnight, by the plant's clock, a counter may still show the day before."""

LATE_READINGS = 8
"""How many later readings may show that one was late."""

Span = tuple[int, int]
"""From one reset to the next, UTC ms."""


def resetting_segments(spec: MeterSpec, readings: Sequence[Reading]) -> Iterator[Segment]:
    """Yield the segments of a resetting counter's readings, which are sorted by instant.

    What was counted after the last reading before a reset is unknown, and nothing covers it.
    """
    for count in resetting_counts(spec, readings):
        if count.end_ms > count.start_ms or count.quantity:
            quality = count.reading.quality % STANDING_STEP
            yield Segment(count.start_ms // SECOND_MS, count.end_ms // SECOND_MS, count.quantity, quality, count.flags)


@dataclass(frozen=True, slots=True)
class ResettingCount:
    """What a reading of a resetting counter tells of [start_ms, end_ms): from zero, or since the reading before it."""

    reading: Reading
    start_ms: int
    end_ms: int
    from_zero: bool
    quantity: int | None
    flags: RollupFlag


def resetting_counts(spec: MeterSpec, readings: Sequence[Reading]) -> Iterator[ResettingCount]:
    """Yield what each of a resetting counter's readings, which are sorted by instant, tells."""
    placed = [(_span_of(spec, readings, place), reading) for place, reading in enumerate(readings)]
    for (start, end), group in groupby(placed, key=lambda each: each[0]):
        at, shown, from_zero = start, 0, True
        for _, reading in group:
            stamp = min(reading.at, end)
            quantity, flags = register_difference(spec, shown, reading.value, stamp - at)
            yield ResettingCount(reading, at, stamp, from_zero, quantity, flags)
            at, shown, from_zero = stamp, reading.value, False


def _span_of(spec: MeterSpec, readings: Sequence[Reading], place: int) -> Span:
    """Return from which reset to which a reading counts."""
    reading = readings[place]
    start, end = span_around(spec, reading.at)
    if reading.at - start > LATE_RESET_MS:
        return start, end
    before = span_around(spec, start - 1)
    earlier = next((each.value for each in readings[max(place - 1, 0) : place] if each.at > before[0]), None)
    # Less than the one before showed: it has been reset.
    if reading.value < (earlier or 0):
        return start, end
    # At midnight itself it tells the day that ends, unless it shows nothing and no reading of that day is known.
    if reading.at == start:
        return before if reading.value > 0 or earlier is not None else (start, end)
    # Minutes after midnight: it has not been reset yet where it still shows what it did, or later ones show less.
    later = [each.value for each in readings[place + 1 : place + 1 + LATE_READINGS] if each.at < end]
    is_late = reading.value > 0 and (reading.value == earlier or min(later, default=reading.value) < reading.value)
    return before if is_late else (start, end)


def span_around(spec: MeterSpec, at: int) -> Span:
    """Return the resets before and after an instant, UTC ms; at a reset it is the span that begins."""
    day = local_day(spec.zone, at)
    if spec.reset is RegisterReset.MONTHLY:
        first = month_start(day)
        return day_start_ms(spec.zone, first), day_start_ms(spec.zone, next_month_start(first))
    return day_start_ms(spec.zone, day), day_start_ms(spec.zone, day + 1)
