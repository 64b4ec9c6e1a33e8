"""What the months of meters add up to, and would with readings that are about to be stored."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext

import numpy as np
from sqlmodel import Session

from app.core.calendar.periods import HOUR_MS, Grain, date_of, month_start, next_month_start
from app.core.inventory.resources import MeterKind
from app.core.readings.beliefs import Arriving
from app.core.readings.buckets import Bucket
from app.core.readings.columns import NO_START
from app.core.readings.versions import StoredColumns, one_after_the_other
from app.core.units.quantities import EXACT, MICRO
from app.rollup.buckets.compute import day_buckets
from app.rollup.buckets.past import in_grain
from app.rollup.rolling.dirty import dirty_days, merged
from app.store.directory.metered import Metered

_APART_MS = 62 * 24 * HOUR_MS


@dataclass(frozen=True, slots=True)
class MonthMove:
    """A local month of a meter (2024-03): its quantity in the meter's unit now and then, or the mean of a level.

    None where nothing counts; the meter's multiplier is applied.
    """

    metered: Metered
    month: str
    before: Decimal | None
    after: Decimal | None


def months_moved(session: Session, meters: Iterable[Metered], arriving: Arriving) -> list[MonthMove]:
    """Return the months that readings would move, by meter in the order given and by month; nothing is stored.

    The session has entered what arrived. A counter read on 1 January and 1 April moves three months by one reading.
    """
    found: list[MonthMove] = []
    for metered in meters:
        rows = arriving.rows.get(metered.spec.id)
        if rows is not None and len(rows):
            found += _moves(session, metered, rows, arriving)
    return found


def _moves(session: Session, metered: Metered, rows: StoredColumns, arriving: Arriving) -> list[MonthMove]:
    spec = metered.spec
    stretches = _stretches(rows)
    # By the readings around as they are and as they would be: one that takes the place of another bounds other days.
    touched = [*dirty_days(session, spec, stretches), *dirty_days(session, spec, stretches, belief=arriving)]
    moves: list[MonthMove] = []
    for first, end in merged((month_start(first), next_month_start(month_start(last - 1))) for first, last in touched):
        now, then = (
            {each.start_day: each for each in in_grain(days, Grain.MONTH, spec)}
            for belief in (None, arriving)
            for days in [day_buckets(session, spec, first, end, belief=belief)]
        )
        moves += [
            MonthMove(metered, f"{date_of(day):%Y-%m}", _amount(metered, now.get(day)), _amount(metered, then.get(day)))
            for day in sorted({*now, *then})
        ]
    return [each for each in moves if each.before != each.after]


def _stretches(rows: StoredColumns) -> list[tuple[int, int]]:
    """Return the first and last instant of each stretch that rows speak of, cut where none does for two months.

    What lies years before a file's other readings, such as a mistyped date, does not have all in between made anew.
    """
    order = np.argsort(rows.at, kind="stable")
    at, start = rows.at[order], rows.start[order]
    begins = np.where(start == NO_START, at, np.minimum(start, at))
    firsts = np.flatnonzero(np.append(True, np.diff(at) > _APART_MS))
    earliest = np.minimum.reduceat(begins, firsts)
    lasts = at[np.append(firsts[1:], len(at)) - 1]
    return list(zip(earliest.tolist(), lasts.tolist(), strict=True))


def _amount(metered: Metered, bucket: Bucket | None) -> Decimal | None:
    if bucket is None:
        return None
    is_level = metered.spec.kind in (MeterKind.STOCK, MeterKind.GAUGE)
    micro = bucket.mean if is_level else bucket.quantity
    if micro is None:
        return None
    with localcontext(EXACT):
        return Decimal(micro) / MICRO * metered.multiplier


def arriving_of(changes: Sequence[StoredColumns]) -> Arriving:
    """Return versions of any meters as readings that are imagined stored."""
    rows = one_after_the_other(changes)
    return Arriving({meter: rows.take(rows.meter == meter) for meter in np.unique(rows.meter).tolist()})
