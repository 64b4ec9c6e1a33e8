"""What a source says of a local time beside the clock's digits: an offset, the season, a zone's letters, the pass."""

import re
from datetime import UTC, datetime, timedelta, tzinfo
from enum import StrEnum

_OFFSET = re.compile(r"(?:UTC|GMT)?([+-])(0\d|1[0-4]):?([0-5]\d)?", re.ASCII)
_GERMAN = {"MEZ": "CET", "MESZ": "CEST", "OEZ": "EET", "OESZ": "EEST"}
_JUST_BEFORE = timedelta(milliseconds=1)


class DstMark(StrEnum):
    """Which of its hours a local time lies in; `first` and `second` say nothing of a time that came once."""

    SUMMER = "summer"
    WINTER = "winter"
    FIRST = "first"
    SECOND = "second"


SEASONS = {"S": DstMark.SUMMER, "W": DstMark.WINTER}
"""`02:15 S`, `02:15 W`."""

PASSES = {"A": DstMark.FIRST, "B": DstMark.SECOND}
"""`2A:15`, `2B:15`."""


class OffsetUnknown(ValueError):
    """The words behind a time say nothing that its zone knows."""


class OffsetWrong(ValueError):
    """Clocks of the zone did not run by the offset that the source states."""


def offset_from_words(words: str, local: datetime, zone: tzinfo | None) -> timedelta:
    """Return the offset that words behind a local time state: `+01`, `+0100`, `UTC`, `Z`, or letters such as `CEST`.

    Letters are those the zone itself goes by in that year (and MEZ, MESZ). Raises OffsetUnknown.
    """
    if words.upper() in ("Z", "UTC", "GMT"):
        return timedelta(0)
    if match := _OFFSET.fullmatch(words):
        offset = timedelta(hours=int(match[2]), minutes=int(match[3] or 0))
        return -offset if match[1] == "-" else offset
    wanted = _GERMAN.get(words.upper(), words.upper())
    for moment in _moments(local, zone) if zone is not None else ():
        if moment.tzname() == wanted:
            return moment.utcoffset() or timedelta(0)
    raise OffsetUnknown(words)


def offset_told(told: DstMark, local: datetime, zone: tzinfo) -> timedelta | None:
    """Return the offset by which a local time was told; None where `first` or `second` has nothing to tell apart."""
    here = [local.replace(tzinfo=zone, fold=fold).utcoffset() or timedelta(0) for fold in (0, 1)]
    if told in (DstMark.FIRST, DstMark.SECOND):
        return None if here[0] <= here[1] else here[told is DstMark.SECOND]
    offsets = [moment.utcoffset() or timedelta(0) for moment in _moments(local, zone)]
    return max(offsets) if told is DstMark.SUMMER else min(offsets)


def instant_at(local: datetime, offset: timedelta, zone: tzinfo | None) -> datetime:
    """Return the UTC instant of a local time at an offset that the zone has then, or had until that very instant.

    The end of the hour 02:00 to 03:00 of summer time may be written 03:00 of summer time, though clocks show 02:00
    again at that instant. Raises OffsetWrong; without a zone the offset alone counts.
    """
    instant = (local - offset).replace(tzinfo=UTC)
    if zone is not None and all(
        moment.astimezone(zone).utcoffset() != offset for moment in (instant, instant - _JUST_BEFORE)
    ):
        raise OffsetWrong(str(zone))
    return instant


def _moments(local: datetime, zone: tzinfo) -> list[datetime]:
    """Return moments at which the zone goes by each of its offsets of that year: winter, summer, and here."""
    days = [local.replace(month=month, day=1) for month in (1, 7)]
    return [each.replace(tzinfo=zone, fold=fold) for each in (local, *days) for fold in (0, 1)]
