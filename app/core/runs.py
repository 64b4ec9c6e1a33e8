"""Cutting sorted readings into runs: stretches of one meter without a long gap."""

from dataclasses import dataclass

import numpy as np

from app.core.columns import Int32Column, Int64Column
from app.core.periods import HOUR_MS

LOOKUP_GAP_MS = 2 * HOUR_MS
"""Within a run, stored readings are fetched as one range; the gap bounds how many of them were not asked for."""

MARK_GAP_MS = 24 * HOUR_MS


@dataclass(frozen=True, slots=True)
class Runs:
    """Stretches [first, last] of instants, one meter each, sorted."""

    meter: Int32Column
    first: Int64Column
    last: Int64Column

    def __len__(self) -> int:
        return len(self.meter)


def runs_of(meter: Int32Column, first: Int64Column, last: Int64Column, *, gap_ms: int) -> Runs:
    """Return the runs of stretches sorted by meter and first instant; a gap longer than `gap_ms` ends one."""
    if not len(meter):
        return Runs(meter, first, last)
    breaks = (meter[1:] != meter[:-1]) | (first[1:] - last[:-1] > gap_ms)
    starts = np.flatnonzero(np.concatenate(([True], breaks)))
    return Runs(meter[starts], np.minimum.reduceat(first, starts), np.maximum.reduceat(last, starts))
