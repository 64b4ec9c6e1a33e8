"""Buckets of quantities as columns: the shape in which many are made, added to stored ones, or inserted at once."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from itertools import repeat, starmap
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.core.calendar.periods import Grain
from app.core.readings.buckets import Bucket
from app.core.readings.columns import Int64Column

_NO_LEVEL = (None, None, None, 0, 0, 0)
"""Minimum, maximum, last, weight and area of a quantity."""

_KEYS = 3
"""Meter, grain and first day."""


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

    def between(self, first_day: int, end_day: int) -> "BucketColumns":
        """Return the buckets that begin in [first_day, end_day)."""
        return self.take((self.start_day >= first_day) & (self.start_day < end_day))

    def places(self) -> list[tuple[int, int]]:
        """Return meter and first day of each."""
        return list(zip(self.meter_id.tolist(), self.start_day.tolist(), strict=True))

    def starting(self, start_day: Int64Column) -> "BucketColumns":
        """Return the buckets with other first days."""
        return replace(self, start_day=start_day)

    def amounts(self) -> list[Int64Column]:
        """Return what is summed when buckets are added up, in the order of the names."""
        return self.columns()[_KEYS:-1]

    def with_amounts(self, amounts: Sequence[Int64Column]) -> "BucketColumns":
        """Return the same buckets with other amounts, in the order of `amounts`."""
        return replace(self, **dict(zip(AMOUNTS, amounts, strict=True)))

    def added_up(self, first: NDArray[np.intp], grain: Grain) -> "BucketColumns":
        """Return one bucket of a grain for each stretch that begins at `first`, of the first one's meter and day.

        Flags are none: what is added up has none.
        """
        sums = [np.add.reduceat(column, first) if len(first) else column for column in self.amounts()]
        whole = self.take(first).with_amounts(sums)
        none: Int64Column = np.zeros(len(first), dtype=np.int64)
        return replace(whole, grain=none + int(grain), flags=none)

    def columns(self) -> list[Int64Column]:
        """Return the columns in the order of their names."""
        return [getattr(self, name) for name in COLUMN_NAMES]

    def buckets(self) -> list[Bucket]:
        """Return the buckets one by one."""
        stated = [getattr(self, name).tolist() for name in COLUMN_NAMES if name not in ("grain", "flags")]
        # The columns have the order of Bucket's fields. `repeat` never ends, so the lengths cannot be compared here.
        return list(starmap(Bucket, zip(*stated, *map(repeat, _NO_LEVEL), self.flags.tolist(), strict=False)))


COLUMN_NAMES = tuple(field.name for field in fields(BucketColumns))
AMOUNTS = COLUMN_NAMES[_KEYS:-1]
"""What is summed when buckets are added up."""
_NONE: Int64Column = np.empty(0, dtype=np.int64)
NO_BUCKETS = BucketColumns(*(_NONE,) * len(COLUMN_NAMES))


def one_below_the_other(parts: Sequence[BucketColumns]) -> BucketColumns:
    """Return several sets of buckets as one, in the order given."""
    parts = [part for part in parts if len(part)]
    if len(parts) < 2:
        return parts[0] if parts else NO_BUCKETS
    return BucketColumns(*map(np.concatenate, zip(*(part.columns() for part in parts), strict=True)))


def laid_over(buckets: Sequence[Bucket], added: BucketColumns) -> list[Bucket]:
    """Return buckets of one grain, by meter and day, with what is added to them, or begins one.

    A quantity that is null stays so.
    """
    if not len(added):
        return list(buckets)
    found = {(bucket.meter_id, bucket.start_day): bucket for bucket in buckets}
    for each in added.buckets():
        key = each.meter_id, each.start_day
        known = found.get(key)
        found[key] = each if known is None else _plus(known, each)
    return [found[key] for key in sorted(found)]


def _plus(known: Bucket, added: Bucket) -> Bucket:
    sums: dict[str, Any] = {}
    for name in AMOUNTS:
        amount = getattr(known, name)
        sums[name] = None if amount is None else amount + getattr(added, name)
    return replace(known, **sums)
