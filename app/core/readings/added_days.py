"""What is added to days of meters, as columns, and packed: quantities that their stored buckets do not hold yet.

A thousand meters' post of a quarter hour, for example, is a thousand days with one reading each; packed with those of
the same day before it they are still a thousand, in some 2.6 bytes each, since all but the quantity is alike.
"""

import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
import numpy as np
from numpy.typing import NDArray

from app.core.calendar.periods import Grain, month_start
from app.core.readings.bucket_columns import AMOUNTS, NO_BUCKETS, BucketColumns, one_below_the_other
from app.core.readings.columns import Int64Column
from app.core.readings.integer_columns import laid_out, pack_integers, unpack_integers

_FORMAT = b"\1"
_CHECKSUM = struct.Struct("<I")


class UnreadableAdditions(ValueError):
    """Bytes that `pack_added` did not make, or that changed since."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            f"What readings have added to the rollups cannot be read: {reason}. It is made anew from the readings "
            "within a minute; ask again after that"
        )


@dataclass(frozen=True, slots=True)
class AddedDays:
    """Day buckets to be added to stored ones, and the first day of the reporting year that holds each."""

    days: BucketColumns
    year: Int64Column

    def __len__(self) -> int:
        return len(self.year)

    def take(self, index: NDArray[np.intp] | NDArray[np.bool_]) -> "AddedDays":
        """Return the days that `index` (positions or a mask) selects, in its order."""
        return AddedDays(self.days.take(index), self.year[index])

    def of_meters(self, meter_ids: Sequence[int]) -> "AddedDays":
        """Return the days of some meters."""
        mine = np.isin(self.days.meter_id, np.fromiter(meter_ids, dtype=np.int64))
        return self if mine.all() else self.take(mine)

    def taken_back(self) -> "AddedDays":
        """Return what, added too, leaves nothing of this."""
        return AddedDays(self.days.with_amounts([-column for column in self.days.amounts()]), self.year)

    def in_grain(self, grain: Grain) -> BucketColumns:
        """Return the sums by buckets of a grain, by meter and first day."""
        start = self.days.start_day
        if grain is Grain.MONTH:
            # The calendar is plain Python: it is asked once for each of the few days there are, not once a row.
            distinct, place = np.unique(start, return_inverse=True)
            start = np.array([month_start(day) for day in distinct.tolist()], dtype=np.int64)[place]
        elif grain is Grain.YEAR:
            # The day alone does not tell its reporting year, which follows the organization's settings.
            start = self.year
        order, first = _groups(self.days.meter_id, start)
        return self.days.take(order).starting(start[order]).added_up(first, grain)


NOTHING_ADDED = AddedDays(NO_BUCKETS, NO_BUCKETS.start_day)


def added_up(parts: Sequence[AddedDays]) -> AddedDays:
    """Return several additions as one, by meter and day, each day once, without those of which nothing is left."""
    days = one_below_the_other([part.days for part in parts])
    year: Int64Column = np.concatenate([NOTHING_ADDED.year, *(part.year for part in parts)])
    # The year is a part of the key: days that move to another reporting year are taken back from the one and added to
    # the other, and must not cancel.
    order, first = _groups(days.meter_id, days.start_day, year)
    whole = AddedDays(days.take(order).added_up(first, Grain.DAY), year[order][first])
    left = np.zeros(len(whole), dtype=np.bool_)
    for column in whole.days.amounts():
        left |= column != 0
    return whole if left.all() else whole.take(left)


def _groups(*keys: Int64Column) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the order by these keys, the first one above the others, and where in it each new one begins.

    Of the meters 7, 3, 7 on one day the order is 1, 0, 2, and new ones begin at 0 and 1 in it. Their quantities 10, 20
    and 30 are 20, 10, 30 in that order, and `reduceat` sums them from one beginning to the next: 20 and 40.
    """
    # lexsort sorts by the last of its keys first.
    order = np.lexsort(keys[::-1])
    begins = np.zeros(len(order), dtype=np.bool_)
    begins[:1] = True
    for key in keys:
        begins[1:] |= key[order][1:] != key[order][:-1]
    return order, np.flatnonzero(begins)


def pack_added(added: AddedDays) -> bytes:
    """Return the bytes of additions, with a checksum.

    The columns are packed one by one: meter, day, days since the reporting year began, the gross quantity less the
    quantity in the place of the former, and the other amounts as they are.
    """
    days = added.days
    columns = [days.meter_id, days.start_day, days.start_day - added.year]
    # Where nothing is negative the difference is all zeros, which take two bytes however many days there are.
    columns += [days.gross - days.quantity if name == "gross" else getattr(days, name) for name in AMOUNTS]
    content = msgspec.msgpack.encode([len(added), [pack_integers(column) for column in columns]])
    return _FORMAT + _CHECKSUM.pack(zlib.crc32(content)) + content


def unpack_added(content: bytes) -> AddedDays:
    """Return the additions that `pack_added` made bytes of; raises UnreadableAdditions."""
    start = len(_FORMAT) + _CHECKSUM.size
    if content[:1] != _FORMAT or content[1:start] != _CHECKSUM.pack(zlib.crc32(content[start:])):
        raise UnreadableAdditions("it is of no known format, or does not have the checksum that it had")
    count, packed = msgspec.msgpack.decode(content[start:], type=tuple[int, list[bytes]])
    meter_id, day, in_year, *amounts = (unpack_integers(column, count) for column in packed)
    stated = dict(zip(AMOUNTS, amounts, strict=True))
    stated["gross"] = stated["gross"] + stated["quantity"]
    grain, flags = laid_out(np.int64(Grain.DAY), count), laid_out(np.int64(0), count)
    return AddedDays(BucketColumns(meter_id, grain, day, **stated, flags=flags), day - in_year)
