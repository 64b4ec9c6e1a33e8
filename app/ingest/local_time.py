"""Timestamps as loggers and spreadsheets write them: local dates and times of day to instants."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum

from app.ingest.problems import RowCode

_SEPARATOR = r"[/.\-年月 ]"
_DATES = {
    "DMY": re.compile(
        rf"(?P<d>\d{{1,2}}){_SEPARATOR}(?P<m>\d{{1,2}}|[A-Za-z]{{3,9}}){_SEPARATOR}(?P<y>\d{{4}}|\d\d)", re.ASCII
    ),
    "MDY": re.compile(
        rf"(?P<m>\d{{1,2}}|[A-Za-z]{{3,9}}){_SEPARATOR}(?P<d>\d{{1,2}}),?{_SEPARATOR}(?P<y>\d{{4}}|\d\d)",
        re.ASCII,
    ),
    "YMD": re.compile(
        rf"(?P<y>\d{{4}}){_SEPARATOR}(?P<m>\d{{1,2}}){_SEPARATOR}(?P<d>\d{{1,2}})日?"
        r"|(?P<y8>\d{4})(?P<m8>\d\d)(?P<d8>\d\d)",
        re.ASCII,
    ),
}
_TIME = re.compile(
    r"(?P<h>\d{1,2})[:.h](?P<min>\d\d)(?:[:.](?P<s>\d\d)(?:[.,](?P<f>\d{1,9}))?)?(?: ?(?P<half>[AaPp])\.?[Mm]\.?)?"
    r"|(?P<h4>\d\d)(?P<min4>\d\d)(?P<s4>\d\d)?",
    re.ASCII,
)
_GAP = re.compile(r"[T,]? *")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH_NAMES = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_CENTURY_TURNS = 70


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
    """Which instant is meant by a local time that came twice because clocks went back."""

    REJECT = "reject"
    FIRST = "first"
    SECOND = "second"


@dataclass(frozen=True, slots=True)
class LocalTime:
    """How a source writes local time: the order of its dates, its zone, and what it means where time is unclear."""

    order: DateOrder
    zone: tzinfo
    midnight: Midnight = Midnight.BEGINS_DAY
    ambiguous: Ambiguous = Ambiguous.REJECT


class TimeUnreadable(ValueError):
    """The text is no instant by these rules; `code` is that of the row."""

    def __init__(self, code: RowCode, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


def instant_from_local(text: str, rules: LocalTime) -> datetime:
    """Return the UTC instant of a local date and time; a date alone is its 0:00, and 24:00 is the next day's 0:00.

    Months are numbers or English names; years of two digits lie in 1970 to 2069. Raises TimeUnreadable, also for a
    local time that clocks skipped.
    """
    text = " ".join(text.split())
    match = _DATES[rules.order].match(text)
    if match is None:
        raise TimeUnreadable(RowCode.TIMESTAMP_UNREADABLE, f"{text[:40]!r} does not begin with a date {rules.order}")
    rest = text[match.end() :]
    gap = _GAP.match(rest)
    clock = rest[gap.end() if gap else 0 :]
    if clock and len(clock) == len(rest) and not match.groupdict().get("y8"):
        raise TimeUnreadable(RowCode.TIMESTAMP_UNREADABLE, f"{text[:40]!r} is not a date {rules.order} and a time")
    days, at = _clock(clock, text) if clock else (0, time())
    if rules.midnight is Midnight.ENDS_DAY and at == time() and not days:
        days = 1
    try:
        local = datetime.combine(_date(match, text), at) + timedelta(days=days)
        return _instant(local, rules, text)
    except OverflowError:
        raise TimeUnreadable(RowCode.TIMESTAMP_OUT_OF_RANGE, f"{text[:40]!r} lies out of range") from None


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
    names = _MONTHS if len(text) == 3 else _MONTH_NAMES
    return names.index(text.lower()) + 1


def _clock(clock: str, text: str) -> tuple[int, time]:
    """Return the whole days a time of day adds (one for 24:00) and the time of day."""
    match = _TIME.fullmatch(clock)
    if match is None:
        raise TimeUnreadable(RowCode.TIMESTAMP_UNREADABLE, f"{text[:40]!r} does not end with a time of day")
    hour, minute = int(match["h"] or match["h4"]), int(match["min"] or match["min4"])
    second, fraction = int(match["s"] or match["s4"] or 0), match["f"] or ""
    if fraction[3:].strip("0"):
        raise TimeUnreadable(RowCode.TIMESTAMP_TOO_FINE, "instants are kept in milliseconds")
    if match["half"]:
        if not 1 <= hour <= 12:
            raise TimeUnreadable(RowCode.TIMESTAMP_UNREADABLE, f"there is no time of day {clock[:20]!r}")
        hour = hour % 12 + (12 if match["half"] in "Pp" else 0)
    if (hour, minute, second, fraction.strip("0")) == (24, 0, 0, ""):
        return 1, time()
    try:
        return 0, time(hour, minute, second, int(fraction[:3].ljust(3, "0")) * 1000)
    except ValueError:
        raise TimeUnreadable(RowCode.TIMESTAMP_UNREADABLE, f"there is no time of day {clock[:20]!r}") from None


def _instant(local: datetime, rules: LocalTime, text: str) -> datetime:
    first = local.replace(tzinfo=rules.zone)
    second = first.replace(fold=1)
    before, after = first.utcoffset(), second.utcoffset()
    if before == after or before is None or after is None:
        return first.astimezone(UTC)
    if before < after:
        raise TimeUnreadable(RowCode.TIMESTAMP_NEVER_WAS, f"clocks skipped {text[:40]!r} in {rules.zone}")
    if rules.ambiguous is Ambiguous.REJECT:
        detail = f"clocks showed {text[:40]!r} twice in {rules.zone}; the mapping says which is meant by `ambiguous`"
        raise TimeUnreadable(RowCode.TIMESTAMP_AMBIGUOUS, detail)
    return (first if rules.ambiguous is Ambiguous.FIRST else second).astimezone(UTC)
