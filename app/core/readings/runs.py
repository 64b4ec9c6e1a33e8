"""Cutting sorted readings into runs: stretches of one meter without a long gap."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.core.calendar.periods import HOUR_MS
from app.core.readings.columns import NO_START, Int32Column, Int64Column, ReadingColumns
from app.core.readings.versions import Correction

LOOKUP_GAP_MS = 48 * HOUR_MS
"""Within a run, stored readings are fetched as one range; the gap bounds how many of them were not asked for."""

MARK_GAP_MS = 24 * HOUR_MS
"""Stretches this close make one mark: what lies between them is made anew without need, a day of it at most."""


@dataclass(frozen=True, slots=True)
class Runs:
    """Stretches [first, last] of instants, one meter each, sorted."""

    meter: Int32Column
    first: Int64Column
    last: Int64Column

    def __len__(self) -> int:
        return len(self.meter)


def distinct(meters: Int32Column) -> Int32Column:
    """Return each of some ascending meters once."""
    # The last of each stretch of equal ones.
    return meters[np.append(meters[1:] != meters[:-1], True)] if len(meters) else meters


def distinct_rows(*columns: NDArray[np.integer]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the first of the rows that are alike in these columns, for each kind, and which kind each row is of.

    Of the rows (1, 5), (1, 6), (1, 5) the first ones are 0 and 1, and the rows are of kinds 0, 1 and 0. So what depends
    on these columns alone is worked out once for each kind, and for all rows by an index.
    """
    order = np.lexsort(columns[::-1])
    begins = np.zeros(len(order), dtype=np.bool_)
    begins[:1] = True
    for column in columns:
        begins[1:] |= column[order][1:] != column[order][:-1]
    kind = np.empty(len(order), dtype=np.intp)
    kind[order] = np.cumsum(begins) - 1
    return order[begins], kind


def runs_of(meter: Int32Column, first: Int64Column, last: Int64Column, *, gap_ms: int) -> Runs:
    """Return the runs of stretches sorted by meter and first instant; a gap longer than `gap_ms` ends one.

    The gap is that to the stretch right before. A longer one further back may reach over it, and then runs overlap, as
    marks may. Whoever looks readings up by runs gives stretches whose ends ascend, too.
    """
    if not len(meter):
        return Runs(meter, first, last)
    # With a gap of 10, [0, 3], [5, 6] and [100, 100] of one meter: only the third begins too far behind the one before
    # it, so the runs begin at rows 0 and 2, and are [0, 6] and [100, 100].
    breaks = (meter[1:] != meter[:-1]) | (first[1:] - last[:-1] > gap_ms)
    starts = np.flatnonzero(np.concatenate(([True], breaks)))
    return Runs(meter[starts], np.minimum.reduceat(first, starts), np.maximum.reduceat(last, starts))


def touched(new: ReadingColumns, corrections: Sequence[Correction]) -> Runs:
    """Return the stretches whose rollups change, own starts included, old and new; `new` is sorted by identity."""
    meter = new.meter
    last = new.at
    first = np.where(new.start == NO_START, new.at, new.start)
    if corrections:
        meter = np.concatenate((meter, np.array([each.meter for each in corrections], dtype=np.int32)))
        last = np.concatenate((last, np.array([each.at for each in corrections], dtype=np.int64)))
        earliest = [
            min([each.at, *(start for start in (each.old.start, each.new.start) if start != NO_START)])
            for each in corrections
        ]
        first = np.concatenate((first, np.array(earliest, dtype=np.int64)))
        # Corrections come in no order among the new rows.
        order = np.lexsort((first, meter))
        meter, first, last = meter[order], first[order], last[order]
    return runs_of(meter, first, last, gap_ms=MARK_GAP_MS)
