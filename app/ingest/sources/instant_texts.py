"""Instants as programs write them, to RFC 3339: loose offsets, numbers since 1970, days of a spreadsheet."""

import re
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from app.ingest.problems import RowCode

_LOOSE = re.compile(
    r"(?P<day>\d{4}-\d\d-\d\d)[Tt ](?P<minute>\d\d:\d\d)(?P<second>:\d\d)?(?:[.,](?P<fraction>\d{1,9}))?"
    r" ?(?:(?P<zulu>[Zz]|UTC|GMT)|(?P<hours>[+-]\d\d)(?::?(?P<minutes>[0-5]\d))?)",
    re.ASCII,
)
_MS_DIGITS = 3
_SERIAL = re.compile(r"\d{1,7}(?:[.,](\d{1,20}))?", re.ASCII)
_DAY_MS = 86_400_000
_FIRST_SERIAL = 61
"""1 March 1900."""

_SIXTY_SECONDS, _SECOND = 60_000, 1_000
_SERIAL_FROM, _SERIAL_FROM_1904 = datetime(1899, 12, 30), datetime(1904, 1, 1)  # noqa: DTZ001 (local, without a zone)


class TimeUnreadable(ValueError):
    """The text is no instant by these rules; `code` is that of the row."""

    def __init__(self, code: RowCode, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


def rfc3339_from_loose(text: str, *, truncate: bool) -> str:
    """Return an instant in the form posts have; what is no instant even loosely is returned as it stands.

    Read are offsets such as `+01`, `+0100` and ` UTC`, a space before them, and times without seconds: none of them
    leaves a doubt. `truncate` cuts a fraction at the millisecond, which is otherwise left for the row to be refused.
    """
    match = _LOOSE.fullmatch(text)
    if match is None:
        return text
    fraction = match["fraction"] or ""
    if truncate:
        fraction = fraction[:_MS_DIGITS]
    offset = "Z" if match["zulu"] else f"{match['hours']}:{match['minutes'] or '00'}"
    return f"{match['day']}T{match['minute']}{match['second'] or ':00'}{'.' if fraction else ''}{fraction}{offset}"


def local_from_serial(text: str, *, from_1904: bool) -> datetime:
    """Return the local date and time of a spreadsheet's day number: 1 is 1 January 1900, or 0 is 1 January 1904.

    A day in decimals is hardly ever a whole minute: 43101.01042 is 900.288 s after midnight. The whole minute, else the
    whole second, within one of the last digit is meant (it may have been cut), else the nearest millisecond. Raises
    TimeUnreadable; so do days before 1 March 1900, since the first spreadsheet took 1900 for a leap year.
    """
    number = text.replace(",", ".")
    match = _SERIAL.fullmatch(text)
    if match is None or (not from_1904 and float(number) < _FIRST_SERIAL):
        raise TimeUnreadable(RowCode.TIMESTAMP_UNREADABLE, f"{text[:40]!r} is not the day number of a spreadsheet")
    ms = Fraction(Decimal(number)) * _DAY_MS
    doubt = max(Fraction(_DAY_MS, 10 ** len(match[1])) if match[1] else Fraction(0), Fraction(1, 2))
    for step in (_SIXTY_SECONDS, _SECOND, 1):
        nearest = round(ms / step) * step
        if abs(nearest - ms) <= doubt:
            break
    try:
        return (_SERIAL_FROM_1904 if from_1904 else _SERIAL_FROM) + timedelta(milliseconds=nearest)
    except OverflowError:
        raise TimeUnreadable(RowCode.TIMESTAMP_OUT_OF_RANGE, f"{text[:40]!r} lies out of range") from None
