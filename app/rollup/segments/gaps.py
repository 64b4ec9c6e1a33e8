"""Gaps of interval meters: where nothing covers the time, and what is put there when the meter asks for it.

A short gap is bridged in a straight line between its neighbours; a long one takes the mean of the same weekday and time
over the four weeks before, as far as there are readings of then: never further than four weeks into the gap. So the
work is that of four weeks, whether a gap lasts a month or thirty years. Estimates are segments, never readings: a
reading that arrives takes their place.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from zoneinfo import ZoneInfo

from app.core.calendar.periods import SECOND_MS, Interval
from app.core.inventory.meters import MeterSpec
from app.core.readings.buckets import RollupFlag
from app.core.readings.columns import QUALITY_CODES, Quality
from app.rollup.segments.segment import Segment

SHORT_GAP_S = 7_200
"""The longest gap bridged in a straight line: two hours, the usual rule for validating interval data."""

PROFILE_WEEKS = 4
PROFILE_REACH_S = PROFILE_WEEKS * 7 * 86_400
HOUR_S = 3_600
_BLOCK_S = 900
_WEEK_MS = 7 * 86_400 * SECOND_MS
_WEEK = Interval(days=7)
_WEEKS_BACK = range(1, PROFILE_WEEKS + 1)
_ESTIMATED = QUALITY_CODES[Quality.ESTIMATED]


def uncovered(segments: Sequence[Segment]) -> Iterator[tuple[int, int]]:
    """Yield [start, end) in seconds of each stretch that lies between segments (by start) and that none covers."""
    covered_to: int | None = None
    for segment in segments:
        if covered_to is not None and segment.start_s > covered_to:
            yield covered_to, segment.start_s
        covered_to = segment.end_s if covered_to is None else max(covered_to, segment.end_s)


def edge(at_s: int) -> Segment:
    """Return a segment of no length, to mark where looking for gaps begins or ends."""
    return Segment(at_s, at_s, None, _ESTIMATED)


@dataclass(frozen=True, slots=True)
class Gap:
    """A gap [start_s, end_s), of which the part [from_s, until_s) is asked for."""

    start_s: int
    end_s: int
    from_s: int
    until_s: int

    @property
    def is_short(self) -> bool:
        return self.end_s - self.start_s <= SHORT_GAP_S


def gaps_within(segments: Sequence[Segment], start_s: int, end_s: int) -> list[Gap]:
    """Return the gaps between segments (by start), as far as they lie in [start_s, end_s) and can be estimated."""
    found: list[Gap] = []
    for gap_start, gap_end in uncovered(segments):
        # An hour more than four weeks: they have one more where clocks are set back.
        last = gap_end if gap_end - gap_start <= SHORT_GAP_S else min(gap_end, gap_start + PROFILE_REACH_S + HOUR_S)
        from_s, until_s = max(gap_start, start_s), min(last, end_s)
        if from_s < until_s:
            found.append(Gap(gap_start, gap_end, from_s, until_s))
    return found


def estimates(
    spec: MeterSpec, segments: Sequence[Segment], gaps: Iterable[Gap], past: Mapping[int, int]
) -> Iterator[Segment]:
    """Yield the estimated segments that touch the asked part of each gap between the segments.

    `past` tells the quantity of the intervals of the weeks before the long gaps, by where they begin (UTC seconds).
    """
    by_start = {segment.start_s: segment for segment in segments}
    by_end = {segment.end_s: segment for segment in segments}
    for gap in gaps:
        if gap.is_short:
            yield from _straight(list(_steps(spec, gap)), by_end.get(gap.start_s), by_start.get(gap.end_s))
        elif past:
            yield from _profile(spec, _steps(spec, gap), past)


def weeks_before(spec: MeterSpec, gaps: Iterable[Gap]) -> list[tuple[int, int]]:
    """Return the stretches (UTC ms, ends included) that hold the stamps of what long gaps are estimated from."""
    longest_ms = spec.interval.longest_ms if spec.interval is not None else 0
    beside = longest_ms + HOUR_S * SECOND_MS  # a week has an hour more or less where clocks change
    wanted = sorted(
        (
            gap.from_s * SECOND_MS - number * _WEEK_MS - beside - longest_ms,
            gap.until_s * SECOND_MS - number * _WEEK_MS + beside,
        )
        for gap in gaps
        if not gap.is_short
        for number in _WEEKS_BACK
    )
    merged: list[tuple[int, int]] = []
    for first, last in wanted:
        if merged and first <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(merged[-1][1], last)
        else:
            merged.append((first, last))
    return merged


def _steps(spec: MeterSpec, gap: Gap) -> Iterator[tuple[int, int]]:
    """Cut a gap into the meter's intervals; what is left over at its end is a shorter one.

    Of a long gap only the asked part is yielded.
    """
    if spec.interval is None:
        return
    step = gap.start_s
    # Straight to the last step before what is asked for: a gap may have lasted for years.
    if spec.interval.seconds and not gap.is_short:
        step += (gap.from_s - step) // spec.interval.seconds * spec.interval.seconds
    until_s = gap.end_s if gap.is_short else gap.until_s
    while step < until_s:
        after = spec.interval.shift(spec.zone, step * SECOND_MS, 1) // SECOND_MS
        if after > gap.from_s or gap.is_short:
            yield step, min(after, gap.end_s)
        step = after


def _straight(steps: Sequence[tuple[int, int]], before: Segment | None, after: Segment | None) -> Iterator[Segment]:
    """Yield steps on the line from the interval before the gap to the one after it, in whole micro-units."""
    if before is None or after is None or before.quantity is None or after.quantity is None:
        return
    # From 4 before a gap of three intervals to 8 behind it: 4 + 4 * 1 // 4 = 5, then 6 and 7.
    rise = after.quantity - before.quantity
    length = before.end_s - before.start_s
    for number, (start_s, end_s) in enumerate(steps, start=1):
        quantity = before.quantity + rise * number // (len(steps) + 1)
        yield _estimate(start_s, end_s, quantity * (end_s - start_s) // length if length else quantity)


def _profile(spec: MeterSpec, steps: Iterable[tuple[int, int]], past: Mapping[int, int]) -> Iterator[Segment]:
    """Yield steps with the mean of the same local time one to four weeks earlier; none where there is no such past."""
    for start_s, end_s in steps:
        # Looked up by whole quarters of an hour, so that the intervals of a quarter, and all meters of a zone, share
        # one answer.
        block, inside = divmod(start_s, _BLOCK_S)
        found = (past.get(earlier + inside) for earlier in _weeks_back(spec.zone, block * _BLOCK_S))
        known = [quantity for quantity in found if quantity is not None]
        if known:
            yield _estimate(start_s, end_s, sum(known) // len(known))


@lru_cache(maxsize=8_192)
def _weeks_back(zone: ZoneInfo, start_s: int) -> list[int]:
    """Return the same local time one to four weeks earlier; clocks change on whole quarters of an hour."""
    return [_WEEK.shift(zone, start_s * SECOND_MS, -number) // SECOND_MS for number in _WEEKS_BACK]


def _estimate(start_s: int, end_s: int, quantity: int) -> Segment:
    return Segment(start_s, end_s, quantity, _ESTIMATED, RollupFlag.ESTIMATED)
