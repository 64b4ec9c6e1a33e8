"""Segments in columns to buckets, all at once: the same integers as `allocate` gives for segments one by one.

Three readings of a meter of PT1H, stamped at the start, in days of one zone: 22:30 = 5, 23:30 = 7, 23:45 = 4 (kWh). The
first lies in one day. The second is cut at midnight into pieces of 1800 s: 3.5 and 3.5, of which the first counts as a
reading. The third is cut into 900 s and 2700 s: 1 and 3, and begins where the second has not ended: both days are
flagged OVERLAP, and it covers nothing in the first, 900 s in the second. The pieces are then summed by meter and day.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.core.calendar.periods import Grain
from app.core.readings.bucket_columns import NO_BUCKETS, BucketColumns
from app.core.readings.buckets import RollupFlag
from app.core.readings.columns import QUALITY_CODES, Int16Column, Int64Column, Quality
from app.rollup.segments.segment_columns import SegmentColumns

_MOST = 2.0**62
"""Sums that stay below this, as floats know them, surely fit 64 bits."""


class TooLarge(ArithmeticError):
    """A sum may pass 2^63; `meters` are those that have one."""

    def __init__(self, meters: set[int]) -> None:
        super().__init__(f"a sum of {len(meters)} meters may pass 2^63")
        self.meters = meters


@dataclass(frozen=True, slots=True)
class _Pieces:
    """What lies of each segment in each bucket; `row` is the segment, `place` the bucket."""

    row: NDArray[np.intp]
    place: NDArray[np.intp]
    begin_s: Int64Column
    end_s: Int64Column
    counts: NDArray[np.bool_]

    def take(self, index: NDArray[np.bool_]) -> "_Pieces":
        return _Pieces(*(getattr(self, name)[index] for name in _Pieces.__slots__))


def allocate_columns(
    found: SegmentColumns, names: Int64Column, bounds_s: Int64Column, grain: Grain = Grain.DAY
) -> BucketColumns:
    """Return the buckets that segments touch, by meter and time.

    `bounds_s` are the ascending UTC seconds where buckets begin, and one more where the last ends; `names` is the
    `start_day` of each. What lies outside the bounds is left out. Raises TooLarge.
    """
    pieces = _pieces(found, bounds_s)
    if not len(pieces.row):
        return NO_BUCKETS
    meter, place = found.meter[pieces.row], pieces.place
    quantity = _shares(found, pieces)
    covered_s, overlap = _coverage(found, pieces)
    quality = found.quality[pieces.row]
    # Sorted segments give pieces in order but for those that reach over what begins behind them: of [0, 100) and [10,
    # 20), cut at 50, the pieces are in the buckets 0, 1 and 0.
    order = np.lexsort((place, meter)) if _out_of_order(meter, place) else slice(None)
    meter, place = meter[order], place[order]
    firsts = np.flatnonzero(np.concatenate(([True], (meter[1:] != meter[:-1]) | (place[1:] != place[:-1]))))

    def summed(column: NDArray[np.int64] | NDArray[np.bool_]) -> Int64Column:
        sums: Int64Column = np.add.reduceat(column[order].astype(np.int64, copy=False), firsts)
        return sums

    gross = np.abs(quantity)
    # As floats, since whole numbers would wrap: a sum below 2^62 by its float is surely below 2^63, and anything larger
    # is left to the exact rule.
    large = np.add.reduceat(gross[order].astype(np.float64), firsts) >= _MOST
    if large.any():
        raise TooLarge(set(meter[firsts[large]].tolist()))
    estimated, manual = (_of(quality, each) for each in (Quality.ESTIMATED, Quality.MANUAL))
    nothing = np.zeros(len(firsts), dtype=np.int64)
    return BucketColumns(
        meter_id=meter[firsts],
        grain=np.full(len(firsts), int(grain), dtype=np.int64),
        start_day=names[place[firsts]],
        quantity=summed(quantity),
        count=summed(pieces.counts),
        covered_s=summed(covered_s),
        gross=summed(gross),
        gross_estimated=nothing if estimated is None else summed(gross * estimated),
        gross_manual=nothing if manual is None else summed(gross * manual),
        count_estimated=nothing if estimated is None else summed(pieces.counts & estimated),
        count_manual=nothing if manual is None else summed(pieces.counts & manual),
        flags=np.where(summed(overlap) > 0, int(RollupFlag.OVERLAP), 0) if overlap.any() else nothing,
    )


def _pieces(found: SegmentColumns, bounds_s: Int64Column) -> _Pieces:
    """Cut segments at the bounds; one of no length is one piece, where it starts.

    Bounds at 0, 86,400 and 172,800 s; a segment from 81,000 to 90,000 begins in bucket 0 and ends in bucket 1: two
    pieces, [81,000, 86,400) and [86,400, 90,000), of which the first counts as a reading. `many` is 2 for it, and the
    places of its pieces are first + 0 and first + 1.
    """
    start_s, end_s, last = found.start_s, found.end_s, len(bounds_s) - 2
    starts_in = np.searchsorted(bounds_s, start_s, side="right") - 1
    first = np.maximum(starts_in, 0)
    # Nearly all segments end in the bucket in which they begin; only the others are searched for their last one.
    final = np.where(end_s <= bounds_s[np.minimum(first + 1, last + 1)], first, -1)
    crossing = final < 0
    final[crossing] = np.minimum(np.searchsorted(bounds_s, end_s[crossing], side="left") - 1, last)
    touches = (starts_in <= last) & np.where(end_s > start_s, end_s > bounds_s[0], starts_in >= 0)
    row = np.flatnonzero(touches)
    many = final[row] - first[row] + 1
    if len(many) and many.max() > 1:
        row = np.repeat(row, many)
        # Segments of 1, 2 and 1 pieces begin at the pieces 0, 1 and 3: of the pieces 0 1 2 3 less 0 1 1 3 each is the
        # 0th, 0th, 1st and 0th of its segment.
        place = first[row] + np.arange(len(row)) - np.repeat(np.cumsum(many) - many, many)
    else:
        place = first[row]
    begin_s, until_s = np.maximum(bounds_s[place], start_s[row]), np.minimum(bounds_s[place + 1], end_s[row])
    pieces = _Pieces(row, place, begin_s, until_s, place == starts_in[row])
    # A day that the calendar left out, such as Samoa's 30 December 2011, has no length.
    lasting = (until_s > begin_s) | (end_s[row] <= start_s[row])
    return pieces if lasting.all() else pieces.take(lasting)


def _shares(found: SegmentColumns, pieces: _Pieces) -> Int64Column:
    """Return the part of its segment's quantity that each piece receives: differences of `share_until`, exactly.

    7 micro-units over 3 s, cut after 1 s: whole 2, rest 1. Until 1 s it is 2 * 1 + 1 * 1 // 3 = 2, until 3 s 7: the
    pieces are 2 and 5. Quotient and rest are multiplied apart, since 7 * 1 would pass 64 bits for large quantities.
    """
    shares = found.quantity[pieces.row]
    start_s, end_s = found.start_s[pieces.row], found.end_s[pieces.row]
    cut = np.flatnonzero((end_s > start_s) & ((pieces.begin_s > start_s) | (pieces.end_s < end_s)))
    if len(cut):
        length = (end_s - start_s)[cut]
        whole, rest = np.divmod(np.abs(shares[cut]), length)
        until, since = (pieces.end_s - start_s)[cut], (pieces.begin_s - start_s)[cut]
        part = whole * (until - since) + rest * until // length - rest * since // length
        shares[cut] = np.sign(shares[cut]) * part
    return shares


def _coverage(found: SegmentColumns, pieces: _Pieces) -> tuple[Int64Column, NDArray[np.bool_]]:
    """Return the seconds each piece covers that no earlier segment of its meter does, and which are covered in part.

    Segments [0, 900) and [600, 1500) of a meter: before the second, time is covered to 900, so it covers 600 s anew and
    overlaps. The running maximum of the ends says so for all segments at once.
    """
    lasts = found.end_s > found.start_s
    base = found.start_s.min()
    reach = found.end_s.max() - base + 1
    meters = np.concatenate(([0], np.cumsum(found.meter[1:] != found.meter[:-1])))
    # Each meter lies behind the one before it, so that a running maximum over all of them begins anew with each.
    ends = np.maximum.accumulate(meters * reach + np.where(lasts, found.end_s - base, 0))
    covered_to = np.concatenate(([-1], ends[:-1])) - meters * reach + base
    covered, lasting = covered_to[pieces.row], lasts[pieces.row]
    fresh = np.where(lasting, np.maximum(pieces.end_s - np.maximum(pieces.begin_s, covered), 0), 0)
    return fresh, lasting & (pieces.begin_s < covered)


def _of(quality: Int16Column, kind: Quality) -> NDArray[np.bool_] | None:
    """Tell which pieces are of one quality; None when none is."""
    found = quality == QUALITY_CODES[kind]
    return found if found.any() else None


def _out_of_order(meter: Int64Column, place: NDArray[np.intp]) -> bool:
    return bool(((meter[1:] == meter[:-1]) & (place[1:] < place[:-1])).any())
