"""Gaps of interval meters: where nothing covers the time, and what is put there when the meter asks for it.

A short gap is bridged in a straight line between its neighbours; a long one takes the mean of the same weekday and time
over the four weeks before. Estimates are segments, never readings: a reading that arrives takes their place.
"""

from collections.abc import Iterator, Mapping, Sequence

from app.core.buckets import RollupFlag
from app.core.columns import QUALITY_CODES, Quality
from app.core.meters import MeterSpec
from app.core.periods import SECOND_MS, Interval
from app.rollup.segment import Segment

SHORT_GAP_S = 7_200
"""The longest gap bridged in a straight line: two hours, the usual rule for validating interval data."""

PROFILE_WEEKS = 4
PROFILE_REACH_S = PROFILE_WEEKS * 7 * 86_400
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


def estimates(spec: MeterSpec, segments: Sequence[Segment]) -> Iterator[Segment]:
    """Yield the estimated segments of every gap between the segments, which are sorted by start."""
    by_start = {segment.start_s: segment for segment in segments}
    by_end = {segment.end_s: segment for segment in segments}
    for start_s, end_s in uncovered(segments):
        steps = list(_steps(spec, start_s, end_s))
        if end_s - start_s <= SHORT_GAP_S:
            yield from _straight(steps, by_end.get(start_s), by_start.get(end_s))
        else:
            yield from _profile(spec, steps, by_start)


def _steps(spec: MeterSpec, start_s: int, end_s: int) -> Iterator[tuple[int, int]]:
    """Cut a gap into the meter's intervals; what is left over at its end is a shorter one."""
    if spec.interval is None:
        return
    step = start_s
    while step < end_s:
        after = spec.interval.shift(spec.zone, step * SECOND_MS, 1) // SECOND_MS
        yield step, min(after, end_s)
        step = after


def _straight(steps: Sequence[tuple[int, int]], before: Segment | None, after: Segment | None) -> Iterator[Segment]:
    """Yield steps on the line from the interval before the gap to the one after it, in whole micro-units."""
    if before is None or after is None or before.quantity is None or after.quantity is None:
        return
    rise = after.quantity - before.quantity
    length = before.end_s - before.start_s
    for number, (start_s, end_s) in enumerate(steps, start=1):
        quantity = before.quantity + rise * number // (len(steps) + 1)
        yield _estimate(start_s, end_s, quantity * (end_s - start_s) // length if length else quantity)


def _profile(spec: MeterSpec, steps: Sequence[tuple[int, int]], by_start: Mapping[int, Segment]) -> Iterator[Segment]:
    """Yield steps with the mean of the same local time one to four weeks earlier; none where there is no such past."""
    for start_s, end_s in steps:
        past = [by_start.get(_WEEK.shift(spec.zone, start_s * SECOND_MS, -n) // SECOND_MS) for n in _WEEKS_BACK]
        known = [
            segment.quantity
            for segment in past
            if segment is not None and segment.quantity is not None and segment.flags == RollupFlag(0)
        ]
        if known:
            yield _estimate(start_s, end_s, sum(known) // len(known))


def _estimate(start_s: int, end_s: int, quantity: int) -> Segment:
    return Segment(start_s, end_s, quantity, _ESTIMATED, RollupFlag.ESTIMATED)
