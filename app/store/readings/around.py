"""Counted readings of many meters inside stretches of time and next to them, in a few statements for all of them.

How far one has to look for the next hundred readings is not known beforehand, so it is tried: on a few of the meters
first, from half an hour on, and for all of them as far as was enough there. An example, of meters that are read every
quarter of an hour: in half an hour lie two, so 25 hours are looked through next, where there are a hundred; those that
have fewer there, being read every hour, are looked up once more, four times as far.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from sqlmodel import Session

from app.core.calendar.periods import HOUR_MS
from app.core.readings.columns import COUNTS_BELOW, Int32Column, Int64Column
from app.core.readings.runs import Runs
from app.core.readings.versions import StoredColumns
from app.store.readings.standing import outermost_instants, standing_within

_FIRST_LOOK_MS = HOUR_MS // 2
_TRIED_FIRST = 16
_LEAST_GROWTH, _MOST_GROWTH = 2.0, 64.0
_SPARE = 1.3
"""So much further than the readings found so far let expect."""

Places = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Around:
    """Counted readings sorted by identity, and where in them some stretches lie.

    Of the stretch at `stretch[n]` the rows [first, begin) are the last ones before it, [begin, end) lie inside, and
    [end, last) are the next ones behind it: as many on either side as were asked for, or all there are.
    """

    rows: StoredColumns
    stretch: Places
    first: Places
    begin: Places
    end: Places
    last: Places


@dataclass(frozen=True, slots=True)
class _Wanted:
    """Stretches, the outermost stamps of their meters, and how far (ms) is looked on either side."""

    place: Places
    meter: Int32Column
    first: Int64Column
    last: Int64Column
    lowest: Int64Column
    highest: Int64Column
    before_ms: Int64Column
    after_ms: Int64Column

    def take(self, index: Places | NDArray[np.bool_]) -> "_Wanted":
        return _Wanted(*(getattr(self, name)[index] for name in _Wanted.__slots__))

    def looking(self, before_ms: Int64Column, after_ms: Int64Column) -> "_Wanted":
        return replace(self, before_ms=before_ms, after_ms=after_ms)


def counted_around(session: Session, organization_id: int, stretches: Runs, count: int) -> Iterator[Around]:
    """Yield the counted readings inside stretches and up to `count` on either side, each stretch once.

    Stretches [first, last] may reach into each other and come in any order. Raises DamagedPage and UnreadableArrival.
    """
    if not len(stretches):
        return
    lowest, highest = outermost_instants(session, organization_id, stretches.meter)
    look = np.full(len(stretches), _FIRST_LOOK_MS, dtype=np.int64)
    place = np.arange(len(stretches))
    wanted = _Wanted(place, stretches.meter, stretches.first, stretches.last, lowest, highest, look, look)
    # What is enough for the easiest of a few is tried first for all; whoever has less around it is looked up again.
    if len(stretches) > _TRIED_FIRST:
        few = wanted.take(np.linspace(0, len(stretches) - 1, _TRIED_FIRST).astype(np.intp))
        enough = [looked for looked, _ in _looks(session, organization_id, few, count)]
        before_ms, after_ms = (min(int(getattr(each, side).min()) for each in enough) for side in _SIDES)
        wanted = wanted.looking(np.full_like(look, before_ms), np.full_like(look, after_ms))
    yield from (found for _, found in _looks(session, organization_id, wanted, count))


_SIDES = "before_ms", "after_ms"


def _looks(session: Session, organization_id: int, wanted: _Wanted, count: int) -> Iterator[tuple[_Wanted, Around]]:
    """Look, further and further, until each stretch has enough around it; yield those that have."""
    while len(wanted.place):
        found = _look(session, organization_id, wanted)
        before, after = found.begin - found.first, found.last - found.end
        enough_before = (before >= count) | (wanted.first - wanted.before_ms <= wanted.lowest)
        enough_after = (after >= count) | (wanted.last + wanted.after_ms >= wanted.highest)
        enough = enough_before & enough_after
        if enough.any():
            yield wanted.take(enough), _cut(found, enough, count)
        wanted = wanted.looking(
            _further(wanted.before_ms, before, count, enough_before),
            _further(wanted.after_ms, after, count, enough_after),
        ).take(~enough)


def _further(look_ms: Int64Column, found: Places, count: int, enough: NDArray[np.bool_]) -> Int64Column:
    growth = np.clip(_SPARE * count / (found + 0.5), _LEAST_GROWTH, _MOST_GROWTH)
    return np.where(enough, look_ms, (look_ms * growth).astype(np.int64))


def _look(session: Session, organization_id: int, wanted: _Wanted) -> Around:
    """Return all counted readings as far as is looked, and where in them the stretches and what was looked at lie."""
    # As far as is looked, but no further than the meter's outermost readings.
    low = np.maximum(wanted.first - wanted.before_ms, np.minimum(wanted.first, wanted.lowest))
    high = np.minimum(wanted.last + wanted.after_ms, np.maximum(wanted.last, wanted.highest))
    meters, rank = np.unique(wanted.meter, return_inverse=True)
    # Lines of meters lie apart: with instants from 100 to 200, base is 99 and width 103. Of the first meter they are 1
    # to 101, of the second 104 to 204.
    base, width = int(low.min()) - 1, int(max(high.max(), wanted.first.max()) - low.min()) + 3

    def line(of: NDArray[np.intp], at: Int64Column) -> Int64Column:
        """Return one number a meter and instant, so that the meters lie one behind the other."""
        return of.astype(np.int64) * width + (at - base)

    begins, ends = line(rank, low), line(rank, high)
    order = np.argsort(begins, kind="stable")
    # Stretches that reach into each other are read as one: of [1, 100], [50, 60] and [300, 400] the ends reached are
    # 100, 100 and 400. The third begins behind what was reached, so the runs are [1, 100] and [300, 400].
    reached = np.maximum.accumulate(ends[order])
    firsts = np.flatnonzero(np.concatenate(([True], begins[order][1:] > reached[:-1])))
    lasts = np.append(firsts[1:], len(order)) - 1
    of_run = order[firsts]
    runs = Runs(wanted.meter[of_run], low[of_run], reached[lasts] - rank[of_run] * width + base)
    rows = standing_within(session, organization_id, runs)
    rows = rows.take(rows.quality < COUNTS_BELOW)
    known = line(np.searchsorted(meters, rows.meter), rows.at)
    return Around(
        rows,
        wanted.place,
        np.searchsorted(known, begins, side="left"),
        np.searchsorted(known, line(rank, wanted.first), side="left"),
        np.searchsorted(known, line(rank, wanted.last), side="right"),
        np.searchsorted(known, ends, side="right"),
    )


def _cut(found: Around, chosen: NDArray[np.bool_], count: int) -> Around:
    """Return some stretches, with `count` rows at most on either side."""
    first = np.maximum(found.first, found.begin - count)[chosen]
    last = np.minimum(found.last, found.end + count)[chosen]
    return Around(found.rows, found.stretch[chosen], first, found.begin[chosen], found.end[chosen], last)
