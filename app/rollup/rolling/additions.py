"""What arrived and adds to its days as it is, new readings and corrections: no bucket is made anew for them.

A new reading does where its segment lies in one day and begins no earlier than the highest stamp before it, where every
other segment has ended: it meets none, and adds its quantity and its time, whatever else the day holds. A correction
does where the old and the new version both count and their segment, which is the same, lies in one day: a day is the
sum of what its segments bring, and which time they cover depends on no quantity. So the difference is added, whether
the segment meets others or not. An example: 10:00 to 10:15 was 5 kWh, estimated, and 10:07 to 10:22, off the grid, is
4. Corrected to 6, measured, the first adds 1 to the day's quantity and takes 5 and one reading from what is estimated;
that eight minutes are covered twice is so before and after.
"""

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from app.core.calendar.fiscal_calendar import FiscalCalendar
from app.core.calendar.periods import SECOND_MS, Grain, local_day
from app.core.inventory.meters import MeterSpec
from app.core.readings.added_days import NOTHING_ADDED, AddedDays, added_up
from app.core.readings.bucket_columns import BucketColumns
from app.core.readings.columns import COUNTS_BELOW, NO_START, QUALITY_CODES, STANDING_STEP, Int64Column, Quality
from app.core.readings.versions import Correction
from app.rollup.buckets.periods import day_bounds_s
from app.rollup.segments.segment_columns import in_columns, seconds_and_lag
from app.store.arrivals.packed import Arrival

_MOST_DAYS = 4_000
_MOST_A_METER = 2.0**61
"""A fourth of what a bucket may hold."""

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Added:
    """What is added to days, and which new readings and which corrections that is of."""

    days: AddedDays
    new: Mask
    corrections: Mask


def additions(entered: Arrival, specs: Mapping[int, MeterSpec], *, waiting: AbstractSet[int] = frozenset()) -> Added:
    """Return what can be added of an arrival; readings of meters without a spec cannot.

    `waiting` are meters with days that will be made anew: a day that does not hold an old version yet is not given the
    difference to a new one. So it is with all corrections of a meter of which anything else here cannot be added.
    """
    rows, zones = _rows_of(entered, specs)
    addable = rows.counts & _of_moderate_meters(rows)
    day: Int64Column = np.zeros(len(rows.meter), dtype=np.int64)
    for number, zone in enumerate(zones):
        here = rows.zone == number
        addable &= ~here | _in_one_day(zone, rows, addable & here, day)
    count = len(entered.new)
    if entered.corrections:
        # Days that are made anew find every version that stands: no correction of such a meter is added besides.
        unready = np.append(rows.meter[~addable], sorted(waiting))
        addable[count:] &= ~np.isin(rows.meter[count:], unready)
    calendar = next((spec.calendar for spec in specs.values()), None)
    days = NOTHING_ADDED if calendar is None else _by_day(rows.take(addable), day[addable], calendar)
    return Added(days, addable[:count], addable[count:])


@dataclass(frozen=True, slots=True)
class _Rows:
    """New readings, and behind them corrections, whose version before is `old`; `counts` tells which may be added."""

    meter: Int64Column
    zone: Int64Column
    start_s: Int64Column
    seconds: Int64Column
    value: Int64Column
    quality: Int64Column
    old_value: Int64Column
    old_quality: Int64Column
    counts: Mask

    def take(self, index: Mask) -> "_Rows":
        return _Rows(*(getattr(self, name)[index] for name in _Rows.__slots__))

    def share(self, of: Callable[[Int64Column, Int64Column], Int64Column]) -> Int64Column:
        """Return the difference that each row makes in something a version says; new readings have quality 0 before."""
        return of(self.value, self.quality) - of(self.old_value, self.old_quality)


def _rows_of(entered: Arrival, specs: Mapping[int, MeterSpec]) -> tuple[_Rows, list[ZoneInfo]]:
    """Return the rows of an arrival, and the zones that they tell by number."""
    zones = list({spec.zone for spec in specs.values()})
    new, corrections = entered.new, entered.corrections
    counts = np.diff(np.searchsorted(new.meter, entered.meters), append=len(new))
    # Of a meter with 10:00 stored and 10:15, 10:30 new, the highest stamps before are 10:00 and 10:15: each new row has
    # those before it of its own meter.
    before = np.repeat(entered.before, counts)
    before[1:] = np.where(new.meter[1:] == new.meter[:-1], np.maximum(before[1:], new.at[:-1]), before[1:])
    seconds, lag, zone = np.concatenate(
        (
            np.repeat(_regularity(entered.meters.tolist(), specs, zones), counts, axis=0),
            _regularity([each.meter for each in corrections], specs, zones),
        )
    ).T
    none: Int64Column = np.zeros(len(new), dtype=np.int64)
    of_new: list[Int64Column] = [new.meter.astype(np.int64), new.at, new.start, new.value, new.quality.astype(np.int64)]
    of_new += [none + NO_START, none, none]
    changed = _columns_of(corrections)
    meter, at, start, value, stored, old_start, old_value, old_stored = map(np.append, of_new, changed)
    # A stamp that lies an interval behind the one before it begins where that one ends, or later, by whichever edge
    # both are stamped.
    alone = np.append(new.at - before >= seconds[: len(new)] * SECOND_MS, np.ones(len(corrections), dtype=np.bool_))
    counted = (stored < COUNTS_BELOW) & (old_stored < COUNTS_BELOW) & (start == NO_START) & (old_start == NO_START)
    rows = _Rows(
        meter=meter,
        zone=zone,
        start_s=at // SECOND_MS - lag,
        seconds=seconds,
        value=value,
        quality=stored % STANDING_STEP,
        old_value=old_value,
        old_quality=old_stored % STANDING_STEP,
        counts=(seconds > 0) & alone & counted,
    )
    return rows, zones


