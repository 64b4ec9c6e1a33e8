"""Versions of a reading: what is stored, what was, and what replaces it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import starmap

import msgspec
import numpy as np
from numpy.typing import NDArray

from app.core.columns import (
    NO_REFERENCE,
    STANDING_STEP,
    Int16Column,
    Int32Column,
    Int64Column,
    ReadingColumns,
    ReferenceColumn,
    Standing,
)

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


def repeats_identity(columns: ReadingColumns) -> NDArray[np.bool_]:
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
