"""Interval readings to buckets through their columns: days of many meters at once, or any buckets of one meter."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray
from sqlmodel import Session

from app.core.calendar.periods import LONGEST_SEGMENT_MS, SECOND_MS, day_start_ms
from app.core.inventory.meters import MeterSpec, TimestampEdge
from app.core.readings.bucket_columns import BucketColumns, one_below_the_other
from app.core.readings.columns import Int64Column
from app.core.readings.runs import runs_of
from app.core.readings.versions import StoredColumns, newest_of, one_after_the_other
from app.rollup.buckets.allocate_columns import TooLarge, allocate_columns
from app.rollup.buckets.periods import day_bounds_s
from app.rollup.segments.segment_columns import SegmentColumns, segment_columns
from app.store.readings.standing import meters_with_own_starts, standing_within
from app.store.readings.standing_where import standing_where, with_own_start
from app.store.rollups.rollups import BucketKey

Stretch = tuple[int, int, int]
"""A meter's id and UTC ms [start, end)."""

_DAYS_APART = 1 << 23
"""More days than the calendar has: a meter's id times this and a day make one number."""


def interval_days(
    session: Session, specs: Mapping[int, MeterSpec], spans: Sequence[BucketKey]
) -> tuple[BucketColumns, set[int]]:
    """Return the day buckets of spans, sorted and apart, of meters that are `in_columns`, and the meters left out.

    Left out is a meter of which a sum may pass 2^63.
    """
    found: list[BucketColumns] = []
    too_large: set[int] = set()
    sharing: dict[tuple[int, ZoneInfo], list[BucketKey]] = defaultdict(list)
    for span in spans:
        sharing[specs[span[0]].organization_id, specs[span[0]].zone].append(span)
    for (_, zone), asked in sharing.items():
        segments = _segments(session, specs, [(m, day_start_ms(zone, a), day_start_ms(zone, b)) for m, a, b in asked])
        buckets, larger = buckets_of_spans(segments, zone, sorted(asked))
        found.append(buckets)
        too_large |= larger
    return one_below_the_other(found), too_large


def buckets_of_spans(
    segments: SegmentColumns, zone: ZoneInfo, spans: Sequence[BucketKey]
) -> tuple[BucketColumns, set[int]]:
    """Return the day buckets that segments touch inside sorted spans of meters of a zone, and the meters left out.

    Left out is a meter of which a sum may pass 2^63.
    """
    days, bounds_s = day_bounds_s(zone, min(span[1] for span in spans), max(span[2] for span in spans))
    too_large: set[int] = set()
    try:
        buckets = allocate_columns(segments, days, bounds_s)
    except TooLarge as error:
        too_large = error.meters
        # Once: what is left has no sum that is too large.
        fitting = ~np.isin(segments.meter, list(too_large))
        buckets = allocate_columns(segments.take(fitting), days, bounds_s)
    return buckets.take(_inside(buckets, spans)), too_large


def interval_buckets(session: Session, spec: MeterSpec, names: Sequence[int], bounds_s: Sequence[int]) -> BucketColumns:
    """Return the buckets of one meter that is `in_columns` between ascending UTC seconds; raises TooLarge."""
    segments = _segments(session, {spec.id: spec}, [(spec.id, bounds_s[0] * SECOND_MS, bounds_s[-1] * SECOND_MS)])
    return allocate_columns(segments, np.array(names, dtype=np.int64), np.array(bounds_s, dtype=np.int64))


def _segments(session: Session, specs: Mapping[int, MeterSpec], stretches: Sequence[Stretch]) -> SegmentColumns:
    """Return the segments of one organization's meters that touch the stretches, and some around."""
    return segment_columns(_readings(session, specs, stretches), specs)


def _readings(session: Session, specs: Mapping[int, MeterSpec], stretches: Sequence[Stretch]) -> StoredColumns:
    """Return readings whose interval reaches a stretch, and those whose own start may."""
    organization_id = specs[stretches[0][0]].organization_id
    reaches = sorted((meter, *_reach(specs[meter], start, end)) for meter, start, end in stretches)
    meter, first, last = np.array(reaches, dtype=np.int64).T.copy()
    runs = runs_of(meter.astype(np.int32), first, last, gap_ms=0)
    near = standing_within(session, organization_id, runs)
    stating = meters_with_own_starts(session, organization_id, sorted({each[0] for each in stretches}))
    if not stating:
        return near
    of_stating = [each for each in stretches if each[0] in stating]
    return newest_of(one_after_the_other([near, *_with_own_start(session, organization_id, of_stating)]))


def _with_own_start(session: Session, organization_id: int, stretches: Sequence[Stretch]) -> Iterator[StoredColumns]:
    """Yield the readings whose own start is before the end of a stretch that they end in or behind.

    They may be stamped years later, so meters of the same stretches are read together, a part at a time, and what
    reaches none of the stretches is let go of at once.
    """
    of_meter: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for meter, start, end in sorted(stretches):
        of_meter[meter].append((start, end))
    sharing: dict[tuple[tuple[int, int], ...], list[int]] = defaultdict(list)
    for meter, mine in of_meter.items():
        sharing[tuple(mine)].append(meter)
    for shared, meters in sharing.items():
        starts, ends = np.array(shared, dtype=np.int64).T
        wanted = with_own_start(first_at=int(starts[0]), last_at=int(ends[-1]) + LONGEST_SEGMENT_MS)
        for part in standing_where(session, organization_id, meters, wanted):
            # Stretches end at 100 and 300; a reading from 120 to 400 has the first end behind its start at place 1. It
            # reaches that stretch if it is stamped no earlier than the stretch begins; earlier ones it cannot reach.
            place = np.searchsorted(ends, part.start, side="right")
            reaches = place < len(ends)
            reaches[reaches] = starts[place[reaches]] <= part.at[reaches]
            yield part.take(reaches)


def _reach(spec: MeterSpec, start_ms: int, end_ms: int) -> tuple[int, int]:
    """Return the first and the last stamp that an interval touching [start, end) can have."""
    if spec.edge is TimestampEdge.INTERVAL_END:
        return start_ms, end_ms - 1 + spec.longest_ms
    return start_ms - spec.longest_ms, end_ms - 1


def _inside(buckets: BucketColumns, spans: Iterable[BucketKey]) -> NDArray[np.bool_]:
    """Tell which day buckets lie in one of the spans, which are sorted and apart."""
    meter, first, end = np.array(list(spans), dtype=np.int64).T
    # The last span that begins at or before the day: spans of a meter lie apart, so no other can hold it. Before all of
    # them the place is -1, which reads the last span and is taken out at the end.
    place = np.searchsorted(_one_number(meter, first), _one_number(buckets.meter_id, buckets.start_day), "right") - 1
    inside: NDArray[np.bool_] = (meter[place] == buckets.meter_id) & (buckets.start_day < end[place])
    return inside & (place >= 0)


def _one_number(meter: Int64Column, day: Int64Column) -> Int64Column:
    # Half is added since days before 1970 are negative: each meter has numbers of its own.
    return meter * _DAYS_APART + day + _DAYS_APART // 2
