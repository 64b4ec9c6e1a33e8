"""The highest instant of each meter that this process has seen stored: what lies above it is very likely new."""

import numpy as np

from app.core.columns import Int64Column, ReadingColumns

_DISTRUSTED = np.iinfo(np.int64).max
_UNKNOWN = _DISTRUSTED - 1
"""Above every instant, so that nothing lies above a meter of either kind."""


class Heights:
    """Tells when looking for stored readings of the same identities may be left out.

    It is a guess that costs nothing but time when it is wrong: the key of the table refuses what is stored after all.
    Of a meter it was wrong about it is not asked again, since its past is being sent anew.
    """

    def __init__(self) -> None:
        self._highest: Int64Column = np.empty(0, dtype=np.int64)

    def all_above(self, columns: ReadingColumns) -> bool:
        """Tell whether every row lies above what was seen of its meter; no for a meter that was never seen."""
        highest = self._highest
        if not len(columns) or columns.meter.max() >= len(highest):
            return False
        return bool((columns.at > highest[columns.meter]).all())

    def rose(self, columns: ReadingColumns) -> None:
        """Note rows, sorted by identity, that are stored now."""
        if not len(columns):
            return
        last = np.flatnonzero(np.append(columns.meter[1:] != columns.meter[:-1], True))
        meters, tops = columns.meter[last], columns.at[last]
        highest = self._with_room_for(int(meters[-1]))
        held = highest[meters]
        highest[meters] = np.where(held == _UNKNOWN, tops, np.maximum(held, tops))

    def was_wrong(self, columns: ReadingColumns) -> None:
        """Note that some of these rows were stored already."""
        meters = np.unique(columns.meter)
        self._with_room_for(int(meters[-1]))[meters] = _DISTRUSTED

    def _with_room_for(self, meter: int) -> Int64Column:
        held = len(self._highest)
        if meter >= held:
            unknown = np.full(max(meter + 1 - held, held), _UNKNOWN, dtype=np.int64)
            self._highest = np.concatenate((self._highest, unknown))
        return self._highest
