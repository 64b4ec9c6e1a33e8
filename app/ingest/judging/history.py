"""Holding amounts against what their meters usually say, a few vector operations for rows that are as usual.

Three rows of a meter whose fourth highest amount is 4,900, and whose limit is therefore 98,000:

    4,700      below 4,900: changes nothing, and is not looked at
    5,100      above: it is among the highest from now on
    900,000    above 98,000 by then 100,000 at most: suspect
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from app.core.inventory.meters import MeterSpec
from app.core.inventory.usual import TIMES_USUAL, Usual, history_needed, in_mind_ms
from app.core.readings.columns import NO_START, STANDING_STEP, Int64Column, ReadingColumns, Standing
from app.core.readings.versions import repeats_identity

_FEW_ROWS = 16
"""So few are judged one by one in less time than by vector operations."""


def all_usual(columns: ReadingColumns, meters: Sequence[int], levels: Sequence[int]) -> bool:
    """Tell whether no row, sorted by identity, says more than the level of its meter: then there is nothing to do."""
    if len(columns) <= _FEW_ROWS:
        level = dict(zip(meters, levels, strict=True))
        rows = zip(columns.meter.tolist(), columns.value.tolist(), strict=True)
        return all(abs(value) <= level[meter] for meter, value in rows)
    first = np.flatnonzero(np.concatenate(([True], columns.meter[1:] != columns.meter[:-1])))
    counts = np.diff(first, append=len(columns))
    return not bool((np.abs(columns.value) > np.repeat(np.array(levels, dtype=np.int64), counts)).any())


def judge_by_history(
    columns: ReadingColumns, specs: Mapping[int, MeterSpec], known: Mapping[int, Usual]
) -> tuple[NDArray[np.bool_], dict[int, Usual]]:
    """Return which rows, sorted by identity, are far outside of what is known, and what is remembered anew by meter.

    `known` holds every judged meter; only of those whose memory changes something is returned.
    """
    far = np.zeros(len(columns), dtype=np.bool_)
    changed: dict[int, Usual] = {}
    amounts = _amounts(columns)
    meters = sorted(known)
    starts = np.searchsorted(columns.meter, meters, side="left").tolist()
    ends = np.searchsorted(columns.meter, meters, side="right").tolist()
    for meter, start, end in zip(meters, starts, ends, strict=True):
        one = _OneMeter(specs[meter], known[meter])
        if end - start <= _FEW_ROWS:
            rows = zip(columns.at[start:end].tolist(), amounts[start:end].tolist(), strict=True)
            far[start:end] = [one.is_far(at, amount) for at, amount in rows]
        else:
            far[start:end] = one.judge(columns.at[start:end], amounts[start:end])
        if one.usual is not known[meter]:
            changed[meter] = one.usual
    return far, changed


def _amounts(columns: ReadingColumns) -> Int64Column:
    """Return what each row says, 0 where it says nothing of what is usual.

    So does a row with a start of its own, such as a bill of a month among quarters of an hour, and one that a later row
    of the body corrects.
    """
    said = columns.start == NO_START
    said[:-1] &= ~repeats_identity(columns)[1:]
    return np.where(said, np.abs(columns.value), 0)


class _OneMeter:
    """A meter's amounts in order of time, one by one, or in stretches between those that are far outside."""

    def __init__(self, spec: MeterSpec, usual: Usual) -> None:
        self.usual = usual
        self._needed = history_needed(spec)
        self._in_mind_ms = in_mind_ms(spec)
        self._before = usual.first_at, usual.last_at

    def is_far(self, at: int, amount: int) -> bool:
        """Tell whether an amount is far outside, and remember what it says."""
        level = self.usual.level
        if amount <= level:
            return False
        if level and amount > level * TIMES_USUAL:
            self.usual, is_new_level = self.usual.with_far(at, amount, in_mind_ms=self._in_mind_ms)
            return not is_new_level
        if not self._before[0] <= at <= self._before[1]:
            self.usual = self.usual.with_amounts([amount], at, at, needed=self._needed)
        return False

    def judge(self, at: Int64Column, amounts: Int64Column) -> NDArray[np.bool_]:
        """Return which amounts are far outside, and remember what they say."""
        far = np.zeros(len(at), dtype=np.bool_)
        place = self._learn(at, amounts)
        while place < len(at):
            outside = amounts[place:] > self.usual.level * TIMES_USUAL
            found = place + int(outside.argmax()) if outside.any() else len(at)
            self._take(at[place:found], amounts[place:found])
            if found < len(at):
                far[found] = self.is_far(int(at[found]), int(amounts[found]))
            place = found + 1
        return far

    def _learn(self, at: Int64Column, amounts: Int64Column) -> int:
        """Take the first amounts of a meter of which too few are known; return where judging begins."""
        place = 0
        while self.usual.lacking != 0 and place < len(at):
            lacking = self._needed if self.usual.lacking is None else self.usual.lacking
            said = np.flatnonzero(amounts[place:])
            end = place + int(said[lacking - 1]) + 1 if len(said) >= lacking else len(at)
            self._take(at[place:end], amounts[place:end])
            place = end
        return place

    def _take(self, at: Int64Column, amounts: Int64Column) -> None:
        """Remember amounts that are as usual, if they are higher than what is remembered or there are too few yet.

        What lies among the instants that were counted before this body may have been counted then: it is passed over.
        """
        fresh = (amounts > self.usual.level) & ((at < self._before[0]) | (at > self._before[1]))
        if fresh.any():
            first_at, last_at = int(at[fresh].min()), int(at[fresh].max())
            self.usual = self.usual.with_amounts(amounts[fresh].tolist(), first_at, last_at, needed=self._needed)


def marked(columns: ReadingColumns, far: NDArray[np.bool_]) -> ReadingColumns:
    """Return the rows with those that are far outside made suspect."""
    quality = columns.quality.copy()
    quality[far & (quality < STANDING_STEP)] += STANDING_STEP * Standing.SUSPECT
    return replace(columns, quality=quality)
