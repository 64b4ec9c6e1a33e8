"""Readings of a register that those around them disprove: drop-outs, spikes, estimates that were too high, lone rises.

Each verdict depends on the nearest NEIGHBOURS readings on either side and on nothing else, so that it is the same in
whatever order readings arrived. Hours, with a register that counts 4 an hour:

    5004  5008     0     0  5020  5024        a drop-out: 5008 -> 0 -> 0 -> 5020 is unknown, not 5020 consumed
    5004  5008 52000  5016  5020              a spike: 5008 -> 52000 -> 5016 is unknown, not 46992 consumed
    5004  5008 52000 52004 52008              a lone rise: 5008 -> 52000 is unknown until an exchange is stated
    9700 10500(estimated) 10300               the estimate is set aside: 9700 -> 10300 is 600
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import accumulate, pairwise

from app.core.inventory.meters import MeterSpec, RegisterDirection
from app.core.readings.buckets import RollupFlag
from app.rollup.segments.legs import NEIGHBOURS, Leg, Point
from app.rollup.segments.segment import Reading

_RETURNS = (3, 4)
"""A fall came back when a single leg rises by at least this part of it: a counter that began anew climbs slowly."""

LEAST_RISES = 8
"""Fewer rises around one tell nothing of what is usual."""

TIMES_AS_FAST = 10
"""A lone rise is more than so many times as fast as any around it."""


def without_overestimates(spec: MeterSpec, points: Sequence[Point]) -> list[Point]:
    """Return the points without the estimates that proved too high.

    So does one when the register, read later, shows less than it and no less than what was read before it.
    """
    if spec.direction is RegisterDirection.NET:
        return list(points)
    tolerance = spec.dip_tolerance_micro
    return [point for point in points if not (point.estimated and _proved_too_high(points, point, tolerance))]


def _proved_too_high(points: Sequence[Point], point: Point, tolerance: int) -> bool:
    place = point.place
    earlier = reversed(points[max(place - NEIGHBOURS, 0) : place])
    known = next((each.begins for each in earlier if not each.estimated), None)
    for later in points[place + 1 : place + 1 + NEIGHBOURS]:
        if later.ends < point.ends - tolerance and (known is None or later.ends >= known):
            return True
        if not later.estimated:
            return False
    return False


def doubt_drop_outs(spec: MeterSpec, legs: Sequence[Leg]) -> None:
    """Make unknown what lies between a fall and the leg that brings the register back to where it was."""
    if spec.direction is RegisterDirection.NET:
        return
    for number, leg in enumerate(legs):
        fall = -leg.change
        # A stated max_rate tells a rollover from a drop-out; without one, what comes back was none.
        explained = leg.flags & RollupFlag.ROLLOVER and spec.max_rate_micro is not None
        if fall <= spec.dip_tolerance_micro or explained:
            continue
        end = _return_of(legs, number, leg.before.begins - spec.dip_tolerance_micro)
        if end is not None and _is_most_of(legs[end].change, fall):
            for each in legs[number : end + 1]:
                each.doubt(RollupFlag.DROP_OUT)


def _return_of(legs: Sequence[Leg], number: int, level: int) -> int | None:
    """Return the first later leg that reaches the level, if nothing in between was stated to be true."""
    first = legs[number].before.place
    for later in range(number + 1, len(legs)):
        leg = legs[later]
        if leg.before.stated or leg.after.place - first > NEIGHBOURS:
            return None
        if leg.after.ends >= level:
            return None if leg.after.stated and not leg.after.exchanged else later
    return None


def doubt_spikes(legs: Sequence[Leg]) -> None:
    """Make unknown what lies between a rise and the fall that undoes it."""
    for number, leg in enumerate(legs):
        if not leg.flags & RollupFlag.RESET:
            continue
        begin = _beginning_of(legs, number)
        if begin is None:
            continue
        rise, fall = legs[begin].change, -leg.change
        if _is_most_of(rise, fall) and _is_most_of(fall, rise):
            for each in legs[begin : number + 1]:
                each.doubt(RollupFlag.SPIKE)


def _beginning_of(legs: Sequence[Leg], number: int) -> int | None:
    """Return the last earlier leg that leaves from where a fall ends, or below it."""
    last = legs[number].after
    for earlier in range(number - 1, -1, -1):
        leg = legs[earlier]
        if leg.after.stated or last.place - leg.before.place > NEIGHBOURS:
            return None
        if leg.before.begins <= last.ends:
            return earlier
    return None


def _is_most_of(part: int, whole: int) -> bool:
    numerator, denominator = _RETURNS
    return part * denominator >= whole * numerator


def doubt_lone_rises(spec: MeterSpec, legs: Sequence[Leg]) -> None:
    """Make a rise unknown that is more than all others around it together, and many times as fast as any of them.

    A stated max_rate takes the rule's place, and so does the acceptance of the reading that the rise ends with. Rises
    next to each other that are alike excuse each other: a machine that starts is no error.
    """
    if spec.max_rate_micro is not None or spec.annual_micro is not None or not spec.by_history:
        return
    # Taken before any lone rise is doubted: one that is still counts among those around the next, or verdicts would
    # depend on where the looking began.
    sizes = [0 if leg.quantity is None else abs(leg.quantity) for leg in legs]
    totals = [0, *accumulate(sizes)]
    counts = [0, *accumulate(size > 0 for size in sizes)]
    begins, ends = [leg.before.place for leg in legs], [leg.after.place for leg in legs]
    lone = []
    for number, leg in enumerate(legs):
        size = sizes[number]
        if not size or leg.after.stated:
            continue
        # Places of the legs' ends ascend, so the legs around are a stretch of them: sums and counts of it are
        # differences of running totals.
        first = bisect_left(begins, leg.before.place - NEIGHBOURS)
        end = bisect_right(ends, leg.after.place + NEIGHBOURS)
        if counts[end] - counts[first] <= LEAST_RISES or totals[end] - totals[first] >= 2 * size:
            continue
        others = (other for other in range(first, end) if other != number and sizes[other])
        if all(_is_faster((size, leg.elapsed_ms), (sizes[other], legs[other].elapsed_ms)) for other in others):
            lone.append(leg)
    for leg in lone:
        leg.doubt(RollupFlag.IMPLAUSIBLE)


def may_doubt(spec: MeterSpec, readings: Sequence[Reading]) -> bool:
    """Tell whether anything in readings, in order, could be doubted: a fall, or a rise unlike those next to it.

    It is a quick look: where it sees nothing, no verdict reaches further than from one reading to the next.
    """
    # Nothing beside the first and the last reading: a rise there has no neighbour to excuse it.
    rates = [(0, 1)]
    for before, after in pairwise(readings):
        rise = after.value - before.value
        if spec.direction is RegisterDirection.NET:
            rise = abs(rise)
        elif spec.direction is RegisterDirection.DOWN:
            rise = -rise
        if rise < 0:
            return True
        rates.append((rise, max(after.at - before.at, 1)))
    rates.append((0, 1))
    return any(
        _is_faster(rise, before) and _is_faster(rise, after)
        for before, rise, after in zip(rates, rates[1:], rates[2:], strict=False)
    )


def _is_faster(one: tuple[int, int], other: tuple[int, int]) -> bool:
    """Tell whether one (rise, elapsed ms) is many times as fast as another."""
    return one[0] * other[1] > TIMES_AS_FAST * other[0] * one[1]
