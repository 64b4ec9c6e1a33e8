"""The one type of every instant and the one of every calendar day that enters or leaves as JSON."""

import re
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from app.core.calendar.periods import rfc3339 as rfc3339

_INSTANT = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:([Zz])|([+-])(\d\d):(\d\d))", re.ASCII
)
_WITHOUT_OFFSET = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?", re.ASCII)
_PLUS_LOST = re.compile(r"(.+\d) (\d\d:\d\d)", re.ASCII)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_EXAMPLE = "2021-06-30T08:15:00+08:00"


def instant_from_rfc3339(text: str) -> datetime:
    """Return the UTC instant of an RFC 3339 text; raises ValueError saying what is wrong with it."""
    match = _INSTANT.fullmatch(text)
    if match is None:
        raise ValueError(_what_is_wrong(text))
    year, month, day, hour, minute, second, fraction, zulu, sign, offset_hours, offset_minutes = match.groups()
    if fraction and fraction[3:].strip("0"):
        raise ValueError("finer than a millisecond")
    offset = timedelta(0) if zulu else timedelta(hours=int(offset_hours), minutes=int(offset_minutes))
    if offset >= timedelta(hours=24) or (offset_minutes and int(offset_minutes) > 59):
        raise ValueError("the offset is not a time of day")
    try:
        zone = timezone(-offset if sign == "-" else offset)
        micro = int((fraction or "0")[:3].ljust(3, "0")) * 1000
        local = datetime(int(year), int(month), int(day), int(hour), int(minute), int(second), micro, tzinfo=zone)
        return local.astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError("no such day or time of day") from None


def _what_is_wrong(text: str) -> str:
    if _WITHOUT_OFFSET.fullmatch(text):
        return f"has no offset from UTC; write {_EXAMPLE}"
    lost = _PLUS_LOST.fullmatch(text)
    if lost and _INSTANT.fullmatch(f"{lost[1]}+{lost[2]}"):
        return "has a space where the offset begins; write + as %2B in an address"
    return f"is not an RFC 3339 instant such as {_EXAMPLE}"


def _instant(value: Any) -> datetime:
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.astimezone(UTC)
    if not isinstance(value, str):
        raise PydanticCustomError("instant_type", "Input should be a string such as {example}", {"example": _EXAMPLE})
    try:
        return instant_from_rfc3339(value)
    except ValueError as error:
        raise PydanticCustomError("instant", "The instant {reason}", {"reason": str(error)}) from None


def _day(value: Any) -> date:
    if type(value) is date:
        return value
    if isinstance(value, str) and _DAY.fullmatch(value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            raise PydanticCustomError("day", "There is no such day") from None
    raise PydanticCustomError("day", "Input should be a day as YYYY-MM-DD")


Instant = Annotated[datetime, BeforeValidator(_instant), WithJsonSchema({"type": "string", "format": "date-time"})]
"""RFC 3339 with an offset in, UTC with Z out; digit-only strings, numbers and dates alone are errors."""

Day = Annotated[date, BeforeValidator(_day), WithJsonSchema({"type": "string", "format": "date"})]
"""YYYY-MM-DD and nothing else."""
