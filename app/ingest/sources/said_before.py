"""What the rows of a source have said so far, so that one that contradicts a row of an earlier piece is told.

Rows of one piece meet in the judging of it; a source has many pieces. Of each row eight bytes of its identity and eight
of what it says are kept, in a few sorted parts, each at least twice as long as the next.
"""

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation

import numpy as np
from numpy.typing import NDArray

from app.ingest.sources.mapping import MappedRow

_MOST_ROWS = 5_000_000
"""A longer source is looked through no further: what it says is still judged, and corrections are still kept."""

_Part = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]
"""Identities, ascending; what was said; and the numbers of the records that said it."""


class SaidBefore:
    """The rows of a source up to the last piece that was noted."""

    def __init__(self) -> None:
        self._parts: list[_Part] = []
        self._rows = 0

    def contradicted(self, rows: Sequence[MappedRow]) -> dict[int, int]:
        """Return, by the place of each row that says another value than was noted last, the number of that record."""
        if not self._parts or not rows:
            return {}
        keys, said = _keys(rows), _values(rows)
        unknown = np.ones(len(keys), dtype=np.bool_)
        found: dict[int, int] = {}
        for known, values, numbers in reversed(self._parts):
            place = np.minimum(np.searchsorted(known, keys), len(known) - 1)
            there = unknown & (known[place] == keys)
            for at in np.flatnonzero(there & (values[place] != said)).tolist():
                found[at] = int(numbers[place[at]])
            unknown &= ~there
        return found

    def note(self, rows: Sequence[MappedRow], numbers: Sequence[int]) -> None:
        """Keep what a piece's rows say; of one identity the last one stays."""
        if not rows or self._rows > _MOST_ROWS:
            return
        self._rows += len(rows)
        self._parts.append(_sorted((_keys(rows), _values(rows), np.array(numbers, dtype=np.int64))))
        while len(self._parts) > 1 and len(self._parts[-2][0]) < 2 * len(self._parts[-1][0]):
            newer, older = self._parts.pop(), self._parts.pop()
            first, second, third = (np.concatenate(pair) for pair in zip(older, newer, strict=True))
            self._parts.append(_sorted((first, second, third)))


def _sorted(part: _Part) -> _Part:
    """Return a part in the order of its keys; of equal keys the last one stays."""
    order = np.argsort(part[0], kind="stable")
    keys = part[0][order]
    order = order[np.append(keys[1:] != keys[:-1], True)]
    return part[0][order], part[1][order], part[2][order]


def _keys(rows: Sequence[MappedRow]) -> NDArray[np.int64]:
    return np.array([hash((row.meter, row.timestamp, row.reference)) for row in rows], dtype=np.int64)


def _values(rows: Sequence[MappedRow]) -> NDArray[np.int64]:
    """Return what rows say as numbers: 57.30 and 57.3 are the same."""
    return np.array([hash((_number(row.value), row.quality, row.start)) for row in rows], dtype=np.int64)


def _number(text: str) -> Decimal | str:
    try:
        return Decimal(text)
    except InvalidOperation:
        return text
