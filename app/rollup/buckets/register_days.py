"""Days of registers that count steadily, made of columns, many meters at a time.

The readings around all stretches are fetched together. Where one of them leaves a doubt, and where an exchange was
stated among them, the stretch is left to the rules that look at readings one by one (`registers.py`).
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from zoneinfo import ZoneInfo

import numpy as np
from sqlmodel import Session

from app.core.calendar.periods import day_start_ms
from app.core.inventory.meters import MeterSpec
from app.core.readings.bucket_columns import BucketColumns, one_below_the_other
from app.core.readings.runs import Runs
from app.rollup.buckets.interval_days import buckets_of_spans
from app.rollup.segments.register_columns import Mask, Steps, steps_of
from app.rollup.segments.registers import REACH
from app.store.inventory.exchanges import exchange_instants
from app.store.readings.around import Around, counted_around
from app.store.rollups.rollups import BucketKey

_COUNT = REACH + 1
_DAYS_TOGETHER = 31

Stretch = tuple[int, int, int]
"""A meter's id and its first and last instant, UTC ms."""


def register_days(
    session: Session, organization_id: int, specs: Mapping[int, MeterSpec], spans: Sequence[BucketKey]
) -> tuple[BucketColumns, list[BucketKey]]:
    """Return the day buckets of spans, sorted and apart, of registers that count steadily, and the spans left out.

    Left out is what has a doubt around it, and what is of a meter of which a sum may pass 2^63. A long span is looked
    at a month at a time, so that a reset leaves no year to be made reading by reading.
    """
    found: list[BucketColumns] = []
    left: list[BucketKey] = []
    sharing: dict[ZoneInfo, list[BucketKey]] = defaultdict(list)
    for meter, first, end in spans:
        parts = [(meter, day, min(day + _DAYS_TOGETHER, end)) for day in range(first, end, _DAYS_TOGETHER)]
        sharing[specs[meter].zone] += parts
    for zone, asked in sharing.items():
        stretches = [(m, day_start_ms(zone, a), day_start_ms(zone, b) - 1) for m, a, b in asked]
        for around, steps, plain in steps_around(session, organization_id, specs, stretches):
            made = [asked[place] for place in around.stretch[plain].tolist()]
            left += [asked[place] for place in around.stretch[~plain].tolist()]
            if made:
                segments = steps.segments.take(_touching(around, plain))
                buckets, too_large = buckets_of_spans(segments, zone, sorted(made))
                found.append(buckets)
                left += [span for span in made if span[0] in too_large]
    return one_below_the_other(found), left


def steps_around(
    session: Session, organization_id: int, specs: Mapping[int, MeterSpec], stretches: Sequence[Stretch]
) -> Iterator[tuple[Around, Steps, Mask]]:
    """Yield the readings around stretches, their steps, and which stretches nothing around leaves in doubt."""
    meter, first, last = np.array(stretches, dtype=np.int64).reshape(-1, 3).T.copy()
    exchanged = exchange_instants(session, organization_id, sorted(set(meter.tolist())))
    for around in counted_around(session, organization_id, Runs(meter.astype(np.int32), first, last), _COUNT):
        steps = steps_of(around.rows, specs)
        # Doubtful steps before each row: of no, yes, no they are 0, 0, 1, 1. From row 0 to row 3 it grows by one, so
        # the stretch is not plain; from row 2 to row 3 it does not.
        doubts = np.concatenate(([0], np.cumsum(np.append(steps.doubtful, False))))
        plain = doubts[np.maximum(around.last - 1, around.first)] == doubts[around.first]
        for number, place in enumerate(around.stretch.tolist()):
            if exchanges := exchanged.get(stretches[place][0]):
                plain[number] &= not _exchanged(around, number, exchanges)
        yield around, steps, plain


def _exchanged(around: Around, number: int, exchanges: Sequence[int]) -> bool:
    """Tell whether an exchange lies among the readings around a stretch; where there are no more, every one does."""
    first, begin, end, last = (int(each[number]) for each in (around.first, around.begin, around.end, around.last))
    from_at = int(around.rows.at[first]) if begin - first == _COUNT else min(exchanges)
    to_at = int(around.rows.at[last - 1]) if last - end == _COUNT else max(exchanges)
    return any(from_at <= at <= to_at for at in exchanges)


def _touching(around: Around, plain: Mask) -> Mask:
    """Tell which steps begin or end inside one of the stretches, or pass over it; each is told once."""
    begin = np.maximum(around.begin - 1, around.first)[plain]
    end = np.maximum(np.minimum(around.end, around.last - 1)[plain], begin)
    changes = np.zeros(len(around.rows) + 1, dtype=np.int64)
    # One up where a stretch's steps begin and one down where they end: stretches with the steps 1 to 2 and 2 to 4 give
    # 0, 1, 2, 1, 1, 0 summed up, and all steps above 0 are told, each once.
    np.add.at(changes, begin, 1)
    np.add.at(changes, end, -1)
    touching: Mask = np.cumsum(changes)[: max(len(around.rows) - 1, 0)] > 0
    return touching
