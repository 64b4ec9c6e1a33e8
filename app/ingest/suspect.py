"""Which readings fail their own check: a register outside its modulus, a negative stock, too high a rate."""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from app.core.columns import NO_START, STANDING_STEP, ReadingColumns, Standing
from app.core.meters import MeterSpec, TimestampEdge
from app.core.periods import SECOND_MS
from app.core.quantities import INT64_MAX
from app.core.resources import MeterKind

_INTERVAL, _REGISTER, _STOCK = MeterKind.INTERVAL, MeterKind.REGISTER, MeterKind.STOCK


def mark_suspects(columns: ReadingColumns, specs: Sequence[MeterSpec | None], local: NDArray[np.intp]) -> None:
    """Make the quality of implausible readings suspect, in place; row n is of the meter `specs[local[n]]`.

    Every check is a range of values in exact integers. It is the same for all readings of a meter, except where a rate
    is held against a time that differs from reading to reading.
    """
    ranges = {at: _plausible(spec) for at, spec in enumerate(specs) if spec is not None and _has_check(spec)}
    if not ranges:
        return
    least = np.array([ranges[at][0] if at in ranges else -INT64_MAX for at in range(len(specs))], dtype=np.int64)
    most = np.array([ranges[at][1] if at in ranges else INT64_MAX for at in range(len(specs))], dtype=np.int64)
    suspect = (columns.value < least[local]) | (columns.value > most[local])
    for at in np.flatnonzero(_timed_alone(columns, specs, local)).tolist():
        spec = specs[local[at]]
        if spec is not None and _has_check(spec) and spec.kind is _INTERVAL:
            suspect[at] = _too_much(columns, at, spec)
    columns.quality[suspect] += STANDING_STEP * Standing.SUSPECT


def _has_check(spec: MeterSpec) -> bool:
    kind = spec.kind
    if kind is _INTERVAL:
        return (spec.max_rate_micro is not None or spec.annual_micro is not None) and spec.interval is not None
    return kind is _STOCK or (kind is _REGISTER and spec.modulus_micro is not None)


def _plausible(spec: MeterSpec) -> tuple[int, int]:
    """Return the least and the greatest value that the check of a meter does not object to."""
    if spec.kind is _INTERVAL and spec.interval is not None:
        most = _most_within(spec, spec.interval.seconds * SECOND_MS)
        return -most, most
    if spec.modulus_micro is None or spec.kind is _STOCK:
        return 0, INT64_MAX
    return 0, min(spec.modulus_micro - 1, INT64_MAX)


@lru_cache(maxsize=4_096)
def _most_within(spec: MeterSpec, span_ms: int) -> int:
    """Return the greatest whole micro-units that a rate or a year's expectation allows in so many milliseconds."""
    return min(spec.most_within(span_ms) or 0, INT64_MAX)


def _timed_alone(
    columns: ReadingColumns, specs: Sequence[MeterSpec | None], local: NDArray[np.intp]
) -> NDArray[np.bool_]:
    """Tell which readings cover a time of their own: by a start, or by the calendar."""
    by_calendar = [spec is not None and spec.interval is not None and not spec.interval.seconds for spec in specs]
    result: NDArray[np.bool_] = columns.start != NO_START
    if any(by_calendar):
        result |= np.array(by_calendar, dtype=np.bool_)[local]
    return result


def _too_much(columns: ReadingColumns, at: int, spec: MeterSpec) -> bool:
    """Tell whether an interval reading exceeds what is stated over the time that it covers."""
    if spec.interval is None:
        return False
    end, start = int(columns.at[at]), int(columns.start[at])
    if start == NO_START:
        direction = 1 if spec.edge is TimestampEdge.INTERVAL_START else -1
        start = end - abs(spec.interval.shift(spec.zone, end, direction) - end)
    return abs(int(columns.value[at])) > _most_within(spec, end - start)
