"""Time as plants live it: UTC instants in milliseconds, local days, months and intervals.

A day is an integer: days since 1970-01-01 on the plant's calendar. Every period is [start, end).
"""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import IntEnum
from functools import lru_cache
from importlib.resources import files
from zoneinfo import ZoneInfo

SECOND_MS = 1_000
HOUR_MS = 3_600_000
EPOCH = date(1970, 1, 1)
_EPOCH_INSTANT = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)
FIRST_DAY, LAST_DAY = (date(2, 1, 1) - EPOCH).days, (date(9998, 12, 31) - EPOCH).days
_FIRST_LOCAL_MS, _END_LOCAL_MS = (FIRST_DAY + 1) * 24 * HOUR_MS, LAST_DAY * 24 * HOUR_MS


class UnknownTimeZone(ValueError):
    """No IANA time zone has this name."""


class BadInterval(ValueError):
    """Not an ISO 8601 duration of one whole unit count, such as PT15M, P1D or P1M."""


class Grain(IntEnum):
    """The stored bucket sizes; hours are computed on request and never stored."""

    HOUR = 0
    DAY = 1
    MONTH = 2
    YEAR = 3


@lru_cache(maxsize=1024)
def zone_named(name: str) -> ZoneInfo:
    """Return the IANA zone `name` by the packaged edition of the zone rules; raises UnknownTimeZone.

    `ZoneInfo(name)` would ask the machine's own files first, which may be years older or newer: then two machines put
    one reading into different days.
    """
    if name not in _zone_names():
        raise UnknownTimeZone(name)
    with files("tzdata").joinpath("zoneinfo", *name.split("/")).open("rb") as rules:
        return ZoneInfo.from_file(rules, key=name)


@lru_cache(maxsize=1)
def _zone_names() -> frozenset[str]:
    return frozenset(files("tzdata").joinpath("zones").read_text("utf-8").split())


def instant_from_ms(ms: int) -> datetime:
    """Return the aware UTC datetime of `ms` milliseconds since the epoch."""
    return _EPOCH_INSTANT + timedelta(milliseconds=ms)


def ms_from_instant(instant: datetime) -> int:
    """Return whole milliseconds since the epoch of an aware datetime."""
    return (instant - _EPOCH_INSTANT) // _MS


def rfc3339(instant: datetime) -> str:
    """Return an aware instant as UTC with Z, with milliseconds only where there are any."""
    utc = instant.astimezone(UTC)
    text = utc.strftime("%Y-%m-%dT%H:%M:%S") if utc.year >= 1000 else utc.isoformat()[:19]
    return f"{text}.{utc.microsecond // 1000:03d}Z" if utc.microsecond else f"{text}Z"


def day_of(day: date) -> int:
    """Return the day number of a calendar date."""
    return (day - EPOCH).days


def date_of(day: int) -> date:
    """Return the calendar date of a day number."""
    return EPOCH + timedelta(days=day)


@lru_cache(maxsize=65536)
def day_start_ms(zone: ZoneInfo, day: int) -> int:
    """Return the UTC instant at which local day `day` begins; its end is the next day's start (23 to 25 hours on)."""
    local = datetime.combine(date_of(day), datetime.min.time(), tzinfo=zone)
    return ms_from_instant(local)


@lru_cache(maxsize=16384)
def local_day(zone: ZoneInfo, ms: int) -> int:
    """Return the local day that holds the instant `ms`: the one whose start is the last not after it.

    The calendar ends before the years 2 and 9999 do, so that each day has a month and a year around it: an instant
    beyond, such as the open end of somebody's range, is taken for its first or last day.
    """
    if not _FIRST_LOCAL_MS < ms < _END_LOCAL_MS:
        return FIRST_DAY if ms < 0 else LAST_DAY
    day = day_of(instant_from_ms(ms).astimezone(zone).date())
    # Where clocks went back over midnight the old date came again: its day was over, the new one goes on.
    return day + 1 if ms >= day_start_ms(zone, day + 1) else day


@lru_cache(maxsize=65536)
def month_start(day: int) -> int:
    """Return the first day of the month that holds `day`."""
    return day_of(date_of(day).replace(day=1))


