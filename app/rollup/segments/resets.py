"""Counters that return to zero by the calendar: each reading tells what was counted since the last local midnight.

A counter that is read every six hours and resets each midnight, the last day's 240 being read just in time:

    18:00 180   00:00 240   06:00 55    60 from 18:00 to midnight, 55 from midnight to 06:00
    18:00 180   00:00 0     06:00 55    what was counted from 18:00 to midnight is unknown, then 55
    18:00 180   00:02 240   06:00 55    it was reset a little late: 240 is still the day before
"""

from collections.abc import Iterator, Sequence
from itertools import groupby

from app.core.calendar.periods import SECOND_MS, day_start_ms, local_day, month_start, next_month_start
from app.core.inventory.meters import MeterSpec, RegisterReset
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
    placed = [(_span_of(spec, readings, place), reading) for place, reading in enumerate(readings)]
    for (start, end), group in groupby(placed, key=lambda each: each[0]):
        at, shown = start, 0
        for _, reading in group:
            stamp = min(reading.at, end)
            quantity, flags = register_difference(spec, shown, reading.value, stamp - at)
            quality = reading.quality % STANDING_STEP
            if stamp > at or quantity:
                yield Segment(at // SECOND_MS, stamp // SECOND_MS, quantity, quality, flags)
            at, shown = stamp, reading.value


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
