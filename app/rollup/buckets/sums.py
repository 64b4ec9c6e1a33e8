"""Buckets added up into a larger one: what the database does in one statement, for buckets that are not stored."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from functools import reduce
from itertools import groupby
from operator import or_

from app.core.readings.buckets import AREA_STEP, Bucket, RollupFlag
from app.core.units.quantities import fits_int64


def summed(start_day: int, parts: Sequence[Bucket]) -> Bucket:
    """Return the bucket that `parts` of one meter, in order of day, make up."""
    quantity = _total(part.quantity for part in parts)
    gross = _total(part.gross for part in parts)
    flags = reduce(or_, (part.flags for part in parts))
    if not all(total is None or fits_int64(total) for total in (quantity, gross)):
        flags |= RollupFlag.OVERFLOW
    over = bool(flags & RollupFlag.OVERFLOW)
    # Python's integers have any size: here words need not be added apart, as in SQL.
    high, low = divmod(sum(part.area_high * AREA_STEP + part.area_low for part in parts), AREA_STEP)
    return Bucket(
        meter_id=parts[0].meter_id,
        start_day=start_day,
        quantity=None if over else quantity,
        count=sum(part.count for part in parts),
        covered_s=sum(part.covered_s for part in parts),
        gross=None if over else gross,
        gross_estimated=None if over else _total(part.gross_estimated for part in parts),
        gross_manual=None if over else _total(part.gross_manual for part in parts),
        count_estimated=sum(part.count_estimated for part in parts),
        count_manual=sum(part.count_manual for part in parts),
        minimum=min((part.minimum for part in parts if part.minimum is not None), default=None),
        maximum=max((part.maximum for part in parts if part.maximum is not None), default=None),
        last=next((part.last for part in reversed(parts) if part.last is not None), None),
        weight=sum(part.weight for part in parts),
        area_high=high,
        area_low=low,
        flags=int(flags),
    )


def in_slots(starts: Sequence[int], buckets: Sequence[Bucket]) -> list[Bucket]:
    """Return one meter's buckets, in order of day, added up into one for each slot that begins on one of `starts`."""
    groups = groupby(buckets, key=lambda bucket: starts[bisect_right(starts, bucket.start_day) - 1])
    parts = ((start, list(found)) for start, found in groups)
    return [
        found[0] if len(found) == 1 and found[0].start_day == start else summed(start, found) for start, found in parts
    ]


def _total(values: Iterable[int | None]) -> int | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None
