"""Segments of registers: the differences between neighbours that are believed."""

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise

from app.core.calendar.periods import LONGEST_SEGMENT_MS, SECOND_MS
from app.core.inventory.exchanges import Exchange
from app.core.inventory.meters import MeterSpec
from app.core.readings.buckets import RollupFlag
from app.core.readings.columns import QUALITY_CODES, Quality
from app.rollup.segments.excursions import doubt_drop_outs, doubt_lone_rises, doubt_spikes, without_overestimates
from app.rollup.segments.legs import NEIGHBOURS, Leg, legs_of, points_of
from app.rollup.segments.segment import Reading, Segment

REACH = 3 * NEIGHBOURS
"""How many readings beyond a stretch decide its segments.

An estimate set aside can move the end of a drop-out, which can move what is usual: each by NEIGHBOURS at most.
"""

_WORST_FIRST = [QUALITY_CODES[each] for each in (Quality.ESTIMATED, Quality.MANUAL, Quality.MEASURED)]


def register_segments(spec: MeterSpec, readings: Sequence[Reading], exchanges: Sequence[Exchange]) -> Iterator[Segment]:
    """Yield the segments of a register's readings, which are sorted by instant, through its exchanges.

    Where nothing is known for longer than LONGEST_SEGMENT_MS, nobody can say in which year the register counted: of two
    readings decades apart, one has a wrong date. What is on either side decides nothing of the other.
    """
    for start, end in _silences(readings, exchanges):
        yield Segment(start // SECOND_MS, end // SECOND_MS, None, _WORST_FIRST[0], RollupFlag.TOO_LONG)
    for leg in register_legs(spec, readings, exchanges):
        yield Segment(
            leg.before.at // SECOND_MS,
            leg.after.at // SECOND_MS,
            leg.quantity,
            next(code for code in _WORST_FIRST if code in (leg.before.quality, leg.after.quality)),
            leg.flags,
        )


def register_legs(spec: MeterSpec, readings: Sequence[Reading], exchanges: Sequence[Exchange]) -> Iterator[Leg]:
    """Yield the legs between what is believed of a register's readings, sorted by instant; none over a long silence."""
    # Cut where a silence ends: the reading before it ends its part, the one behind it begins the next.
    for first, last in pairwise([-math.inf, *(end for _, end in _silences(readings, exchanges)), math.inf]):
        known = [reading for reading in readings if first <= reading.at < last]
        yield from _between_silences(spec, known, [each for each in exchanges if first <= each.at < last])


def _silences(readings: Sequence[Reading], exchanges: Sequence[Exchange]) -> list[tuple[int, int]]:
    instants = sorted([reading.at for reading in readings] + [exchange.at for exchange in exchanges])
    return [pair for pair in pairwise(instants) if pair[1] - pair[0] > LONGEST_SEGMENT_MS]


def _between_silences(spec: MeterSpec, readings: Sequence[Reading], exchanges: Sequence[Exchange]) -> list[Leg]:
    points = points_of(spec, readings, exchanges)
    believed = without_overestimates(spec, points)
    legs = legs_of(spec, believed)
    _tell_of_overestimates(legs)
    doubt_drop_outs(spec, legs)
    doubt_spikes(legs)
    doubt_lone_rises(spec, legs)
    return legs


def _tell_of_overestimates(legs: Sequence[Leg]) -> None:
    for leg in legs:
        if leg.after.place - leg.before.place > 1:
            leg.flags |= RollupFlag.OVERESTIMATE
