"""What a bucket should cover, and what share of it is covered."""

from datetime import date
from decimal import Decimal, localcontext
from zoneinfo import ZoneInfo

from app.core.calendar.periods import SECOND_MS, Interval, day_of, day_start_ms
from app.core.inventory.resources import MeterKind
from app.core.units.quantities import EXACT

_ONE = Decimal(1)


def expected_seconds(
    zone: ZoneInfo, first_day: int, end_day: int, in_service_from: date | None, in_service_to: date | None
) -> int:
    """Return the seconds of the local days [first_day, end_day) in which the meter was in service."""
    first, end = in_service_days(first_day, end_day, in_service_from, in_service_to)
    if first >= end:
        return 0
    return (day_start_ms(zone, end) - day_start_ms(zone, first)) // SECOND_MS


def in_service_days(
    first_day: int, end_day: int, in_service_from: date | None, in_service_to: date | None
) -> tuple[int, int]:
    """Return [first_day, end_day) clipped to the days the meter was in service."""
    first = first_day if in_service_from is None else max(first_day, day_of(in_service_from))
    end = end_day if in_service_to is None else min(end_day, day_of(in_service_to))
    return first, end


def coverage_share(
    *, kind: MeterKind, interval: Interval | None, count: int, covered_s: int, expected_s: int
) -> Decimal | None:
    """Return the share of the expected time that readings cover, 0 to 1; None where nothing can be expected.

    Events and stocks have an expectation only against a declared interval: as many readings as intervals fit.
    """
    if expected_s <= 0:
        return None
    with localcontext(EXACT):
        if kind in (MeterKind.EVENT, MeterKind.STOCK):
            if interval is None:
                return None
            return min(Decimal(count) / _expected_count(interval, expected_s), _ONE)
        return min(Decimal(covered_s) / expected_s, _ONE)


def _expected_count(interval: Interval, expected_s: int) -> int:
    """Return how many intervals a stretch holds, to the nearest: calendar months and years vary in length."""
    mean_month_s = 2_629_746  # a twelfth of 365.2425 days
    length_s = interval.seconds + interval.days * 86_400 + interval.months * mean_month_s
    return max((2 * expected_s + length_s) // (2 * length_s), 1)
