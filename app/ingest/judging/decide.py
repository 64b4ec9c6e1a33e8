"""What becomes of rows that differ from what is stored or meet each other in a body, all of them at once.

The rules are those of rows posted one by one. Of one identity, what was said before, by a stored version or by a row
that was taken, is a repeat; anything else is taken while there is room for another revision. Of an identity that is
stored as 10 in its first revision, the rows of one body become:

    row         10      12      10      12      13
    said by     stored  itself  stored  2nd     itself
    becomes     repeat  rev. 2  repeat  repeat  rev. 3

The work is that of sorting the rows: a body that says one identity a hundred thousand times costs what any other does.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.core.readings.columns import STANDING_STEP, Int64Column, ReadingColumns, Standing
from app.core.readings.runs import distinct_rows
from app.core.readings.versions import Identity, Version, identities_of, repeats_identity
from app.ingest.problems import RowCode

LAST_REVISION = 32_767
_Mask = NDArray[np.bool_]
_Said = tuple[int, int, int, int]
"""The place of an identity, and the value, quality and start that one of its versions said."""


@dataclass(frozen=True, slots=True)
class Decided:
    """What becomes of each row, as masks that exclude each other; `revision` is that of the rows taken."""

    inserted: _Mask
    corrected: _Mask
    repeats: _Mask
    refused: Mapping[RowCode, _Mask]
    revision: Int64Column


class _Groups:
    """The identities of rows sorted by identity: each one's first row, what stands of it, and each row's identity."""

    def __init__(self, rows: ReadingColumns, current: Mapping[Identity, Version]) -> None:
        self.first = np.flatnonzero(~repeats_identity(rows))
        self.of = np.repeat(np.arange(len(self.first)), np.diff(self.first, append=len(rows)))
        self.identities = identities_of(rows, self.first)
        self.stands = [current.get(identity) for identity in self.identities]
        self.revision = np.array([each.revision if each else 0 for each in self.stands], dtype=np.int64)
        self.withdrawn = np.array([each is not None and _is_withdrawn(each) for each in self.stands], dtype=np.bool_)

    def room(self, *, reject_conflicts: bool) -> Int64Column:
        """Return how many rows of each identity can be taken that say something new."""
        left = LAST_REVISION - self.revision
        if not reject_conflicts:
            return left
        return np.where((self.revision == 0) | self.withdrawn, np.minimum(left, 1), 0)

    def rank(self, mask: _Mask) -> Int64Column:
        """Return for each row of the mask how many rows of its identity come before it in the mask."""
        counted = np.cumsum(mask)
        return counted - 1 - (counted[self.first] - mask[self.first])[self.of]


def decide(
    rows: ReadingColumns,
    current: Mapping[Identity, Version],
    earlier: Mapping[Identity, Sequence[Version]],
    *,
    reject_conflicts: bool,
    restore: bool,
) -> Decided:
    """Return what becomes of rows sorted by identity, those of one in body order, beside what stands and stood."""
    groups = _Groups(rows, current)
    room = groups.room(reject_conflicts=reject_conflicts)[groups.of]
    if restore:
        new = _changes(rows, groups)
        rank = groups.rank(new)
        taken = new & (rank < room)
        repeats = ~taken & _says_what_stands(rows, groups, taken)
    else:
        speaker = _first_to_say(rows, groups, earlier)
        new = speaker == np.arange(len(rows))
        rank = groups.rank(new)
        taken = new & (rank < room)
        repeats = ~taken & ((speaker < 0) | taken[np.maximum(speaker, 0)])
    inserted = taken & (groups.revision[groups.of] == 0) & (rank == 0)
    refused = ~taken & ~repeats
    full = (not reject_conflicts) | (groups.withdrawn & (groups.revision >= LAST_REVISION))[groups.of]
    return Decided(
        inserted=inserted,
        corrected=taken & ~inserted,
        repeats=repeats,
        refused={RowCode.CONFLICT: refused & ~full, RowCode.TOO_MANY_REVISIONS: refused & full},
        revision=groups.revision[groups.of] + 1 + rank,
    )


def _first_to_say(
    rows: ReadingColumns, groups: _Groups, earlier: Mapping[Identity, Sequence[Version]]
) -> NDArray[np.intp]:
    """Return for each row the first row of its identity that says the same; below zero where a stored version did."""
    before: list[_Said] = []
    for place, (identity, stands) in enumerate(zip(groups.identities, groups.stands, strict=True)):
        if stands is not None:
            versions = (*earlier.get(identity, ()), stands)
            before += [_said(place, each) for each in versions if not _is_withdrawn(each)]
    stored = np.array(before, dtype=np.int64).reshape(-1, 4)
    says = np.stack((groups.of, rows.value, rows.quality % STANDING_STEP, rows.start), axis=1)
    first, kind = distinct_rows(*np.concatenate((stored, says)).T)
    return first[kind[len(before) :]] - len(before)


def _changes(rows: ReadingColumns, groups: _Groups) -> _Mask:
    """Tell which rows say something else than the row before them, or than what stands before the first."""
    result = np.zeros(len(rows), dtype=np.bool_)
    for column in (rows.value, rows.quality % STANDING_STEP, rows.start):
        result[1:] |= column[1:] != column[:-1]
    result[groups.first] = ~_says_stored(rows, groups, groups.first)
    return result


def _says_what_stands(rows: ReadingColumns, groups: _Groups, taken: _Mask) -> _Mask:
    """Tell which rows say the same as the last row taken before them, or as what is stored where none was."""
    last = np.maximum.accumulate(np.where(taken, np.arange(len(rows)), -1))
    result = last >= groups.first[groups.of]
    for column in (rows.value, rows.quality % STANDING_STEP, rows.start):
        result &= column == column[last]
    untaken = np.flatnonzero(last < groups.first[groups.of])
    result[untaken] = _says_stored(rows, groups, untaken)
    return result


def _says_stored(rows: ReadingColumns, groups: _Groups, places: NDArray[np.intp]) -> _Mask:
    """Tell which of these rows say the same as what is stored of their identity."""
    stands = [groups.stands[place] for place in groups.of[places].tolist()]
    said = (column[places].tolist() for column in (rows.value, rows.quality, rows.start))
    pairs = zip(stands, zip(*said, strict=True), strict=True)
    return np.array([each is not None and each.says(*says) for each, says in pairs], dtype=np.bool_)


def _said(place: int, version: Version) -> _Said:
    return place, version.value, version.stored % STANDING_STEP, version.start


def _is_withdrawn(version: Version) -> bool:
    return version.stored // STANDING_STEP == Standing.WITHDRAWN
