"""The slots of a year that a meter reads: quarter hours, hours, days, months, weekly pick-ups."""

from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from app.core.calendar.periods import HOUR_MS, Interval, date_of, day_of, day_start_ms, next_month_start

_MONDAY_OFFSET = 3
"""1970-01-01 was a Thursday."""


@dataclass(frozen=True, slots=True)
class Slot:
    """One stretch of local time: start and end in UTC milliseconds, the local day and hour at which it starts."""

    start_ms: int
    end_ms: int
    day: int
    hour: int

    @property
    def weekday(self) -> int:
        """Monday is 0."""
        return (self.day + _MONDAY_OFFSET) % 7

    @property
    def date(self) -> date:
        return date_of(self.day)


def interval_slots(zone: ZoneInfo, first: date, end: date, interval: Interval) -> list[Slot]:
    """Return the slots of `interval` that fill the local days [first, end).

    Clock intervals restart at each local midnight, months at the first of the month; both bounds must fit.
    """
    if interval.seconds:
        return _clock_slots(zone, first, end, interval.seconds * 1_000)
    return _calendar_slots(zone, first, end, monthly=bool(interval.months))


def weekly_slots(zone: ZoneInfo, first: date, end: date, *, weekday: int, hour: int) -> list[Slot]:
    """Return an instant a week on local `weekday` (Monday 0) at `hour` o'clock within the days [first, end)."""
    start = day_of(first)
    start += (weekday - (start + _MONDAY_OFFSET)) % 7
    instants = ((day, day_start_ms(zone, day) + hour * HOUR_MS) for day in range(start, day_of(end), 7))
    return [Slot(start_ms=at, end_ms=at, day=day, hour=hour) for day, at in instants]


def _clock_slots(zone: ZoneInfo, first: date, end: date, length_ms: int) -> list[Slot]:
    slots = []
    for day in range(day_of(first), day_of(end)):
        midnight = day_start_ms(zone, day)
        slots += [
            Slot(start_ms=at, end_ms=at + length_ms, day=day, hour=min((at - midnight) // HOUR_MS, 23))
            for at in range(midnight, day_start_ms(zone, day + 1), length_ms)
        ]
    return slots


def _calendar_slots(zone: ZoneInfo, first: date, end: date, *, monthly: bool) -> list[Slot]:
    slots = []
    day = day_of(first)
    while day < day_of(end):
        following = next_month_start(day) if monthly else day + 1
        slots.append(Slot(start_ms=day_start_ms(zone, day), end_ms=day_start_ms(zone, following), day=day, hour=0))
        day = following
    return slots
