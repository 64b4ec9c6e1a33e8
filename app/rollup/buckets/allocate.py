"""Segments to buckets: in proportion to time, in whole seconds, by cumulative integer division."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app.core.readings.buckets import Bucket, RollupFlag
from app.core.readings.columns import QUALITY_CODES, Quality
from app.core.units.quantities import fits_int64
from app.rollup.segments.segment import Segment

_ESTIMATED = QUALITY_CODES[Quality.ESTIMATED]
_MANUAL = QUALITY_CODES[Quality.MANUAL]
_OF_A_GAP, _OVERLAP, _TOO_LONG = (int(flag) for flag in (RollupFlag.ESTIMATED, RollupFlag.OVERLAP, RollupFlag.TOO_LONG))
"""As plain integers, which are combined many times as fast as flags."""


def share_until(quantity: int, start_s: int, end_s: int, until_s: int) -> int:
    """Return the part of `quantity`, spread evenly over [start_s, end_s), that falls before `until_s`.

    Differences of this function are what buckets receive: integers that add up to the quantity, whatever the cuts. Of 7
    over 3 s they are 0, 2, 4 and 7 until 0, 1, 2 and 3 s, so each second has 2, 2 and 3. Rounding the parts by
    themselves would give 2, 2 and 2.
    """
    length, elapsed = end_s - start_s, until_s - start_s
    whole, rest = divmod(abs(quantity), length)
    part = whole * elapsed + rest * elapsed // length
    return part if quantity >= 0 else -part


@dataclass(slots=True)
class _Total:
    quantity: int = 0
    known: bool = False
    gross: int = 0
    gross_estimated: int = 0
    gross_manual: int = 0
    count: int = 0
    count_estimated: int = 0
    count_manual: int = 0
    covered_s: int = 0
    flags: int = 0

    def add(self, quantity: int, quality: int) -> None:
        self.known = True
        self.quantity += quantity
        self.gross += abs(quantity)
        if quality == _ESTIMATED:
            self.gross_estimated += abs(quantity)
        elif quality == _MANUAL:
            self.gross_manual += abs(quantity)

    def count_one(self, quality: int) -> None:
        self.count += 1
        self.count_estimated += quality == _ESTIMATED
        self.count_manual += quality == _MANUAL


def allocate(meter_id: int, segments: Iterable[Segment], days: Sequence[int], bounds_s: Sequence[int]) -> list[Bucket]:
    """Return the buckets that segments touch.

    `bounds_s` are the ascending UTC seconds where buckets begin, and one more where the last ends; `days` names each
    bucket. What lies outside the bounds is left out. A segment counts as a reading where it starts; the estimate of a
    gap adds its quantity, but is no reading and covers nothing.
    """
    totals: dict[int, _Total] = {}
    covered_to: int | None = None
    last = len(days) - 1
    for segment in sorted(segments, key=lambda each: (each.start_s, each.end_s)):
        flags = int(segment.flags)
        if flags & _TOO_LONG:
            for edge_s in (segment.start_s, segment.end_s):
                place = bisect_right(bounds_s, edge_s) - 1
                if 0 <= place <= last:
                    totals.setdefault(place, _Total()).flags |= flags
            continue
        place = bisect_right(bounds_s, segment.start_s) - 1
        if 0 <= place <= last:
            total = totals.setdefault(place, _Total())
            total.flags |= flags
            if segment.quantity is not None and not flags & _OF_A_GAP:
                total.count_one(segment.quality)
        # Nothing lasts: all of it goes to the bucket that it starts in, and covers no time.
        if segment.end_s <= segment.start_s:
            if 0 <= place <= last and segment.quantity is not None:
                totals[place].add(segment.quantity, segment.quality)
            continue
        overlap = covered_to is not None and segment.start_s < covered_to
        first = max(place, 0)
        for bucket in range(first, len(days)):
            if bounds_s[bucket] >= segment.end_s:
                break
            begin, end = max(bounds_s[bucket], segment.start_s), min(bounds_s[bucket + 1], segment.end_s)
            if begin >= end:
                continue  # a day that the calendar left out, such as Samoa's 30 December 2011
            total = totals.setdefault(bucket, _Total())
            total.flags |= flags
            if segment.quantity is None:
                continue
            total.add(_between(segment, begin, end), segment.quality)
            if flags & _OF_A_GAP:
                continue
            # Segments come by their starts: earlier ones cover all from here up to one instant, and nothing behind it.
            fresh_from = begin if covered_to is None else max(begin, covered_to)
            total.covered_s += max(end - fresh_from, 0)
            if overlap and begin < (covered_to or 0):
                total.flags |= _OVERLAP
        if segment.quantity is not None and not flags & _OF_A_GAP:
            covered_to = segment.end_s if covered_to is None else max(covered_to, segment.end_s)
    return [_bucket(meter_id, days[place], totals[place]) for place in sorted(totals)]


def _between(segment: Segment, begin_s: int, end_s: int) -> int:
    quantity = segment.quantity or 0
    return share_until(quantity, segment.start_s, segment.end_s, end_s) - share_until(
        quantity, segment.start_s, segment.end_s, begin_s
    )


def _bucket(meter_id: int, day: int, total: _Total) -> Bucket:
    fits = fits_int64(total.quantity) and fits_int64(total.gross)
    flags = total.flags if fits else total.flags | int(RollupFlag.OVERFLOW)
    return Bucket(
        meter_id=meter_id,
        start_day=day,
        quantity=total.quantity if fits and total.known else None,
        count=total.count,
        covered_s=total.covered_s,
        gross=total.gross if fits else None,
        gross_estimated=total.gross_estimated if fits else None,
        gross_manual=total.gross_manual if fits else None,
        count_estimated=total.count_estimated,
        count_manual=total.count_manual,
        minimum=None,
        maximum=None,
        last=None,
        weight=0,
        area_high=0,
        area_low=0,
        flags=flags,
    )
