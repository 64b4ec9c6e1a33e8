"""Readings of registers as segments in columns, and which of them their two readings alone do not tell.

Nearly every register counts up for years without anything to explain. Of one that shows 100 at 10:00, 104 at 10:15 and
109 at 10:30 the steps are 4 and 5, and nothing around them could say otherwise: no reading falls below the one before
it, no rise is faster than is stated or than ten times those beside it. Had it shown 3 at 10:30, the step from 104 to 3
would be in doubt, and whoever has it among the readings around a stretch lets `register_segments` decide.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.core.calendar.periods import LONGEST_SEGMENT_MS, SECOND_MS
from app.core.inventory.meters import MeterSpec, RegisterDirection
from app.core.inventory.resources import MeterKind
from app.core.readings.columns import QUALITY_CODES, STANDING_STEP, Int64Column, Quality, Standing
from app.core.readings.versions import StoredColumns
from app.rollup.segments.excursions import LEAST_RISES, TIMES_AS_FAST
from app.rollup.segments.legs import NEIGHBOURS
from app.rollup.segments.segment_columns import SegmentColumns

_SURELY = 1 - 1e-9
"""Less than this part of a bound, as floats know both, is within it."""

_NEVER_PASSED = 2**62
"""As a modulus: twice what a reading may say is far less."""

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Steps:
    """From each counted reading to the next row, one step fewer than rows; those from meter to meter mean nothing.

    `doubtful` steps are not, or not surely, what their two readings alone tell.
    """

    segments: SegmentColumns
    doubtful: Mask


def counts_steadily(spec: MeterSpec) -> bool:
    """Tell whether a meter is a register whose segments are mostly told by two neighbours: none that resets."""
    return spec.kind is MeterKind.REGISTER and spec.reset is None and not spec.estimates_gaps


def steps_of(rows: StoredColumns, specs: Mapping[int, MeterSpec]) -> Steps:
    """Return the steps of counted readings, sorted by identity, of meters that count steadily."""
    meter = rows.meter.astype(np.int64)
    inside = meter[1:] == meter[:-1]
    starts = np.flatnonzero(np.concatenate(([True], ~inside))) if len(meter) else np.empty(0, np.intp)
    counts = np.diff(starts, append=len(meter))
    of_meters = [specs[each] for each in meter[starts].tolist()]
    # Rows of 3, 5 | 10, 11 of two meters have the steps 2, 5, 1: the middle one, from meter to meter, is made 0 and 0
    # ms long, so that no doubt comes of it.
    elapsed = np.where(inside, rows.at[1:] - rows.at[:-1], 0)

    def of_rows(values: Sequence[int]) -> Int64Column:
        # A value a row, and one step fewer than rows: each step has its first row's.
        return np.repeat(np.array(values, dtype=np.int64), counts)[:-1]

    rise = of_rows([-1 if spec.direction is RegisterDirection.DOWN else 1 for spec in of_meters])
    rise = np.where(inside, rise * (rows.value[1:] - rows.value[:-1]), 0)
    net = of_rows([spec.direction is RegisterDirection.NET for spec in of_meters]) == 1
    size = np.abs(rise)
    modulus = of_rows(
        [_NEVER_PASSED if spec.modulus_micro is None else min(spec.modulus_micro, _NEVER_PASSED) for spec in of_meters]
    )
    doubtful = np.where(net, 2 * size > modulus, rise < 0) | (elapsed > LONGEST_SEGMENT_MS)
    limited = np.array([_is_limited(spec) for spec in of_meters], dtype=np.bool_)
    if limited.any():
        doubtful |= _too_fast(of_meters, starts, size, elapsed)
    by_history = np.array([spec.by_history for spec in of_meters], dtype=np.bool_) & ~limited
    if by_history.any():
        accepted = rows.quality[1:] // STANDING_STEP == Standing.ACCEPTED
        doubtful |= (
            of_rows(by_history.astype(np.int64).tolist()).astype(np.bool_)
            & ~accepted
            & _lone(inside, starts, counts, size, elapsed)
        )
    seconds, quality = rows.at // SECOND_MS, rows.quality % STANDING_STEP
    worst = quality[1:].copy()
    for kind in (Quality.MANUAL, Quality.ESTIMATED):  # the worse one last
        code = QUALITY_CODES[kind]
        worst[(quality[1:] == code) | (quality[:-1] == code)] = code
    return Steps(SegmentColumns(meter[:-1], seconds[:-1], seconds[1:], rise, worst), doubtful)


def _is_limited(spec: MeterSpec) -> bool:
    return spec.max_rate_micro is not None or spec.annual_micro is not None


def _too_fast(
    of_meters: Sequence[MeterSpec], starts: NDArray[np.intp], size: Int64Column, elapsed: Int64Column
) -> Mask:
    """Tell which steps are not surely within what is stated of their meters.

    What is allowed grows no faster than time: in half the time it is at least half. So what a meter's longest step may
    have is asked for once.
    """
    bounds = [*starts.tolist(), len(size) + 1]
    most = np.full(len(size), np.inf)
    for number, spec in enumerate(of_meters):
        begin, end = bounds[number], bounds[number + 1] - 1
        if _is_limited(spec) and begin < end:
            longest = int(elapsed[begin:end].max())
            allowed = spec.most_within(longest)
            if allowed is not None and longest:
                # Never more than is allowed of the step itself: an hour of a day in which 2,400 are allowed has 100
                # here, and may have more.
                most[begin:end] = elapsed[begin:end] * (allowed / longest)
            else:
                most[begin:end] = 0
    too_fast: Mask = (size > 0) & (size > most * _SURELY - 1)
    return too_fast


def _lone(
    inside: Mask, starts: NDArray[np.intp], counts: NDArray[np.intp], size: Int64Column, elapsed: Int64Column
) -> Mask:
    """Tell which steps may be lone rises: more than all around them together, and much faster than those beside them.

    Looked at are up to NEIGHBOURS steps on either side, as `doubt_lone_rises` does.
    """
    steps = np.arange(len(size))
    begins = np.repeat(starts, counts)[:-1]
    ends = np.repeat(starts + counts, counts)[:-1] - 1
    first, end = np.maximum(steps - NEIGHBOURS, begins), np.minimum(steps + NEIGHBOURS + 1, ends)
    first, end = np.minimum(first, end), np.maximum(first, end)
    # Sizes 4, 4, 40, 4 summed up are 0, 4, 8, 48, 52: steps 1 to 3 have 52 - 4 = 48 together, by one subtraction.
    totals, rises = (np.concatenate(([0], np.cumsum(column))) for column in (size, size > 0))
    rate = size / np.maximum(elapsed, 1)
    beside = np.zeros(len(size) + 2)
    beside[1:-1] = rate
    excused = rate <= TIMES_AS_FAST * np.maximum(beside[:-2], beside[2:]) * _SURELY
    more_than_all = totals[end] - totals[first] < 2 * size
    lone: Mask = inside & (size > 0) & (rises[end] - rises[first] > LEAST_RISES) & more_than_all & ~excused
    return lone
