"""Buckets of quantities as columns: the shape in which many are made, added to stored ones, or inserted at once."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from itertools import repeat, starmap

import numpy as np
from numpy.typing import NDArray

from app.core.buckets import Bucket
from app.core.columns import Int64Column

_NO_LEVEL = (None, None, None, 0, 0, 0)
"""Minimum, maximum, last, weight and area of a quantity."""


@dataclass(frozen=True, slots=True)
class BucketColumns:
    """Quantities of many buckets, an array of int64 for each field of a Bucket; no bucket is null, none has a level.

    `grain` is that of the bucket, `start_day` its first local day. Added to stored buckets they may be differences.
    """

    meter_id: Int64Column
    grain: Int64Column
    start_day: Int64Column
    quantity: Int64Column
    count: Int64Column
    covered_s: Int64Column
    gross: Int64Column
    gross_estimated: Int64Column
    gross_manual: Int64Column
    count_estimated: Int64Column
    count_manual: Int64Column
    flags: Int64Column

    def __len__(self) -> int:
        return len(self.meter_id)

    def take(self, index: NDArray[np.intp] | NDArray[np.bool_]) -> "BucketColumns":
        """Return the buckets that `index` (positions or a mask) selects, in its order."""
        return BucketColumns(*(column[index] for column in self.columns()))

    def starting(self, start_day: Int64Column) -> "BucketColumns":
        """Return the buckets with other first days."""
        return replace(self, start_day=start_day)

    def columns(self) -> list[Int64Column]:
        """Return the columns in the order of their names."""
        return [getattr(self, name) for name in COLUMN_NAMES]

    def buckets(self) -> list[Bucket]:
        """Return the buckets one by one."""
        stated = [getattr(self, name).tolist() for name in COLUMN_NAMES if name not in ("grain", "flags")]
        return list(starmap(Bucket, zip(*stated, *map(repeat, _NO_LEVEL), self.flags.tolist(), strict=False)))


COLUMN_NAMES = tuple(field.name for field in fields(BucketColumns))
_NONE: Int64Column = np.empty(0, dtype=np.int64)
NO_BUCKETS = BucketColumns(*(_NONE,) * len(COLUMN_NAMES))


def one_below_the_other(parts: Sequence[BucketColumns]) -> BucketColumns:
    """Return several sets of buckets as one, in the order given."""
    parts = [part for part in parts if len(part)]
    if len(parts) < 2:
        return parts[0] if parts else NO_BUCKETS
    return BucketColumns(*map(np.concatenate, zip(*(part.columns() for part in parts), strict=True)))
