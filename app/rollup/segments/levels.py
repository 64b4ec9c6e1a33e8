"""Stocks and gauges to buckets: levels have a mean, extremes and a last value, never a sum."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from app.core.calendar.periods import HOUR_MS, SECOND_MS
from app.core.inventory.meters import MeterSpec, TimestampEdge
from app.core.inventory.resources import MeterKind
from app.core.readings.buckets import AREA_STEP, Bucket
from app.core.readings.columns import QUALITY_CODES, STANDING_STEP, Quality
from app.rollup.segments.segment import Reading

LONGEST_HOLD_MS = HOUR_MS
"""How long a gauge without an interval is taken to stand at its last reading."""

_ESTIMATED = QUALITY_CODES[Quality.ESTIMATED]
_MANUAL = QUALITY_CODES[Quality.MANUAL]


@dataclass(slots=True)
class _Level:
    area: int = 0
    weight: int = 0
    count: int = 0
    count_estimated: int = 0
    count_manual: int = 0
    covered_s: int = 0
    minimum: int | None = None
    maximum: int | None = None
    last: int | None = None

    def stand(self, value: int, weight: int) -> None:
        self.area += value * weight
        self.weight += weight
        self.minimum = value if self.minimum is None else min(self.minimum, value)
        self.maximum = value if self.maximum is None else max(self.maximum, value)
        self.last = value

    def count_one(self, quality: int) -> None:
        self.count += 1
        self.count_estimated += quality == _ESTIMATED
        self.count_manual += quality == _MANUAL


def hold_ms(spec: MeterSpec) -> int:
    """Return how long one reading of a gauge stands for at most."""
    if spec.interval is None:
        return LONGEST_HOLD_MS
    return spec.interval.shift(spec.zone, 0, 1)


def level_buckets(
    spec: MeterSpec, readings: Sequence[Reading], days: Sequence[int], bounds_s: Sequence[int]
) -> list[Bucket]:
    """Return the buckets of a stock's or gauge's readings, which are sorted by instant; bounds as for `allocate`."""
    levels: dict[int, _Level] = {}
    for reading in readings:
        place = bisect_right(bounds_s, reading.at // SECOND_MS) - 1
        if 0 <= place < len(days):
            level = levels.setdefault(place, _Level())
            level.count_one(reading.quality % STANDING_STEP)
            if spec.kind is MeterKind.STOCK:
                level.stand(reading.value, 1)
    if spec.kind is MeterKind.GAUGE:
        for start_s, end_s, value in stands(spec, readings):
            # A reading may stand over midnight, or over several, and counts in each day for as long as it stands there.
            for place in range(max(bisect_right(bounds_s, start_s) - 1, 0), len(days)):
                if bounds_s[place] >= end_s:
                    break
                begin, end = max(bounds_s[place], start_s), min(bounds_s[place + 1], end_s)
                if begin >= end:
                    continue
                level = levels.setdefault(place, _Level())
                level.stand(value, end - begin)
                level.covered_s += end - begin
    return [_bucket(spec.id, days[place], levels[place]) for place in sorted(levels)]


def stands(spec: MeterSpec, readings: Sequence[Reading]) -> Iterator[tuple[int, int, int]]:
    """Yield (start_s, end_s, value) of each stretch a gauge stands at a value, cut short by the neighbour."""
    hold = hold_ms(spec)
    if spec.edge is TimestampEdge.INTERVAL_END and spec.interval is not None:
        # Stamped at its end, a value has stood since the reading before, for an interval at most.
        ends = [None, *readings]
        for before, reading in pairwise(ends):
            assert reading is not None  # noqa: S101 - only the first of a pair can be the open end
            start = reading.at - hold if before is None else max(before.at, reading.at - hold)
            yield start // SECOND_MS, reading.at // SECOND_MS, reading.value
        return
    for reading, after in zip(readings, [*readings[1:], None], strict=False):
        end = reading.at + hold if after is None else min(after.at, reading.at + hold)
        yield reading.at // SECOND_MS, end // SECOND_MS, reading.value


def _bucket(meter_id: int, day: int, level: _Level) -> Bucket:
    # Rounded down, so that the low word is never negative and words of several buckets can be added up by themselves.
    high, low = divmod(level.area, AREA_STEP)
    return Bucket(
        meter_id=meter_id,
        start_day=day,
        quantity=None,
        count=level.count,
        covered_s=level.covered_s,
        gross=None,
        gross_estimated=None,
        gross_manual=None,
        count_estimated=level.count_estimated,
        count_manual=level.count_manual,
        minimum=level.minimum,
        maximum=level.maximum,
        last=level.last,
        weight=level.weight,
        area_high=high,
        area_low=low,
        flags=0,
    )