@lru_cache(maxsize=16384)
def next_month_start(day: int) -> int:
    """Return the first day of the month after the one that holds `day`."""
    return month_start(month_start(day) + 31)


def month_slots(first_day: int, end_day: int) -> list[int]:
    """Return the first day of each month, or of the part of one, that lies in [first_day, end_day)."""
    starts, day = [], first_day
    while day < end_day:
        starts.append(day)
        day = next_month_start(day)
    return starts


def months_and_days(first_day: int, end_day: int) -> list[tuple[Grain, int, int]]:
    """Return the stretches [first, end) that make up [first_day, end_day): days, whole months, days."""
    first_month = first_day if month_start(first_day) == first_day else next_month_start(first_day)
    end_month = month_start(end_day)
    if first_month > end_month:
        return [(Grain.DAY, first_day, end_day)]
    stretches = ((Grain.DAY, first_day, first_month), (Grain.MONTH, first_month, end_month))
    return [each for each in (*stretches, (Grain.DAY, end_month, end_day)) if each[1] < each[2]]


@dataclass(frozen=True, slots=True)
class Interval:
    """An ISO 8601 duration: either a fixed number of seconds, or whole days or months of the plant's calendar."""

    seconds: int = 0
    days: int = 0
    months: int = 0

    @property
    def longest_ms(self) -> int:
        """Return the milliseconds that no interval of this length is longer than."""
        return self.seconds * SECOND_MS + (self.days + 31 * self.months) * 25 * HOUR_MS

    def shift(self, zone: ZoneInfo, ms: int, count: int) -> int:
        """Return the instant `count` intervals from `ms`.

        Days and months keep the local time of day; months are clipped to the month's last day. A day that the zone
        skipped has no length, and is passed over: in Samoa the day before 31 December 2011 is the 29th.
        """
        if self.seconds:
            return ms + count * self.seconds * SECOND_MS
        local = instant_from_ms(ms).astimezone(zone)
        naive = local.replace(tzinfo=None)
        if self.days:
            moved = naive + timedelta(days=count * self.days)
            if count == -1 and self.days == 1 and _skipped(zone, moved.date()):
                moved -= timedelta(days=1)
        else:
            total = naive.year * 12 + naive.month - 1 + count * self.months
            year, month = divmod(total, 12)
            moved = naive.replace(year=year, month=month + 1, day=min(naive.day, monthrange(year, month + 1)[1]))
        return ms_from_instant(moved.replace(tzinfo=zone, fold=local.fold))


@lru_cache(maxsize=4096)
def _skipped(zone: ZoneInfo, day: date) -> bool:
    """Tell whether a zone left out this day, as Samoa did when it changed sides of the date line."""
    return day_start_ms(zone, day_of(day)) == day_start_ms(zone, day_of(day) + 1)


_INTERVAL = re.compile(r"P(?:(\d{1,4})([YMWD])|T(\d{1,6})([HMS]))")
_SECONDS = {"H": 3600, "M": 60, "S": 1}
INTERVAL_PATTERN = r"^P([0-9]{1,4}[YMWD]|T[0-9]{1,6}[HMS])$"
LONGEST_SEGMENT_MS = 1_100 * 24 * HOUR_MS
"""No segment may be longer: about three years, so that the search for what covers a day stays bounded."""


@lru_cache(maxsize=256)
def interval_from_iso(text: str) -> Interval:
    """Parse a duration of one unit, such as PT1M, PT15M, PT1H, P1D, P1W, P1M or P1Y; raises BadInterval."""
    match = _INTERVAL.fullmatch(text)
    count = int(match[1] or match[3]) if match else 0
    if not match or not count:
        raise BadInterval(text)
    calendar, clock = match[2], match[4]
    if clock:
        interval = Interval(seconds=count * _SECONDS[clock])
    elif calendar in "WD":
        interval = Interval(days=count * (7 if calendar == "W" else 1))
    else:
        interval = Interval(months=count * (12 if calendar == "Y" else 1))
    longest_days = interval.seconds / 86_400 + interval.days + interval.months * 30.5
    if longest_days > LONGEST_SEGMENT_MS / (24 * HOUR_MS):
        raise BadInterval(text)
    return interval
