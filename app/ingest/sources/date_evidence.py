"""What a table's dates tell of how they are meant: the order they are written in, and the end of a period they name.

Of `1/2/2024, 2/2/2024` the texts say nothing, and a person is asked; what their rows say is proposed, and told.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import pairwise

from app.ingest.sources.instant_texts import TimeUnreadable
from app.ingest.sources.local_time import DateOrder, LocalTime, instant_from_local

_POINTS = re.compile(r"\d{1,2}\.\d{1,2}\.\d{2,4}", re.ASCII)
_DAY = timedelta(days=1)
_FEW = 3
Times = list[datetime]


class Evidence(StrEnum):
    """Why something is proposed of dates: what all of them, or their rows, have in common."""

    POINTS = "points"
    RISING = "rising"
    EVEN = "even"
    INTERVAL = "interval"
    NONE = "none"
    MONTH_ENDS = "month_ends"
    MONTH_STARTS = "month_starts"
    WHOLE_MONTHS = "whole_months"
    INCLUSIVE = "inclusive"


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How often the meters of a table are read, where all are interval meters: `monthly`, or more often.

    `by_end`: their timestamps name the end of an interval.
    """

    monthly: bool
    by_end: bool = False


def order_told(
    groups: Sequence[Sequence[str]], orders: Sequence[DateOrder], rhythm: Rhythm | None
) -> tuple[str, Evidence]:
    """Return the order that one thing or another speaks for, of those that all dates can be read in; "" for none.

    `groups` are the texts of each meter's rows. Points are of countries that write the day first; rows that rise, or
    are evenly apart, by one order alone are in that one; else those of a monthly meter are months apart.
    """
    texts = [text for group in groups for text in group]
    if DateOrder.DMY in orders and all(_POINTS.match(text) for text in texts):
        return DateOrder.DMY, Evidence.POINTS
    tests: list[tuple[Evidence, Callable[[Times], bool]]] = [(Evidence.RISING, _rise), (Evidence.EVEN, _are_even)]
    if rhythm is not None:
        tests.append((Evidence.INTERVAL, lambda times: _are_months(times) is rhythm.monthly))
    left = {order: [times for group in groups if len(times := read(group, order)) > 1] for order in orders}
    for evidence, holds in tests:
        kept = {order: found for order, found in left.items() if found and all(map(holds, found))}
        if len(kept) == 1:
            return next(iter(kept)), evidence
        left = kept or left
    return "", Evidence.NONE


def end_told(ends: Sequence[str], starts: Sequence[str], order: str, rhythm: Rhythm | None) -> Evidence | None:
    """Return what dates without a time of day tell of the end of a period that they name; None where nothing.

    `starts` are those of the same rows, where a column has them: of bills from 1 January to 31 January and from 1 to 28
    February the last day belongs to the bill.
    """
    days = _days(ends, order)
    if len(days) < len(ends) or not days:
        return None
    begins = _days(starts, order)
    last = all((day + _DAY).day == 1 for day in days)
    if starts and len(begins) == len(days):
        if last and all(day.replace(day=1) == begin for begin, day in zip(begins, days, strict=True)):
            return Evidence.WHOLE_MONTHS
        return Evidence.INCLUSIVE if last or _follow(begins, days) else None
    monthly = rhythm is not None and rhythm.monthly
    if last and (monthly or len(set(days)) > 1):
        return Evidence.MONTH_ENDS
    first = all(day.day == 1 for day in days)
    return Evidence.MONTH_STARTS if first and rhythm is not None and monthly and rhythm.by_end else None


def read(texts: Sequence[str], order: str) -> Times:
    """Return the local times of the texts that are dates in an order."""
    found = []
    for text in texts:
        try:
            found.append(instant_from_local(text, LocalTime(DateOrder(order), UTC)).local)
        except TimeUnreadable:
            continue
    return found


def _days(texts: Sequence[str], order: str) -> Times:
    return read([text for text in texts if ":" not in text], order)


def _follow(begins: Times, ends: Times) -> bool:
    """Tell whether each row begins on the day after another one's end, but the first of all, and none on that day."""
    after = {end + _DAY for end in ends}
    later = [begin for begin in begins if begin > min(begins)]
    return bool(later) and all(begin in after for begin in later) and not set(later) & set(ends)


def _rise(times: Times) -> bool:
    steps = [later - earlier for earlier, later in pairwise(times)]
    return all(step >= timedelta() for step in steps) or all(step <= timedelta() for step in steps)


def _are_even(times: Times) -> bool:
    distinct = sorted(set(times))
    if len(distinct) < _FEW:
        return True
    months = {(later.year - earlier.year) * 12 + later.month - earlier.month for earlier, later in pairwise(distinct)}
    steps = {later - earlier for earlier, later in pairwise(distinct)}
    return len(steps) == 1 or (len(months) == 1 and _are_months(distinct))


def _are_months(times: Times) -> bool:
    """Tell whether times are whole months apart, on one day of the month or on its last."""
    return len({each.day for each in times}) == 1 or all((each + _DAY).day == 1 for each in times)
