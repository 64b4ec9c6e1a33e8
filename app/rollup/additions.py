"""What newly entered readings add to their days, where each stands for itself: no bucket is made anew for them.

That is so for a measured reading, not negative, on the grid of a regular meter, that begins no earlier than where the
highest one before it ends: its segment meets no other and lies in one day. It adds its quantity and its time to the
day, the month and the year, whatever else they hold.
"""

from collections.abc import Callable, Mapping, Sequence
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from app.core.columns import NO_START, QUALITY_CODES, Int64Column, Quality
from app.core.fiscal_calendar import FiscalCalendar
from app.core.meters import MeterSpec, TimestampEdge
from app.core.periods import SECOND_MS, Grain, day_start_ms, local_day, month_start
from app.rollup.regular import is_regular
from app.store.packed import Arrival
from app.store.rollup_additions import Additions

_MOST_DAYS = 4_000
_MOST_A_METER = 2.0**61
"""Half of what a year's bucket may hold before it is made anew."""


def additions(entered: Arrival, specs: Mapping[int, MeterSpec]) -> tuple[Additions, NDArray[np.bool_]]:
    """Return what the readings that stand for themselves add to days, months and years, and which rows they are."""
    new = entered.new
    counts = np.diff(np.searchsorted(new.meter, entered.meters), append=len(new))
    known = [specs.get(meter) for meter in entered.meters.tolist()]
    step = np.repeat(np.array([_step(spec) for spec in known], dtype=np.int64), counts)
    begins = new.at - np.repeat(np.array([_shift(spec) for spec in known], dtype=np.int64), counts)
    alone = (step > 0) & (new.at - _stamps_before(entered, counts) >= step)
    alone &= (new.quality == QUALITY_CODES[Quality.MEASURED]) & (new.value >= 0) & (new.start == NO_START)
    alone &= ~_huge(new.value, counts)
    days = np.zeros(len(new), dtype=np.int64)
    for zone in {spec.zone for spec in known if spec is not None}:
        rows = np.repeat(np.array([spec is not None and spec.zone == zone for spec in known], dtype=np.bool_), counts)
        alone &= ~rows | _in_whole_days(zone, begins, step, alone & rows, days)
    each = (new.meter[alone].astype(np.int64), days[alone], new.value[alone], step[alone] // SECOND_MS)
    return _summed(*each, calendar=next((spec.calendar for spec in known if spec is not None), None)), alone


def _step(spec: MeterSpec | None) -> int:
    """Return the milliseconds of a regular meter's interval, 0 for any other."""
    if spec is None or spec.interval is None or not is_regular(spec):
        return 0
    return spec.interval.seconds * SECOND_MS


def _shift(spec: MeterSpec | None) -> int:
    """Return the milliseconds from where an interval begins to its stamp."""
    return _step(spec) if spec is not None and spec.edge is TimestampEdge.INTERVAL_END else 0


def _stamps_before(entered: Arrival, counts: Int64Column) -> Int64Column:
    """Return for each row the stamp of the reading before it, stored or new."""
    before = np.empty_like(entered.new.at)
    before[1:] = entered.new.at[:-1]
    before[np.cumsum(counts) - counts] = entered.before
    return before


def _huge(values: Int64Column, counts: Int64Column) -> NDArray[np.bool_]:
    """Tell which rows belong to meters whose values might together pass what a bucket holds."""
    if not len(values):
        return np.zeros(0, dtype=np.bool_)
    sums = np.add.reduceat(np.abs(values.astype(np.float64)), np.cumsum(counts) - counts)
    return np.repeat(sums >= _MOST_A_METER, counts)


def _in_whole_days(
    zone: ZoneInfo, begins: Int64Column, step: Int64Column, asked: NDArray[np.bool_], days: Int64Column
) -> NDArray[np.bool_]:
    """Note the local day of each asked row that keeps to the grid of a day of whole steps, and tell which these are."""
    result = np.zeros(len(begins), dtype=np.bool_)
    at = np.flatnonzero(asked)
    if not len(at):
        return result
    first, last = local_day(zone, int(begins[at].min())), local_day(zone, int(begins[at].max()))
    if last - first > _MOST_DAYS:
        return result
    bounds = np.array([day_start_ms(zone, day) for day in range(first, last + 2)], dtype=np.int64)
    place = np.searchsorted(bounds, begins[at], side="right") - 1
    start, length = bounds[place], bounds[place + 1] - bounds[place]
    result[at] = (length % step[at] == 0) & ((begins[at] - start) % step[at] == 0)
    days[at] = first + place
    return result


def _summed(
    meter: Int64Column, day: Int64Column, value: Int64Column, seconds: Int64Column, *, calendar: FiscalCalendar | None
) -> Additions:
    """Return the sums of rows, sorted by meter and day, by day, month and year; no calendar is needed for no rows."""
    parts = [_buckets(Grain.DAY, meter, day, np.ones(len(day), dtype=np.int64), seconds, value)]
    days = parts[0]
    if calendar is None:
        return days
    starts: Sequence[tuple[Grain, Callable[[int], int]]] = (
        (Grain.MONTH, month_start),
        (Grain.YEAR, lambda each: calendar.period_of(each).first_day),
    )
    for grain, start_of in starts:
        distinct, place = np.unique(days.start_day, return_inverse=True)
        start = np.array([start_of(each) for each in distinct.tolist()], dtype=np.int64)[place]
        parts.append(_buckets(grain, days.meter, start, days.count, days.covered_s, days.quantity))
    return Additions(*(np.concatenate([getattr(part, name) for part in parts]) for name in Additions.__slots__))


def _buckets(
    grain: Grain,
    meter: Int64Column,
    start: Int64Column,
    count: Int64Column,
    covered_s: Int64Column,
    quantity: Int64Column,
) -> Additions:
    if not len(meter):
        return Additions(meter, meter, meter, meter, meter, meter)
    first = np.flatnonzero(np.concatenate(([True], (meter[1:] != meter[:-1]) | (start[1:] != start[:-1]))))
    return Additions(
        meter=meter[first],
        grain=np.full(len(first), int(grain), dtype=np.int64),
        start_day=start[first],
        count=np.add.reduceat(count, first),
        covered_s=np.add.reduceat(covered_s, first),
        quantity=np.add.reduceat(quantity, first),
    )