def _regularity(meters: Sequence[int], specs: Mapping[int, MeterSpec], zones: Sequence[ZoneInfo]) -> Int64Column:
    """Return the interval's seconds, how many of them lie before the stamp, and the zone's number, a row a meter.

    The seconds are 0 or less where nothing can be added.
    """
    known = [specs.get(meter) for meter in meters]
    found = [
        (*seconds_and_lag(spec), zones.index(spec.zone)) if spec is not None and in_columns(spec) else (0, 0, -1)
        for spec in known
    ]
    return np.array(found, dtype=np.int64).reshape(-1, 3)


def _columns_of(corrections: Sequence[Correction]) -> Int64Column:
    """Return meter and instant; start, value and stored quality of the new version; and of the old one."""
    rows = [
        (each.meter, each.at, *(part for one in (each.new, each.old) for part in (one.start, one.value, one.stored)))
        for each in corrections
    ]
    return np.array(rows, dtype=np.int64).reshape(-1, 8).T


def _of_moderate_meters(rows: _Rows) -> Mask:
    """Tell which rows belong to meters whose values together cannot bring a bucket near what it may hold."""
    sizes = np.abs(rows.value.astype(np.float64)) + np.abs(rows.old_value.astype(np.float64))
    if sizes.sum() < _MOST_A_METER:
        return np.ones(len(sizes), dtype=np.bool_)
    distinct, place = np.unique(rows.meter, return_inverse=True)
    moderate: Mask = (np.bincount(place, weights=sizes, minlength=len(distinct)) < _MOST_A_METER)[place]
    return moderate


def _in_one_day(zone: ZoneInfo, rows: _Rows, asked: Mask, day: Int64Column) -> Mask:
    """Note the local day of each asked row whose segment lies in one, and tell which these are."""
    result = np.zeros(len(asked), dtype=np.bool_)
    at = np.flatnonzero(asked)
    if not len(at):
        return result
    start_s = rows.start_s[at]
    first, last = (local_day(zone, int(each) * SECOND_MS) for each in (start_s.min(), start_s.max()))
    # Years of history, or a stamp with a wrong date: so many bounds are not worth making, and the rows are marked.
    if last - first > _MOST_DAYS:
        return result
    days, bounds_s = day_bounds_s(zone, first, last + 1)
    place = np.searchsorted(bounds_s, start_s, side="right") - 1
    # A segment that ends at midnight still lies in its day.
    result[at] = start_s + rows.seconds[at] <= bounds_s[place + 1]
    day[at] = days[place]
    return result


def _by_day(rows: _Rows, day: Int64Column, calendar: FiscalCalendar) -> AddedDays:
    """Return the sums of what rows add, by meter and day."""
    distinct, place = np.unique(day, return_inverse=True)
    year = np.array([calendar.period_of(each).first_day for each in distinct.tolist()], dtype=np.int64)[place]
    return added_up([AddedDays(_each(rows, day), year)])


def _each(rows: _Rows, day: Int64Column) -> BucketColumns:
    """Return what each row adds to its day."""
    estimated, manual = QUALITY_CODES[Quality.ESTIMATED], QUALITY_CODES[Quality.MANUAL]
    # A stored quality's code is never 0.
    is_new = (rows.old_quality == 0).astype(np.int64)
    return BucketColumns(
        meter_id=rows.meter,
        grain=np.full(len(day), int(Grain.DAY), dtype=np.int64),
        start_day=day,
        quantity=rows.share(lambda value, _: value),
        count=is_new,
        covered_s=is_new * rows.seconds,
        gross=rows.share(lambda value, _: np.abs(value)),
        gross_estimated=rows.share(lambda value, quality: np.abs(value) * (quality == estimated)),
        gross_manual=rows.share(lambda value, quality: np.abs(value) * (quality == manual)),
        count_estimated=rows.share(lambda _, quality: (quality == estimated).astype(np.int64)),
        count_manual=rows.share(lambda _, quality: (quality == manual).astype(np.int64)),
        flags=np.zeros(len(day), dtype=np.int64),
    )
