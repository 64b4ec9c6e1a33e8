"""Readings as columns: the shape in which a batch travels from the decoder to the database."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Int64Column: TypeAlias = NDArray[np.int64]
Int32Column: TypeAlias = NDArray[np.int32]
Int16Column: TypeAlias = NDArray[np.int16]
ReferenceColumn: TypeAlias = NDArray[np.object_]
"""The ticket number of each row as text, NO_REFERENCE where it has none."""

NO_START = np.iinfo(np.int64).min
"""In a `start` column: the row states no start of its own."""

NO_REFERENCE = ""
"""In a `reference` column, and in the database: the reading is told from others by meter and instant alone."""


class Quality(StrEnum):
    """What a reading says of itself; `suspect` is the service's verdict and is never posted."""

    MEASURED = "measured"
    ESTIMATED = "estimated"
    MANUAL = "manual"
    SUSPECT = "suspect"


class Standing(IntEnum):
    """Whether a stored reading counts. Stored as eight times this plus the quality's code: 17 is suspect, measured."""

    COUNTED = 0
    ACCEPTED = 1
    SUSPECT = 2
    WITHDRAWN = 3


QUALITY_CODES = {Quality.MEASURED: 1, Quality.ESTIMATED: 2, Quality.MANUAL: 3}
QUALITIES = {code: quality for quality, code in QUALITY_CODES.items()}
STANDING_STEP = 8
COUNTS_BELOW = STANDING_STEP * Standing.SUSPECT
"""A stored quality below this number counts; at or above it the row is suspect or withdrawn."""


def stored_quality(quality: int, standing: Standing) -> int:
    """Return the stored number of a quality code and a standing."""
    return STANDING_STEP * standing + quality


def stated_quality(stored: int) -> Quality:
    """Return the quality a stored number shows to the outside: suspect while it is, else what the sender stated."""
    if stored // STANDING_STEP == Standing.SUSPECT:
        return Quality.SUSPECT
    return QUALITIES[stored % STANDING_STEP]


@dataclass(frozen=True, slots=True)
class ReadingColumns:
    """Judged readings of known meters, one array an attribute, all of one length.

    row: index in the body (int32); meter: meter id (int32); at, start: UTC milliseconds (int64, start NO_START when
    none); value: micro-units of the meter's unit (int64); quality: stored quality (int16); reference: None when no row
    has one, as in nearly every body.
    """

    row: Int32Column
    meter: Int32Column
    at: Int64Column
    value: Int64Column
    start: Int64Column
    quality: Int16Column
    reference: ReferenceColumn | None = None

    def __len__(self) -> int:
        return len(self.at)

    def take(self, index: NDArray[np.intp] | NDArray[np.bool_]) -> "ReadingColumns":
        """Return the rows that `index` (positions or a mask) selects, in its order."""
        return ReadingColumns(
            row=self.row[index],
            meter=self.meter[index],
            at=self.at[index],
            value=self.value[index],
            start=self.start[index],
            quality=self.quality[index],
            reference=None if self.reference is None else self.reference[index],
        )


def references(columns: Sequence[ReferenceColumn | None], counts: Sequence[int]) -> ReferenceColumn | None:
    """Return the references of several sets of rows one after the other; None when no row has one."""
    if all(column is None for column in columns):
        return None
    empty = (np.full(count, NO_REFERENCE, dtype=object) for count in counts)
    return np.concatenate([none if column is None else column for column, none in zip(columns, empty, strict=True)])
