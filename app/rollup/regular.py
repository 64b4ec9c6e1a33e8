"""Days of regular interval meters: summed where they lie, since a segment inside a day needs no allocation."""

from typing import NamedTuple
from zoneinfo import ZoneInfo

from app.core.daywindow import DayWindow
from app.core.fiscal_calendar import FiscalCalendar
from app.core.meters import MeterSpec, TimestampEdge
from app.core.periods import SECOND_MS, day_start_ms, month_start
from app.core.resources import MeterKind

_SHORTEST_S = 60
"""A day of shorter intervals could pass 2^63 while it is summed."""
_DAY_S = 86_400


def is_regular(spec: MeterSpec) -> bool:
    """Tell whether the meter's days can be summed by the database, as far as its readings keep to the grid."""
    if spec.kind is not MeterKind.INTERVAL or spec.interval is None or spec.estimates_gaps or spec.interval_changes:
        return False
    return _SHORTEST_S <= spec.interval.seconds <= _DAY_S


class DayCalendar(NamedTuple):
    """What decides which stamps make up a day of a regular meter; many meters have it in common."""

    zone: ZoneInfo
    step: int
    shift: int
    fiscal: FiscalCalendar


def day_calendar(spec: MeterSpec) -> DayCalendar:
    """Return the calendar of a regular meter; `step` is its interval in ms, `shift` how far its stamps lag starts."""
    assert spec.interval is not None  # noqa: S101 - only regular meters come here
    step = spec.interval.seconds * SECOND_MS
    shift = step if spec.edge is TimestampEdge.INTERVAL_END else 0
    return DayCalendar(spec.zone, step, shift, spec.calendar)


def day_window(calendar: DayCalendar, day: int, meters: tuple[int, ...]) -> DayWindow:
    """Return which stamps make up a local day of regular meters with this calendar."""
    zone, step, shift, fiscal = calendar
    start, end = day_start_ms(zone, day), day_start_ms(zone, day + 1)
    return DayWindow(
        meters=meters,
        day=day,
        month=month_start(day),
        year=fiscal.period_of(day).first_day,
        after=start - step + shift,
        before=end + shift,
        first=start + shift,
        last=end - step + shift,
        step=step,
    )
