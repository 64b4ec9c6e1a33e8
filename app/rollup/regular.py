"""Days of regular interval meters: summed where they lie, since a segment inside a day needs no allocation."""

from app.core.daywindow import DayWindow
from app.core.meters import MeterSpec, TimestampEdge
from app.core.periods import SECOND_MS, day_start_ms, month_start, year_start
from app.core.resources import MeterKind

_SHORTEST_S = 60
"""A day of shorter intervals could pass 2^63 while it is summed."""
_DAY_S = 86_400


def is_regular(spec: MeterSpec) -> bool:
    """Tell whether the meter's days can be summed by the database, as far as its readings keep to the grid."""
    if spec.kind is not MeterKind.INTERVAL or spec.interval is None or spec.estimates_gaps:
        return False
    return _SHORTEST_S <= spec.interval.seconds <= _DAY_S


def day_window(spec: MeterSpec, day: int) -> DayWindow:
    """Return which stamps make up a local day of a regular meter."""
    assert spec.interval is not None  # noqa: S101 - only regular meters come here
    step = spec.interval.seconds * SECOND_MS
    start, end = day_start_ms(spec.zone, day), day_start_ms(spec.zone, day + 1)
    shift = step if spec.edge is TimestampEdge.INTERVAL_END else 0
    return DayWindow(
        meter_id=spec.id,
        day=day,
        month=month_start(day),
        year=year_start(day, spec.fiscal_start_month),
        after=start - step + shift,
        before=end + shift,
        first=start + shift,
        last=end - step + shift,
        step=step,
    )
