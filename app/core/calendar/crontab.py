"""Five-field crontab schedules, and the instant at which one comes next in a time zone."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import product
from zoneinfo import ZoneInfo

from app.core.calendar.periods import instant_from_ms, ms_from_instant

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_SUNDAY_LAST = 7
_HOURS = 24
_PART = re.compile(r"(?:(\*)|(\w+)(?:-(\w+))?)(?:/(\d{1,2}))?", re.ASCII)
_HORIZON_DAYS = 366 * 8 + 1
"""29 February, or one weekday of it, may be years away; what does not come within eight years never does."""


class BadSchedule(ValueError):
    """Not a crontab line of five fields."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """The minutes a crontab line names. Weekdays are 0 (Sunday) to 6; `either_day`: a date or a weekday is enough."""

    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    either_day: bool

    def next_after(self, zone: ZoneInfo, ms: int) -> int:
        """Return the first instant after `ms` (UTC ms); raises BadSchedule when the line names no day there is.

        Each time of day that the line names has its run on each of its days, once: one that clocks skip as much later
        as they skip, one that comes twice the first time. A line of every hour goes on through the second time too.

        Example, Berlin: `30 2 * * *` runs at 3:30 on 28 March 2021 and at the first 2:30 on 31 October; on that day
        `*/15 * * * *` runs a hundred times, fifteen minutes apart.
        """
        # What clocks have skipped of a day may come after midnight, and after what the next day begins with.
        day = instant_from_ms(ms).astimezone(zone).date() - timedelta(days=1)
        for _ in range(_HORIZON_DAYS):
            if any(instant > ms for instant in self._instants(zone, day)):
                both = (*self._instants(zone, day), *self._instants(zone, day + timedelta(days=1)))
                return min(instant for instant in both if instant > ms)
            day += timedelta(days=1)
        raise BadSchedule("the schedule names no day there is")

    def _instants(self, zone: ZoneInfo, day: date) -> Iterator[int]:
        """Yield the instants of a day, in no order; one may come twice."""
        if not self._has(day):
            return
        folds = (0, 1) if len(self.hours) == _HOURS else (0,)
        for hour, minute, fold in product(self.hours, self.minutes, folds):
            # A time that clocks skip has the offset from before them: that is as much later by the clock of after.
            local = datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone)
            if not fold:
                yield ms_from_instant(local)
            elif (again := local.replace(fold=1)).utcoffset() < local.utcoffset():  # type: ignore[operator]  # aware
                yield ms_from_instant(again)

    def _has(self, day: date) -> bool:
        if day.month not in self.months:
            return False
        by_date, by_weekday = day.day in self.days, day.isoweekday() % 7 in self.weekdays
        return by_date or by_weekday if self.either_day else by_date and by_weekday


def schedule_from(line: str) -> Schedule:
    """Return the schedule of minute, hour, day, month and weekday (0 or 7 is Sunday); raises BadSchedule."""
    fields = line.split()
    if len(fields) != 5:
        raise BadSchedule("a schedule has five fields: minute, hour, day of month, month, day of week")
    minute, hour, day, month, weekday = fields
    return Schedule(
        minutes=_numbers(minute, 0, 59),
        hours=_numbers(hour, 0, 23),
        days=_numbers(day, 1, 31),
        months=_numbers(month, 1, 12, _MONTHS),
        weekdays=frozenset(number % 7 for number in _numbers(weekday, 0, 7, _WEEKDAYS)),
        either_day=not day.startswith("*") and not weekday.startswith("*"),
    )


def _numbers(field: str, first: int, last: int, names: tuple[str, ...] = ()) -> frozenset[int]:
    found: set[int] = set()
    for part in field.lower().split(","):
        match = _PART.fullmatch(part)
        if match is None:
            raise BadSchedule(f"{field!r} is not a field of a schedule")
        star, low, high, step = match.groups()
        start = first if star else _number(low, field, first, last, names)
        end = last if star or (step and not high) else start
        if high is not None:
            end = _SUNDAY_LAST if high == "sun" else _number(high, field, first, last, names)
        if end < start or step == "0" or step == "00":
            raise BadSchedule(f"{field!r} names nothing")
        found.update(range(start, end + 1, int(step or 1)))
    return frozenset(found)


def _number(text: str, field: str, first: int, last: int, names: tuple[str, ...]) -> int:
    if text in names:
        return names.index(text) + (first if names is _MONTHS else 0)
    if not text.isdecimal() or not first <= int(text) <= last:
        raise BadSchedule(f"{text!r} in {field!r} is not between {first} and {last}")
    return int(text)
