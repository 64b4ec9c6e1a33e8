"""Versions of a reading: what is stored, what was, and what replaces it."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import starmap

import msgspec
import numpy as np
from numpy.typing import NDArray

from app.core.columns import STANDING_STEP, Int16Column, Int32Column, Int64Column, Standing

Identity = tuple[int, int]
"""A meter's id and an instant in UTC milliseconds."""


class Version(msgspec.Struct, frozen=True):
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


class Correction(msgspec.Struct, frozen=True):
    """A stored version and what replaces it; the old one becomes a revision."""

    meter: int
    at: int
    old: Version
    new: Version


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

    def versions(self, positions: NDArray[np.intp]) -> Iterator[Version]:
        """Yield some of the stored readings."""
        columns = (self.value, self.quality, self.start, self.revision, self.batch)
        return starmap(Version, zip(*(column[positions].tolist() for column in columns), strict=True))
