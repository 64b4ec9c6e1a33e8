"""Readings stored of late, kept in memory by identity, so that a repeat or a correction of one is told at once."""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from app.core.readings.columns import Int16Column, Int64Column
from app.core.readings.versions import Identity, Version

_MERGED_BELOW = 2


@dataclass(frozen=True, slots=True)
class KnownRows:
    """What readings say, as columns beside their keys, which ascend."""

    key: Int64Column
    value: Int64Column
    quality: Int16Column
    start: Int64Column
    revision: Int16Column
    batch: Int64Column

    def __len__(self) -> int:
        return len(self.key)

    def in_order(self) -> "KnownRows":
        """Return the readings with their keys ascending."""
        order = np.argsort(self.key)
        return KnownRows(*(getattr(self, name)[order] for name in _NAMES))


_NAMES = tuple(field.name for field in fields(KnownRows))


class Remembered:
    """Readings by key, in a few sorted parts, each at least twice as long as the next: the newest says what stands.

    A post of 1,000 rows is a part of its own; the next one finds a part of 1,000 before it, less than twice as long,
    and becomes one of 2,000 with it. So a row is merged some ten times until 1,000 posts are remembered, and a look-up
    goes through about as many parts: log-structured merging, without a file.

    `Recent` guards it by its lock. What is forgotten is asked of the database, so that forgetting costs time alone.
    """

    def __init__(self) -> None:
        self.rows = 0
        self._parts: list[KnownRows] = []
        self._earlier: dict[Identity, list[Version]] = {}

    def add(self, said: KnownRows) -> None:
        """Remember readings that are not remembered, or that replace what is."""
        if not len(said):
            return
        self.rows += len(said)
        self._parts.append(said)
        while len(self._parts) > 1 and len(self._parts[-2]) < _MERGED_BELOW * len(self._parts[-1]):
            newer, older = self._parts.pop(), self._parts.pop()
            self._parts.append(_merged(older, newer))

    def look_up(self, keys: Int64Column, found: NDArray[np.bool_], said: KnownRows) -> None:
        """Fill in, for keys not found yet, what stands of those that are remembered."""
        for part in reversed(self._parts):
            place = np.minimum(np.searchsorted(part.key, keys), len(part) - 1)
            # Newer parts come first, and what one of them has told is left alone.
            hit = np.flatnonzero((part.key[place] == keys) & ~found)
            found[hit] = True
            for name in _NAMES:
                getattr(said, name)[hit] = getattr(part, name)[place[hit]]

    def note_earlier(self, identity: Identity, versions: Sequence[Version]) -> list[Version]:
        """Note the versions before the one that stands, and return the list, to which later ones are added."""
        noted = self._earlier[identity] = list(versions)
        return noted

    def earlier(self, identity: Identity) -> list[Version] | None:
        """Return the versions noted of an identity, oldest first; None without any."""
        return self._earlier.get(identity)


def _merged(older: KnownRows, newer: KnownRows) -> KnownRows:
    """Return two parts as one; of a key in both the newer one stays."""
    key = np.concatenate((older.key, newer.key))
    order = np.argsort(key, kind="stable")
    # The order is stable: of equal keys the newer one stands last, and is the one that no equal key follows.
    order = order[np.append(key[order][1:] != key[order][:-1], True)]
    return KnownRows(**{name: np.concatenate((getattr(older, name), getattr(newer, name)))[order] for name in _NAMES})


def room_for(count: int) -> KnownRows:
    """Return columns to be filled in."""
    long, short = np.zeros((4, count), dtype=np.int64), np.zeros((2, count), dtype=np.int16)
    return KnownRows(long[0], long[1], short[0], long[2], short[1], long[3])
