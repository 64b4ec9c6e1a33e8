"""What a source writes for an instant, to the text that a reading carries."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from app.core.calendar.calendar_periods import calendar_period
from app.ingest.bodies.instants import END_MS, EXPLANATIONS, FIRST_MS
from app.ingest.bodies.numbers import NUMBER, decimal_from_text
from app.ingest.problems import RowCode
from app.ingest.sources.dst_marks import DstMark
from app.ingest.sources.instant_texts import TimeUnreadable, local_from_serial, rfc3339_from_loose
from app.ingest.sources.local_time import LocalTime, Midnight, instant_from_local, located
from app.ingest.sources.twice import LocalInstant
from app.ingest.sources.wide import Cell, Counted, Names, WideRule, plain_name, since_midnight, time_of_day

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ONE_DAY = timedelta(days=1)
_FIRST_OF_MONTH = re.compile(r"(\d{4}-\d\d)-01(?:[T ]00:00(?::00(?:\.0+)?)?)?", re.ASCII)


class Stamp(StrEnum):
    """How a source writes an instant."""

    RFC3339 = "rfc3339"
    LOCAL = "local"
    EPOCH_S = "epoch_s"
    EPOCH_MS = "epoch_ms"
    EPOCH_US = "epoch_us"
    EPOCH_NS = "epoch_ns"
    EXCEL = "excel"
    EXCEL_1904 = "excel_1904"
    PERIOD = "period"
    MONTH = "month"


_SERIALS = (Stamp.EXCEL, Stamp.EXCEL_1904)
_OUR_YEARS_MS = 946_684_800_000, 4_102_444_800_000
"""2000 to 2100."""

_EPOCH_UNITS = {
    Stamp.EPOCH_S: ("seconds", Decimal(1_000)),
    Stamp.EPOCH_MS: ("milliseconds", Decimal(1)),
    Stamp.EPOCH_US: ("microseconds", Decimal("0.001")),
    Stamp.EPOCH_NS: ("nanoseconds", Decimal("0.000001")),
}
"""The name of each unit, and the milliseconds that one is."""


@dataclass(frozen=True, slots=True)
class DstRule:
    """A field that says in which of its hours a local time lies, by the texts of `codes`."""

    field: str
    codes: Mapping[str, DstMark]


@dataclass(frozen=True, slots=True)
class TimestampRule:
    """The instant: `field`, and `time_field` when the time of day stands apart; `local` says how local time is read.

    `field` is None where the columns of a wide row are named by timestamps. `truncate` cuts what is finer than a
    millisecond.
    """

    field: str | None = None
    time_field: str | None = None
    stamp: Stamp = Stamp.RFC3339
    local: LocalTime | None = None
    told: DstRule | None = None
    truncate: bool = False


class Stamped(NamedTuple):
    """An instant as the text of a reading; `twice` when it may be either of two, and the text is of the first."""

    text: str
    twice: LocalInstant | None = None


def stamped(text: str, rule: TimestampRule, told: DstMark | None = None) -> Stamped:
    """Return the instant a text means; raises TimeUnreadable. What is no RFC 3339 at all is left for its reader.

    Nor is the name of a month, quarter or year an instant: where that begins and ends is the meter's to say.
    """
    if rule.stamp is Stamp.RFC3339:
        return Stamped(rfc3339_from_loose(text, truncate=rule.truncate))
    if rule.stamp is Stamp.PERIOD:
        return _period((text,))
    if rule.stamp is Stamp.MONTH:
        return _month_of(text, rule)
    if rule.local is None:
        return Stamped(rfc3339_text(_from_epoch(text, rule)))
    if rule.stamp in _SERIALS:
        day = local_from_serial(text, from_1904=rule.stamp is Stamp.EXCEL_1904)
        if rule.local.midnight is Midnight.ENDS_DAY and day.time() == time():
            day += _ONE_DAY
        return _stamped(located(day, rule.local, told=told, bounds_day=text.isdecimal()))
    period = calendar_period(text)
    return _stamped(instant_from_local(text, rule.local, told=told)) if period is None else Stamped(str(period))


def start_stamped(text: str, rule: TimestampRule) -> Stamped:
    """Return the instant a row's own start means: a date alone begins its day, whatever 0:00 means in the timestamp."""
    local = rule.local and replace(rule.local, midnight=Midnight.BEGINS_DAY)
    return stamped(text, replace(rule, local=local))


def cell_stamped(text: str, rule: TimestampRule, wide: WideRule, cell: Cell, told: DstMark | None) -> Stamped:
    """Return the instant of a column of a wide row, whose own text is `text`; raises TimeUnreadable and SpanUnclear."""
    if wide.names is Names.METERS:
        return stamped(text, rule, told)
    if wide.names is Names.TIMESTAMPS and rule.stamp is Stamp.PERIOD:
        name = plain_name(cell.name)
        return _period((f"{name} {text}", f"{text}年{name}", f"{text}-{name}") if text else (name,))
    if wide.names is Names.TIMESTAMPS:
        return stamped(f"{plain_name(cell.name)} {text}".strip(), rule, told)
    if wide.names is Names.TIMES:
        return stamped(f"{text} {time_of_day(cell.name, wide.edge)}", rule, told)
    return _counted(text, rule, wide, cell.position, told)


