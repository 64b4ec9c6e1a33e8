"""Timestamps as loggers and spreadsheets write them: local dates and times of day to instants."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum

from app.core.calendar.calendar_periods import MONTH_WORDS
from app.ingest.problems import RowCode
from app.ingest.sources.dst_marks import (
    PASSES,
    SEASONS,
    DstMark,
    OffsetUnknown,
    OffsetWrong,
    instant_at,
    offset_from_words,
    offset_told,
)
from app.ingest.sources.instant_texts import TimeUnreadable
from app.ingest.sources.twice import LocalInstant

_SEPARATOR = r"[/.\-年月 ]"
_DATES = {
    "DMY": re.compile(
        rf"(?P<d>\d{{1,2}}){_SEPARATOR}(?P<m>\d{{1,2}}|[A-Za-zÀ-ÿ]{{3,10}}){_SEPARATOR}(?P<y>\d{{4}}|\d\d)", re.ASCII
    ),
    "MDY": re.compile(
        rf"(?P<m>\d{{1,2}}|[A-Za-zÀ-ÿ]{{3,10}}){_SEPARATOR}(?P<d>\d{{1,2}}),?{_SEPARATOR}(?P<y>\d{{4}}|\d\d)",
        re.ASCII,
    ),
    "YMD": re.compile(
        rf"(?P<y>\d{{4}}){_SEPARATOR}(?P<m>\d{{1,2}}){_SEPARATOR}(?P<d>\d{{1,2}})日?"
        r"|(?P<y8>\d{4})(?P<m8>\d\d)(?P<d8>\d\d)",
        re.ASCII,
    ),
}
_TIME = re.compile(
    r"(?:(?P<h>\d{1,2})(?P<pass>[AB])?[:.h](?P<min>\d\d)(?:[:.](?P<s>\d\d)(?:[.,](?P<f>\d{1,9}))?)?"
    r"(?: ?(?P<half>[AaPp])\.?[Mm]\.?)?|(?P<h4>\d\d)(?P<min4>\d\d)(?P<s4>\d\d)?)"
    r"(?: ?(?P<words>(?:UTC|GMT)?[+-]\d\d(?::?\d\d)?|[A-Za-z]{1,5}))?",
    re.ASCII,
)
_ISO = re.compile(r"(?P<y>\d{4})-(?P<m>\d\d)-(?P<d>\d\d)", re.ASCII)
"""Whatever the order of other dates, nobody means anything else by these."""

_GAP = re.compile(r"[T,]? *")
_CENTURY_TURNS = 70
_TICK = timedelta(milliseconds=1)


class DateOrder(StrEnum):
    """Which of day, month and year a date names first, second and third."""

    DMY = "DMY"
    MDY = "MDY"
    YMD = "YMD"


class Midnight(StrEnum):
    """Which day a source means by the 0:00 it writes under a date: the day begins, or the day ends."""

    BEGINS_DAY = "begins_day"
    ENDS_DAY = "ends_day"


class Ambiguous(StrEnum):
    """What a local time means that clocks showed twice, when neither text nor offset tells its hours apart.

    BY_ORDER: the order of the rows tells, where both hours are there; FIRST and SECOND: so it does, and a time that is
    there once is of that hour; REJECT: nothing but the source's own word tells.
    """

    BY_ORDER = "by_order"
    FIRST = "first"
    SECOND = "second"
    REJECT = "reject"


class Nonexistent(StrEnum):
    """What becomes of a local time that clocks skipped."""

    REJECT = "reject"
    SKIP = "skip"


@dataclass(frozen=True, slots=True)
class LocalTime:
    """How a source writes local time: the order of its dates, its zone, and what it means where time is unclear.

    Without a zone each text has its offset; without an order dates are ISO 8601. `truncate` cuts fractions of a second
    at the millisecond.
    """

    order: DateOrder | None
    zone: tzinfo | None
    midnight: Midnight = Midnight.BEGINS_DAY
    ambiguous: Ambiguous = Ambiguous.BY_ORDER
    nonexistent: Nonexistent = Nonexistent.REJECT
    truncate: bool = False


class ClocksSkipped(TimeUnreadable):
    """Clocks never showed this local time: they were put forward over it."""


def instant_from_local(text: str, rules: LocalTime, *, told: DstMark | None = None) -> LocalInstant:
    """Return what a local date and time means; a date alone is its 0:00, and 24:00 is the next day's 0:00.

    Months are numbers or English names; years of two digits lie in 1970 to 2069. What the text says behind the time
    of day counts (`+0100`, `UTC`, `CEST`, `S` and `W`), as does `2A:00` and `2B:00`; `told` is what another field of
    the source says. Raises TimeUnreadable, also for a local time that clocks skipped, and where the source contradicts
    the zone.
    """
    text = " ".join(text.split())
    match = (_DATES[rules.order].match(text) if rules.order else None) or _ISO.match(text)
    if match is None:
        detail = f"{text[:40]!r} does not begin with a date {rules.order or 'such as 2021-03-01'}"
        raise TimeUnreadable(RowCode.TIMESTAMP_UNREADABLE, detail)
    rest = text[match.end() :]
    gap = _GAP.match(rest)
    clock = rest[gap.end() if gap else 0 :]
    if clock and len(clock) == len(rest) and not match.groupdict().get("y8"):
        raise TimeUnreadable(RowCode.TIMESTAMP_UNREADABLE, f"{text[:40]!r} is not a date and a time of day")
    read = _clock(clock, text, truncate=rules.truncate) if clock else _Clock(0, time())
    days = 1 if rules.midnight is Midnight.ENDS_DAY and read.at == time() else read.days
    try:
        local = datetime.combine(_date(match, text), read.at) + timedelta(days=days)
        if read.words is None:
            return located(local, rules, told=read.told or told, bounds_day=not clock or read.days > 0)
        return _at(local, offset_from_words(read.words, local, rules.zone), rules)
    except OverflowError:
        raise TimeUnreadable(RowCode.TIMESTAMP_OUT_OF_RANGE, f"{text[:40]!r} lies out of range") from None
    except OffsetUnknown:
        detail = f"{text[:40]!r} ends with {read.words!r}: no offset, and no name of a time in {rules.zone}"
        raise TimeUnreadable(RowCode.TIMESTAMP_UNREADABLE, detail) from None


def located(
    local: datetime, rules: LocalTime, *, told: DstMark | None = None, bounds_day: bool = False
) -> LocalInstant:
    """Return what a clock's reading means in the zone, or by what the source told of it; raises TimeUnreadable.

    A time that `bounds_day`, since the source names a day alone or its 24:00, is the day's first instant, also where
    clocks change at midnight.
    """
    if rules.zone is None:
        raise TimeUnreadable(RowCode.TIMESTAMP_WITHOUT_OFFSET, f"{local} has no offset, and the mapping no timezone")
    offset = None if told is None else offset_told(told, local, rules.zone)
    if offset is not None:
        return _at(local, offset, rules)
    first = local.replace(tzinfo=rules.zone)
    second = first.replace(fold=1)
    before, after = first.utcoffset(), second.utcoffset()
    if before == after or before is None or after is None:
        return _once(local, first, rules)
    if bounds_day:
        return LocalInstant(local, first.astimezone(UTC))
    if before < after:
        raise ClocksSkipped(RowCode.TIMESTAMP_NEVER_WAS, f"clocks skipped {local} in {rules.zone}")
    if rules.ambiguous is Ambiguous.REJECT:
        raise TimeUnreadable(RowCode.TIMESTAMP_AMBIGUOUS, f"clocks showed {local} twice in {rules.zone}")
    return LocalInstant(local, first.astimezone(UTC), second.astimezone(UTC))


def _once(local: datetime, here: datetime, rules: LocalTime) -> LocalInstant:
    """Return a time that clocks showed once; as the end of an hour that came twice it may end the first of them."""
    instant = here.astimezone(UTC)
    if local.second or local.microsecond or local.minute % 30 or rules.ambiguous is Ambiguous.REJECT:
        return LocalInstant(local, instant)
    just_before = (local - _TICK).replace(tzinfo=rules.zone)
    before, after = just_before.utcoffset(), just_before.replace(fold=1).utcoffset()
    if before is None or after is None or before <= after:
        return LocalInstant(local, instant)
    return LocalInstant(local, (local - before).replace(tzinfo=UTC), instant, ends=True)


def _at(local: datetime, offset: timedelta, rules: LocalTime) -> LocalInstant:
    try:
        return LocalInstant(local, instant_at(local, offset, rules.zone))
    except OffsetWrong:
        stated = f"UTC{'-' if offset < timedelta(0) else '+'}{abs(offset)}"
        detail = f"the source says {local} is of {stated}, by which clocks in {rules.zone} did not run then"
        raise TimeUnreadable(RowCode.TIMESTAMP_NEVER_WAS, detail) from None


def _date(match: re.Match[str], text: str) -> date:
    parts = {name.rstrip("8"): part for name, part in match.groupdict().items() if part is not None}
    year = int(parts["y"])
    if len(parts["y"]) == 2:
        year += 1900 if year >= _CENTURY_TURNS else 2000
    try:
        return date(year, _month(parts["m"]), int(parts["d"]))
    except ValueError:
        raise TimeUnreadable(RowCode.TIMESTAMP_UNREADABLE, f"there is no day {text[:40]!r}") from None


def _month(text: str) -> int:
    if text.isdecimal():
        return int(text)
    return MONTH_WORDS.get(text.lower(), 0)  # no month has the number 0


@dataclass(frozen=True, slots=True)
class _Clock:
    """The whole days a time of day adds (one for 24:00), the time, the words behind it, and what its letters tell."""

    days: int
    at: time
    words: str | None = None
    told: DstMark | None = None


def _clock(clock: str, text: str, *, truncate: bool) -> _Clock:
    match = _TIME.fullmatch(clock)
    if match is None:
        raise TimeUnreadable(RowCode.TIMESTAMP_UNREADABLE, f"{text[:40]!r} does not end with a time of day")
    hour, minute = int(match["h"] or match["h4"]), int(match["min"] or match["min4"])
    second, fraction = int(match["s"] or match["s4"] or 0), match["f"] or ""
    if fraction[3:].strip("0") and not truncate:
        raise TimeUnreadable(RowCode.TIMESTAMP_TOO_FINE, "instants are kept in milliseconds")
    if match["half"]:
        if not 1 <= hour <= 12:
            raise TimeUnreadable(RowCode.TIMESTAMP_UNREADABLE, f"there is no time of day {clock[:20]!r}")
        hour = hour % 12 + (12 if match["half"] in "Pp" else 0)
    told = PASSES.get(match["pass"] or "") or SEASONS.get(match["words"] or "")
    words = None if told else match["words"]
    if (hour, minute, second, fraction.strip("0")) == (24, 0, 0, ""):
        return _Clock(1, time(), words, told)
    try:
        at = time(hour, minute, second, int(fraction[:3].ljust(3, "0")) * 1000)
    except ValueError:
        raise TimeUnreadable(RowCode.TIMESTAMP_UNREADABLE, f"there is no time of day {clock[:20]!r}") from None
    return _Clock(0, at, words, told)
