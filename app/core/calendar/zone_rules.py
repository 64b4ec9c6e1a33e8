"""The edition of the world's clocks that decides local days, and where two editions tell a zone's time differently."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

import tzdata

from app.core.calendar.periods import SECOND_MS, instant_from_ms

EDITION: str = tzdata.IANA_VERSION
"""The packaged edition, such as 2026f; later ones compare greater."""

Offsets = Sequence[tuple[int, int]]
"""(instant in UTC ms, offset from UTC in seconds from then on), in order; the first instant is FIRST_MS."""

FIRST_MS = 0
END_MS = 4_133_980_800_000
"""Rules are compared from 1970 up to, not including, 2101."""

_DAY_MS = 86_400 * SECOND_MS


@lru_cache(maxsize=1024)
def offsets_of(zone: ZoneInfo) -> Offsets:
    """Return every change of a zone's offset.

    What was found of a zone is kept: the files of a running process do not change, and there are some 600 zones.

    A day is too short for two changes, so that looking once a day misses none; each is then found by halving.
    Example: Europe/Berlin in 2021 gives (2021-03-28T01:00Z, 7200) and (2021-10-31T01:00Z, 3600).
    """
    found = [(FIRST_MS, _offset(zone, FIRST_MS))]
    for day_ms in range(FIRST_MS + _DAY_MS, END_MS + 1, _DAY_MS):
        offset = _offset(zone, day_ms)
        if offset != found[-1][1]:
            found.append((_change(zone, day_ms - _DAY_MS, day_ms), offset))
    return tuple(found)


def _change(zone: ZoneInfo, before_ms: int, after_ms: int) -> int:
    """Return the first second in (before, after] at which the offset is that of `after`."""
    wanted = _offset(zone, after_ms)
    low, high = before_ms // SECOND_MS, after_ms // SECOND_MS
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if _offset(zone, middle * SECOND_MS) == wanted else (middle, high)
    return high * SECOND_MS


def _offset(zone: ZoneInfo, ms: int) -> int:
    offset = instant_from_ms(ms).astimezone(zone).utcoffset()
    return 0 if offset is None else int(offset.total_seconds())


def different_spans(one: Offsets, other: Offsets) -> Iterator[tuple[int, int]]:
    """Yield [first, end) in UTC ms of each stretch in which two editions of a zone have another offset, in order."""
    bounds = [*sorted({ms for ms, _ in (*one, *other)}), END_MS]
    begun: int | None = None
    for start, end in pairwise(bounds):
        differs = _at(one, start) != _at(other, start)
        if differs and begun is None:
            begun = start
        elif not differs and begun is not None:
            yield begun, start
            begun = None
        if end == END_MS and begun is not None:
            yield begun, END_MS


def _at(offsets: Offsets, ms: int) -> int:
    return offsets[max(bisect_right(offsets, (ms, 86_400 * 2)) - 1, 0)][1]


def written_span(first_ms: int, end_ms: int) -> str:
    """Return a span in words, to the minute."""
    first, end = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=ms) for ms in (first_ms, end_ms))
    return f"{first:%Y-%m-%dT%H:%MZ} to {end:%Y-%m-%dT%H:%MZ}"
