"""Timestamps that name a month, a quarter or a year, on meters whose readings cover just that.

What covers a calendar month is dated by the month, in the books and on the bill. Its name says where it begins and
ends on the plant's calendar, whatever end of it the meter's timestamps name: of a monthly meter in Asia/Shanghai
`2026-01` is 2025-12-31T16:00:00Z at its start and 2026-01-31T16:00:00Z at its end.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.core.calendar.calendar_periods import CalendarPeriod, calendar_period
from app.core.inventory.meters import MeterSpec, TimestampEdge
from app.core.inventory.resources import MeterKind

_LENGTHS = {1: "a month", 3: "a quarter", 12: "a year"}


@dataclass(frozen=True, slots=True)
class NamedPeriods:
    """By a row's place: the instant (UTC ms) that the period named there has, or why it has none."""

    instants: Mapping[int, int]
    refused: Mapping[int, str]


def named_periods(
    texts: Sequence[str], places: Sequence[int], specs: Sequence[MeterSpec | None], local: NDArray[np.intp]
) -> NamedPeriods:
    """Read those of the texts at `places` that name a period; row n is of the meter `specs[local[n]]`.

    Only readings of a calendar interval are dated by one: everywhere else 2026 is a number, and no instant.
    """
    instants: dict[int, int] = {}
    refused: dict[int, str] = {}
    for at in places:
        spec = specs[local[at]]
        if spec is None or spec.kind is not MeterKind.INTERVAL or spec.interval is None or not spec.interval.months:
            continue
        period = calendar_period(texts[at])
        if period is None:
            continue
        if period.months == spec.interval.months:
            start, end = period.bounds_ms(spec.zone)
            instants[at] = start if spec.edge is TimestampEdge.INTERVAL_START else end
        else:
            refused[at] = _words(period, spec.interval.months)
    return NamedPeriods(instants, refused)


def _words(period: CalendarPeriod, months: int) -> str:
    covers = _LENGTHS.get(months, f"{months} months")
    return f"{period} is {_LENGTHS[period.months]}, and a reading of this meter covers {covers}"