def _period(texts: Sequence[str]) -> Stamped:
    """Return the month, quarter or year that one of the texts names; its meter says where that begins and ends.

    A year in the row and `Jan`, `1月`, `1` or `Q1` over the column make a name together. A spreadsheet that
    shows `Apr-26` holds the first of April.
    """
    for text in texts:
        first = _FIRST_OF_MONTH.fullmatch(text.strip())
        if period := calendar_period(first[1] if first else text, abbreviated=True):
            return Stamped(str(period))
    detail = f"{texts[0][:40]!r} names no month, quarter or year, as 2026-04, Apr 2026, 2026-Q2 and 2026 do"
    raise TimeUnreadable(RowCode.TIMESTAMP_UNREADABLE, detail)


def _month_of(text: str, rule: TimestampRule) -> Stamped:
    """Return the month in which a date lies: the figure of January may be dated by its last day, or by its first."""
    if (period := calendar_period(text)) is not None:
        return Stamped(str(period))
    if ":" in text:
        detail = f"{text[:40]!r} has a time of day, and a month's figure is named by a date alone"
        raise TimeUnreadable(RowCode.TIMESTAMP_UNREADABLE, detail)
    day = instant_from_local(text, rule.local or LocalTime(None, UTC)).local
    return Stamped(f"{day.year:04d}-{day.month:02d}")


def _counted(text: str, rule: TimestampRule, wide: WideRule, position: int, told: DstMark | None) -> Stamped:
    """Return the instant of a day's interval by its place.

    By elapsed time the day that clocks make an hour shorter has 92 quarters and no more, the longer one 100; by the
    clock the quarters of 02:00 to 03:00 are those at 9 to 12 on every day, and came never, or twice.
    """
    local = replace(rule.local or LocalTime(None, UTC), midnight=Midnight.BEGINS_DAY)
    day = _day(text, rule, local)
    since = since_midnight(wide, position)
    if wide.counted is Counted.CLOCK:
        return _stamped(located(day + since, local, told=told))
    start = located(day, local, bounds_day=True).first
    end = located(day + _ONE_DAY, local, bounds_day=True).first
    interval = wide.interval or _ONE_DAY
    if start + interval * (position + 1) > end:
        detail = f"the day {text[:40]!r} has no interval {position + 1}: there are {(end - start) // interval}"
        raise TimeUnreadable(RowCode.TIMESTAMP_NEVER_WAS, detail)
    return Stamped(rfc3339_text(start + since))


def _day(text: str, rule: TimestampRule, local: LocalTime) -> datetime:
    """Return the local midnight at which the day that a text names begins."""
    if rule.stamp in _SERIALS:
        return _midnight(local_from_serial(text, from_1904=rule.stamp is Stamp.EXCEL_1904))
    return _midnight(instant_from_local(text, local).local)


def _midnight(local: datetime) -> datetime:
    return local.replace(hour=0, minute=0, second=0, microsecond=0)


def _stamped(instant: LocalInstant) -> Stamped:
    return Stamped(rfc3339_text(instant.first), None if instant.second is None else instant)


def _from_epoch(text: str, rule: TimestampRule) -> datetime:
    """Return the instant so long after 1970; the range is asked first, since an int of 1e999999999 fills the memory."""
    unit, ms_of_unit = _EPOCH_UNITS[rule.stamp]
    if not NUMBER.fullmatch(text):
        detail = f"{text[:40]!r} is not a number of {unit} since 1970"
        raise TimeUnreadable(RowCode.TIMESTAMP_UNREADABLE, detail)
    number = decimal_from_text(text)
    if not number.is_finite() or not FIRST_MS / ms_of_unit <= number < END_MS / ms_of_unit:
        raise _told(RowCode.TIMESTAMP_OUT_OF_RANGE, _in_another_unit(float(number), rule.stamp))
    exact = number * ms_of_unit
    ms = int(exact)
    if (ms != exact or (number and not ms)) and not rule.truncate:
        raise _told(RowCode.TIMESTAMP_TOO_FINE, _in_another_unit(float(number), rule.stamp))
    return _EPOCH + timedelta(milliseconds=ms)


def other_unit(text: str, stamp: Stamp) -> str | None:
    """Return the words about the unit of time in which a number since 1970 gives an instant of our years; None of any.

    1764000000 taken for milliseconds is a day of January 1970, taken for seconds one of November 2025.
    """
    if stamp not in _EPOCH_UNITS:
        return None
    ms = (datetime.fromisoformat(text) - _EPOCH) / timedelta(milliseconds=1)
    return _in_another_unit(ms / float(_EPOCH_UNITS[stamp][1]), stamp)


def _in_another_unit(number: float, stamp: Stamp) -> str | None:
    for other, (unit, ms_of_unit) in _EPOCH_UNITS.items():
        ms = number * float(ms_of_unit)
        if other is not stamp and _OUR_YEARS_MS[0] <= ms < _OUR_YEARS_MS[1]:
            day = (_EPOCH + timedelta(milliseconds=ms)).date()
            return f"as {unit} it is of {day}: the mapping's format may have to be {other}"
    return None


def _told(code: RowCode, unit: str | None) -> TimeUnreadable:
    return TimeUnreadable(code, "; ".join(filter(None, (EXPLANATIONS[code], unit))))


def rfc3339_text(instant: datetime) -> str:
    """Return a UTC instant as the text of a reading."""
    return instant.isoformat(timespec="milliseconds")
