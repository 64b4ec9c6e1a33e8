"""Readings of interval meters as segments in columns: what `segments` yields one by one, for many meters at once."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.core.calendar.periods import SECOND_MS
from app.core.inventory.meters import MeterSpec, TimestampEdge
from app.core.inventory.resources import MeterKind
from app.core.readings.columns import COUNTS_BELOW, NO_START, STANDING_STEP, Int16Column, Int64Column
from app.core.readings.versions import StoredColumns
from app.rollup.segments.segments import interval_bounds_ms

_OF_THE_CALENDAR = -1


@dataclass(frozen=True, slots=True)
class SegmentColumns:
    """Segments [start_s, end_s) of known quantities, sorted by meter and start.

    UTC seconds, micro-units before the multiplier, quality codes without standing.
    """

    meter: Int64Column
    start_s: Int64Column
    end_s: Int64Column
    quantity: Int64Column
    quality: Int16Column

    def __len__(self) -> int:
        return len(self.meter)

    def take(self, index: NDArray[np.intp] | NDArray[np.bool_]) -> "SegmentColumns":
        """Return the segments that `index` (positions or a mask) selects, in its order."""
        return SegmentColumns(*(getattr(self, name)[index] for name in SegmentColumns.__slots__))


def in_columns(spec: MeterSpec) -> bool:
    """Tell whether a meter's segments are told by its readings one by one, without their neighbours."""
    return spec.kind is MeterKind.INTERVAL and not spec.estimates_gaps


def seconds_and_lag(spec: MeterSpec) -> tuple[int, int]:
    """Return how many seconds each interval has, and how many of them lie before its stamp.

    (0, 0) of a meter without an interval; (-1, 0) where the calendar decides, or when the reading was stamped.
    """
    if spec.interval_changes or (spec.interval is not None and not spec.interval.seconds):
        return _OF_THE_CALENDAR, 0
    seconds = 0 if spec.interval is None else spec.interval.seconds
    return seconds, seconds if spec.edge is TimestampEdge.INTERVAL_END else 0


def segment_columns(readings: StoredColumns, specs: Mapping[int, MeterSpec]) -> SegmentColumns:
    """Return the segments of the counted ones of readings, sorted by identity, of meters that are `in_columns`.

    Of a meter of PT15M stamped at the end, 10:15 is [10:00, 10:15); a row of it with a start of its own, 09:50, is
    [09:50, 10:15), and comes before the first.
    """
    counted = readings.take(readings.quality < COUNTS_BELOW)
    meter = counted.meter.astype(np.int64)
    firsts = np.flatnonzero(np.concatenate(([True], meter[1:] != meter[:-1]))) if len(meter) else np.empty(0, np.intp)
    # Of meters 7, 7, 9 the bounds are 0, 2, 3: what is known of each meter is laid out over its 2 and 1 rows.
    bounds = [*firsts.tolist(), len(meter)]
    of_meters = [specs[each] for each in meter[firsts].tolist()]
    known = np.array([seconds_and_lag(spec) for spec in of_meters], dtype=np.int64).reshape(-1, 2)
    seconds, lag = np.repeat(known, np.diff(bounds), axis=0).T
    stamps = counted.at // SECOND_MS
    start_s = stamps - lag
    end_s = start_s + seconds
    own = counted.start != NO_START
    if own.any():
        start_s[own], end_s[own] = counted.start[own] // SECOND_MS, stamps[own]
    # Months and years differ in length, and a meter's interval may have changed: the calendar is asked reading by
    # reading.
    for place in np.flatnonzero(known[:, 0] == _OF_THE_CALENDAR).tolist():
        rows = np.arange(bounds[place], bounds[place + 1])[~own[bounds[place] : bounds[place + 1]]]
        edges = [interval_bounds_ms(of_meters[place], at, None) for at in counted.at[rows].tolist()]
        start_s[rows], end_s[rows] = np.array(edges, dtype=np.int64).reshape(-1, 2).T // SECOND_MS
    found = SegmentColumns(meter, start_s, end_s, counted.value, counted.quality % STANDING_STEP)
    return found if _in_order(found) else found.take(np.lexsort((start_s, meter)))


def _in_order(found: SegmentColumns) -> bool:
    """Tell whether segments sorted by meter are so by start too, as they are without starts of their own."""
    return not bool(((found.meter[1:] == found.meter[:-1]) & (found.start_s[1:] < found.start_s[:-1])).any())
