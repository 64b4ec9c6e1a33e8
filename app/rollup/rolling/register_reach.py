"""Which days touched readings of registers that count steadily make dirty, of many meters at a time.

Where nothing around leaves a doubt, and nothing was in doubt until now, a reading decides the steps from the neighbour
before it and to the one behind it, and no others. Anything else is left to the rule in `dirty.py`. An example: readings
of 10:00, 10:15 and 10:30 are stored, and 10:15 was corrected. Its steps are those from 10:00 on and up to 10:30. If the
day shows a flag, the old value may have been a spike, which decided more than these.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlmodel import Session

from app.core.calendar.periods import LONGEST_SEGMENT_MS, SECOND_MS
from app.core.inventory.meters import MeterSpec
from app.rollup.buckets.periods import days_between
from app.rollup.buckets.register_days import steps_around
from app.rollup.rolling.dirty import DayRange, Stretch, merged
from app.rollup.segments.register_columns import counts_steadily
from app.store.rollups.rollups import BucketKey, meters_with_flagged_days


@dataclass(frozen=True, slots=True)
class _Beside:
    """The neighbours of an instant, None where there is none, and the outermost readings that were looked at."""

    before: int | None
    after: int | None
    lowest: int
    highest: int


def register_dirty_days(
    session: Session,
    organization_id: int,
    specs: Mapping[int, MeterSpec],
    touched: Mapping[int, Sequence[Stretch]],
) -> dict[int, list[DayRange]]:
    """Return the day ranges to make anew, in order and apart, of those registers where nothing is in doubt.

    On a side without a neighbour a stretch reaches as far as any of its meter does, as in `dirty_days`.
    """
    asked = {meter: touched[meter] for meter in touched if meter in specs and counts_steadily(specs[meter])}
    beside = _beside(session, organization_id, specs, asked)
    days: dict[int, list[DayRange]] = defaultdict(list)
    looked: list[BucketKey] = []
    unsure: set[int] = set()
    for meter, stretches in asked.items():
        # Two readings that bounded a segment may both have ceased to count: a side without a neighbour reaches as far
        # as these.
        hull = min(first for first, _ in stretches), max(last for _, last in stretches) + SECOND_MS
        for first, last in stretches:
            low, high = beside.get((meter, first)), beside.get((meter, last))
            if low is None or high is None:
                unsure.add(meter)
                continue
            start = hull[0] if low.before is None else low.before
            end = hull[1] if high.after is None else high.after
            if first - start > LONGEST_SEGMENT_MS or end - last > LONGEST_SEGMENT_MS:
                unsure.add(meter)
            days[meter].append(days_between(specs[meter], start, end + SECOND_MS))
            far = min(start, low.lowest), max(end, high.highest)
            looked.append((meter, *days_between(specs[meter], far[0], far[1] + SECOND_MS)))
    # A flag tells that something was in doubt until now, and it may have decided more than the steps beside it.
    sure = [each for each in looked if each[0] not in unsure]
    unsure |= meters_with_flagged_days(session, organization_id, sure)
    return {meter: merged(found) for meter, found in days.items() if meter not in unsure}


def _beside(
    session: Session, organization_id: int, specs: Mapping[int, MeterSpec], touched: Mapping[int, Sequence[Stretch]]
) -> dict[tuple[int, int], _Beside]:
    """Return what lies beside the ends of touched stretches, by meter and instant, where nothing is in doubt."""
    ends = sorted({(meter, at) for meter, stretches in touched.items() for stretch in stretches for at in stretch})
    found: dict[tuple[int, int], _Beside] = {}
    for around, _, plain in steps_around(session, organization_id, specs, [(meter, at, at) for meter, at in ends]):
        stamps = around.rows.at
        places = around.stretch, around.first, around.begin, around.end, around.last
        for place, first, begin, end, last in zip(*(each[plain].tolist() for each in places), strict=True):
            at = ends[place][1]
            found[ends[place]] = _Beside(
                before=int(stamps[begin - 1]) if begin > first else None,
                after=int(stamps[end]) if last > end else None,
                lowest=int(stamps[first]) if last > first else at,
                highest=int(stamps[last - 1]) if last > first else at,
            )
    return found
