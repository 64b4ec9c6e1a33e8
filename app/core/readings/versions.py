"""Versions of a reading: what is stored, what was, and what replaces it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import starmap
from typing import Any, TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from app.core.readings.columns import (
    NO_REFERENCE,
    STANDING_STEP,
    Int16Column,
    Int32Column,
    Int64Column,
    ReadingColumns,
    ReferenceColumn,
    Standing,
    references,
)
from app.core.readings.integer_columns import laid_out

_Integer = TypeVar("_Integer", bound=np.integer[Any])
Identity = tuple[int, int, str]
"""A meter's id, an instant in UTC milliseconds, and the ticket's number, NO_REFERENCE where there is none."""


class Version(msgspec.Struct, frozen=True, gc=False):
    """One stored version of a reading. `stored` is the stored quality: quality code and standing."""

    value: int
    stored: int
    start: int
    revision: int
    batch: int

    def says(self, value: int, quality: int, start: int) -> bool:
        """Tell whether a posted row says what this version said; a withdrawal says nothing."""
        return (
            self.stored // STANDING_STEP != Standing.WITHDRAWN
            and self.value == value
            and self.stored % STANDING_STEP == quality % STANDING_STEP
            and self.start == start
        )


class Correction(msgspec.Struct, frozen=True, gc=False):
    """A stored version and what replaces it; the old one becomes a revision."""

    meter: int
    at: int
    old: Version
    new: Version
    reference: str = NO_REFERENCE

    @property
    def identity(self) -> Identity:
        return self.meter, self.at, self.reference


@dataclass(frozen=True, slots=True)
class StoredColumns:
    """Stored readings sorted by identity, as the columns of ReadingColumns, with revision and batch."""

    meter: Int32Column
    at: Int64Column
    value: Int64Column
    quality: Int16Column
    start: Int64Column
    revision: Int16Column
    batch: Int64Column
    reference: ReferenceColumn | None = None

    def __len__(self) -> int:
        return len(self.at)

    def take(self, index: NDArray[np.intp] | NDArray[np.bool_] | slice) -> "StoredColumns":
        """Return the rows that `index` (positions, a mask or a slice) selects, in its order."""
        return StoredColumns(
            meter=self.meter[index],
            at=self.at[index],
            value=self.value[index],
            quality=self.quality[index],
            start=self.start[index],
            revision=self.revision[index],
            batch=self.batch[index],
            reference=None if self.reference is None else self.reference[index],
        )

    def versions(self, positions: NDArray[np.intp]) -> Iterator[Version]:
        """Yield some of the stored readings."""
        columns = (self.value, self.quality, self.start, self.revision, self.batch)
        return starmap(Version, zip(*(column[positions].tolist() for column in columns), strict=True))


def identities_of(
    columns: ReadingColumns | StoredColumns, positions: Sequence[int] | NDArray[np.intp]
) -> list[Identity]:
    """Return the identities of some of the rows."""
    found = columns.reference
    named = [NO_REFERENCE] * len(positions) if found is None else found[positions].tolist()
    return list(zip(columns.meter[positions].tolist(), columns.at[positions].tolist(), named, strict=True))


def repeats_identity(columns: ReadingColumns | StoredColumns) -> NDArray[np.bool_]:
    """Tell which rows, sorted by identity, have that of the row before them."""
    result = np.zeros(len(columns), dtype=np.bool_)
    result[1:] = (columns.meter[1:] == columns.meter[:-1]) & (columns.at[1:] == columns.at[:-1])
    if columns.reference is not None:
        result[1:] &= columns.reference[1:] == columns.reference[:-1]
    return result


def sorted_by_identity(columns: ReadingColumns) -> ReadingColumns:
    """Return the rows by meter, instant and reference, rows of one identity in body order."""
    meter, at = columns.meter, columns.at
    if columns.reference is not None:
        return columns.take(np.lexsort((columns.reference, at, meter)))
    if len(columns) < 2 or bool(((meter[1:] > meter[:-1]) | ((meter[1:] == meter[:-1]) & (at[1:] >= at[:-1]))).all()):
        return columns
    return columns.take(np.lexsort((at, meter)))


def pieces_of(columns: ReadingColumns, rows: int) -> Iterator[ReadingColumns]:
    """Cut columns sorted by identity into pieces of so many rows, never within an identity; of none there is none."""
    if len(columns) <= rows:
        yield from [columns] if len(columns) else []
        return
    # Where an identity ends and the next one may be cut off: a piece goes on to the first such place behind its size.
    ends = np.append(np.flatnonzero(~repeats_identity(columns))[1:], len(columns))
    start = 0
    while start < len(columns):
        place = int(np.searchsorted(ends, start + rows))
        end = int(ends[min(place, len(ends) - 1)])
        yield columns.take(np.arange(start, end))
        start = end


_NONE: Int64Column = np.empty(0, dtype=np.int64)
_SHORT_NONE: Int16Column = np.empty(0, dtype=np.int16)
NOTHING_STORED = StoredColumns(_NONE.astype(np.int32), _NONE, _NONE, _SHORT_NONE, _NONE, _SHORT_NONE, _NONE)
"""No reading at all."""


def one_after_the_other(parts: Sequence[StoredColumns]) -> StoredColumns:
    """Return the rows of several sets as one, in the order given."""
    parts = [part for part in parts if len(part)]
    if len(parts) < 2:
        return parts[0] if parts else NOTHING_STORED
    return StoredColumns(
        meter=_one_column([part.meter for part in parts]),
        at=_one_column([part.at for part in parts]),
        value=_one_column([part.value for part in parts]),
        quality=_one_column([part.quality for part in parts]),
        start=_one_column([part.start for part in parts]),
        revision=_one_column([part.revision for part in parts]),
        batch=_one_column([part.batch for part in parts]),
        reference=references([part.reference for part in parts], [len(part) for part in parts]),
    )


def _one_column(parts: Sequence[NDArray[_Integer]]) -> NDArray[_Integer]:
    """Return columns as one; those of one and the same value that take no room are one that takes none."""
    first = parts[0][0]
    if all(part.strides == (0,) and part[0] == first for part in parts):
        return laid_out(first, sum(map(len, parts)))
    return np.concatenate(parts)


def newest(parts: Sequence[StoredColumns]) -> StoredColumns:
    """Return the rows of several sets as one, sorted by identity; of each identity only the newest version stays.

    Of three rows (meter 7, 10:00) = 5 in its first revision, (7, 10:00) = 6 in its second and (7, 10:15) = 8, the last
    two stay. A set by itself must be sorted and hold each identity once.
    """
    parts = [part for part in parts if len(part)]
    if len(parts) < 2:
        return parts[0] if parts else NOTHING_STORED
    return newest_of(one_after_the_other(parts))


def newest_of(rows: StoredColumns) -> StoredColumns:
    """Return rows in any order sorted by identity, of each identity only the one with the highest revision.

    Sorting by meter and instant is enough where no two rows share both, as in nearly every set.
    """
    order = np.lexsort((rows.at, rows.meter))
    meter, at = rows.meter[order], rows.at[order]
    if not bool(((meter[1:] == meter[:-1]) & (at[1:] == at[:-1])).any()):
        return rows.take(order)
    ordered = rows.take(_order(rows, rows.batch, rows.revision))
    # The last row of an identity stays: the one behind it does not repeat it. A row that was found twice, since it
    # moved into a page meanwhile, is alike in both.
    return ordered.take(np.append(~repeats_identity(ordered)[1:], True)[: len(ordered)])


def places_in(rows: StoredColumns, wanted: StoredColumns) -> NDArray[np.intp]:
    """Return where in `rows` the identity of each wanted row is, -1 where it is not; each holds an identity once.

    Of (meter 7, 10:00) and (7, 10:15), wanted of rows that are (7, 09:45) and (7, 10:00), the places are 1 and -1.
    """
    places = np.full(len(wanted), -1, dtype=np.intp)
    if len(rows) and len(wanted):
        # The order is stable, so a wanted row that repeats an identity stands right behind the stored row of it.
        both = one_after_the_other([rows, wanted])
        order = _order(both)
        twice = np.flatnonzero(repeats_identity(both.take(order)))
        places[order[twice] - len(rows)] = order[twice - 1]
    return places


def rows_up_to(rows: StoredColumns, at: int, reference: str) -> int:
    """Return how many rows of one meter, sorted by identity, lie at or before an instant and reference."""
    low, high = (int(np.searchsorted(rows.at, at, side=side)) for side in ("left", "right"))
    # NO_REFERENCE, the empty text, sorts before every other: the row at the instant is included under any reference.
    if rows.reference is None:
        return high
    return low + int(np.searchsorted(rows.reference[low:high], reference, side="right"))


def rows_before(rows: StoredColumns, at: int, reference: str) -> int:
    """Return how many rows of one meter, sorted by identity, lie before an instant and reference."""
    low, high = (int(np.searchsorted(rows.at, at, side=side)) for side in ("left", "right"))
    if rows.reference is None:
        return low if reference == NO_REFERENCE else high
    return low + int(np.searchsorted(rows.reference[low:high], reference, side="left"))


def _order(rows: StoredColumns, *within: NDArray[Any]) -> NDArray[np.intp]:
    """Return the order of rows by identity, and within one by columns of which the last decides first; it is stable."""
    named = [] if rows.reference is None else [np.unique(rows.reference, return_inverse=True)[1]]
    return np.lexsort([*within, *named, rows.at, rows.meter])


def columns_from(rows: Sequence[tuple[Any, ...]]) -> StoredColumns:
    """Return rows of meter, instant, reference, value, quality, start, revision and batch, by identity, as columns."""
    named = [row[2] for row in rows]
    numbers = np.array([(*row[:2], *row[3:]) for row in rows], dtype=np.int64).reshape(-1, 7).T.copy()
    meter, at, value, quality, start, revision, batch = numbers
    return StoredColumns(
        meter=meter.astype(np.int32),
        at=at,
        value=value,
        quality=quality.astype(np.int16),
        start=start,
        revision=revision.astype(np.int16),
        batch=batch,
        reference=np.array(named, dtype=object) if any(each != NO_REFERENCE for each in named) else None,
    )
