"""Days of regular interval meters: summed where they lie, since a segment inside a day needs no allocation."""

from collections.abc import Iterable

from app.core.buckets import Bucket
from app.core.columns import QUALITY_CODES, Quality
from app.core.daysums import DaySum, DayWindow
from app.core.meters import MeterSpec, TimestampEdge
from app.core.periods import SECOND_MS, day_start_ms
from app.core.resources import MeterKind

_SHORTEST_S = 60
"""A day of shorter intervals could pass 2^63 while it is summed."""
_DAY_S = 86_400
_ESTIMATED = QUALITY_CODES[Quality.ESTIMATED]
_MANUAL = QUALITY_CODES[Quality.MANUAL]


def is_regular(spec: MeterSpec) -> bool:
    """Tell whether the meter's days can be summed by the database, as far as its readings keep to the grid."""
    if spec.kind is not MeterKind.INTERVAL or spec.interval is None or spec.estimates_gaps:
        return False
    return _SHORTEST_S <= spec.interval.seconds <= _DAY_S


def window(spec: MeterSpec, day: int) -> DayWindow:
    """Return which stamps make up a local day of a regular meter."""
    assert spec.interval is not None  # noqa: S101 - only regular meters come here
    step = spec.interval.seconds * SECOND_MS
    start, end = day_start_ms(spec.zone, day), day_start_ms(spec.zone, day + 1)
    shift = step if spec.edge is TimestampEdge.INTERVAL_END else 0
    return DayWindow(
        meter_id=spec.id,
        day=day,
        after=start - step + shift,
        before=end + shift,
        first=start + shift,
        last=end - step + shift,
        step=step,
    )


def bucket(sums: Iterable[DaySum], step_s: int) -> Bucket:
    """Return the bucket of one day from its sums by quality, none of them irregular."""
    rows = list(sums)
    count = sum(row.count for row in rows)
    return Bucket(
        meter_id=rows[0].meter_id,
        start_day=rows[0].day,
        quantity=sum(row.total for row in rows),
        count=count,
        covered_s=count * step_s,
        gross=sum(row.gross for row in rows),
        gross_estimated=sum(row.gross for row in rows if row.quality == _ESTIMATED),
        gross_manual=sum(row.gross for row in rows if row.quality == _MANUAL),
        count_estimated=sum(row.count for row in rows if row.quality == _ESTIMATED),
        count_manual=sum(row.count for row in rows if row.quality == _MANUAL),
        minimum=None,
        maximum=None,
        last=None,
        weight=0,
        area_high=0,
        area_low=0,
        flags=0,
    )
