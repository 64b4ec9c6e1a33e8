"""Hours of meters that are watched: kept by the day once they were made, and made anew where they are not."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from functools import lru_cache

import msgspec
from sqlmodel import Session

from app.core.calendar.periods import HOUR_MS, SECOND_MS, Grain, day_start_ms
from app.core.inventory.meters import MeterSpec
from app.core.readings.beliefs import Belief, Supposition
from app.core.readings.buckets import AREA_STEP, Bucket
from app.core.units.quantities import EXACT
from app.rollup.buckets.compute import buckets_between
from app.store.arrivals.meter_locks import lock_meters
from app.store.engine.database import Database
from app.store.rollups.kept_hours import keep_hours, kept_days, kept_hours
from app.store.rollups.rollups import bucket_days

_DAYS_A_TRANSACTION = 7
_DAYS_A_BLOCK = 31
_DAYS_PARSED = 8_192


@dataclass(frozen=True, slots=True)
class Hour:
    """An hour of a meter over [start_ms, end_ms), counted from the local day's start; the last one may be shorter.

    quantity and gross are micro-units, area is micro-units x seconds over `weight` seconds, all before the multiplier.
    """

    start_ms: int
    end_ms: int
    quantity: int | None
    count: int
    covered_s: int
    gross: int | None
    gross_estimated: int | None
    count_estimated: int
    weight: int
    area: int

    @property
    def is_covered(self) -> bool:
        """Tell whether readings cover at least three quarters of the hour: below that it states nothing."""
        return self.covered_s * SECOND_MS * 4 >= (self.end_ms - self.start_ms) * 3

    @property
    def mean(self) -> Decimal | None:
        """Return a gauge's mean level in units, before the multiplier; None where too little is covered."""
        if not self.weight or not self.is_covered:
            return None
        with localcontext(EXACT):
            return (Decimal(self.area) / self.weight).scaleb(-6)

    @property
    def estimated_share(self) -> Decimal:
        """Return the share of the contribution that was estimated, by quantity, or by count where that is zero."""
        if not self.count:
            return Decimal(0)
        with localcontext(EXACT):
            if self.gross and self.gross_estimated is not None:
                return Decimal(self.gross_estimated) / self.gross
            return Decimal(self.count_estimated) / self.count


def hours_by_day(
    session: Session, spec: MeterSpec, first_day: int, end_day: int, *, belief: Belief = None
) -> dict[int, str]:
    """Return the hours of each local day of [first_day, end_day) that readings touch, as texts for `parsed`.

    As they were believed at a past instant, or would be by an amendment of the meter, they are made from its readings.
    """
    # An amendment of other meters leaves this one's hours as they are kept.
    supposed_of_others = isinstance(belief, Supposition) and spec.id not in belief.meter_ids
    if belief is not None and not supposed_of_others:
        return _made(session, spec, range(first_day, end_day), belief=belief)
    kept = kept_hours(session, spec.organization_id, spec.id, first_day=first_day, end_day=end_day)
    days = bucket_days(
        session, spec.organization_id, meter_ids=[spec.id], grain=Grain.DAY, first_day=first_day, end_day=end_day
    )
    missing = [day for day in days if day not in kept]
    return dict(sorted((kept | _made(session, spec, missing)).items()))


@lru_cache(maxsize=_DAYS_PARSED)
def parsed(text: str) -> tuple[Hour, ...]:
    """Return the hours of a day in order."""
    return tuple(Hour(*row) for row in msgspec.json.decode(text))


def keep_missing(database: Database, specs: Iterable[MeterSpec]) -> int:
    """Keep the hours of every day of these meters that is not kept; return how many days were made.

    In small transactions, each of which holds the meter's rollups as a roller does: what is kept is never older than
    what a roller has forgotten.
    """
    made = 0
    for spec in specs:
        with database.read() as session:
            days = bucket_days(session, spec.organization_id, meter_ids=[spec.id], grain=Grain.DAY)
            missing = sorted(set(days) - kept_days(session, spec.organization_id, spec.id))
        for at in range(0, len(missing), _DAYS_A_TRANSACTION):
            chunk = missing[at : at + _DAYS_A_TRANSACTION]
            with database.write() as session:
                lock_meters(session, [spec.id])
                # Looked at again under the lock: another process may have kept some, or a roller forgotten them.
                kept = kept_hours(session, spec.organization_id, spec.id, first_day=chunk[0], end_day=chunk[-1] + 1)
                fresh = _made(session, spec, [day for day in chunk if day not in kept])
                keep_hours(session, spec.organization_id, spec.id, fresh)
                made += len(fresh)
    return made


def _made(session: Session, spec: MeterSpec, days: Sequence[int], *, belief: Belief = None) -> dict[int, str]:
    """Return the hours of some days, in order, made from their readings, neighbouring days at once."""
    found: dict[int, str] = {}
    for first, end in _stretches(days):
        bounds = [_bounds(spec, day) for day in range(first, end)]
        starts = [instant for of_day in bounds for instant in of_day]
        seconds = [instant // SECOND_MS for instant in (*starts, day_start_ms(spec.zone, end))]
        day_of = [day for day, of_day in zip(range(first, end), bounds, strict=True) for _ in of_day]
        rows: dict[int, list[list[int | None]]] = {day: [] for day in range(first, end)}
        for bucket in buckets_between(session, spec, range(len(starts)), seconds, belief=belief):
            place = bucket.start_day
            rows[day_of[place]].append(_row(bucket, seconds[place] * SECOND_MS, seconds[place + 1] * SECOND_MS))
        found |= {day: msgspec.json.encode(of_day).decode() for day, of_day in rows.items()}
    return found


def _stretches(days: Sequence[int]) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for day in days:
        # Bounded, since all readings of a block are in memory at once.
        if found and found[-1][1] == day and day - found[-1][0] < _DAYS_A_BLOCK:
            found[-1] = (found[-1][0], day + 1)
        else:
            found.append((day, day + 1))
    return found


def _bounds(spec: MeterSpec, day: int) -> list[int]:
    return list(range(day_start_ms(spec.zone, day), day_start_ms(spec.zone, day + 1), HOUR_MS))


def _row(bucket: Bucket, start_ms: int, end_ms: int) -> list[int | None]:
    """Return an hour's fields in the order of `Hour`."""
    return [
        start_ms,
        end_ms,
        bucket.quantity,
        bucket.count,
        bucket.covered_s,
        bucket.gross,
        bucket.gross_estimated,
        bucket.count_estimated,
        bucket.weight,
        bucket.area_high * AREA_STEP + bucket.area_low,
    ]
