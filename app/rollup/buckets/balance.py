"""A parent meter beside its children: what the sub-meters see of it, and what none of them sees."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext

from sqlmodel import Session

from app.core.calendar.periods import SECOND_MS, Grain, day_start_ms, local_day
from app.core.inventory.meters import MeterSpec
from app.core.readings.buckets import Bucket
from app.core.units.quantities import EXACT, decimal_from_micro
from app.core.units.units import conversion
from app.rollup.buckets.compute import buckets_between
from app.rollup.buckets.sums import summed
from app.store.directory.metered import Metered
from app.store.rollups.rollups import buckets

_NAMELESS = (0,)


@dataclass(frozen=True, slots=True)
class Share:
    """What one meter used in the stretch: in its parent's unit, null where nothing is known; coverage 0 to 1."""

    metered: Metered
    quantity: Decimal | None
    coverage: Decimal


@dataclass(frozen=True, slots=True)
class Balance:
    """A parent, its children, and the difference of their sums; null while either is unknown."""

    parent: Share
    children: list[Share]

    @property
    def children_total(self) -> Decimal | None:
        known = [child.quantity for child in self.children if child.quantity is not None]
        with localcontext(EXACT):
            return sum(known, Decimal(0)) if known else None

    @property
    def difference(self) -> Decimal | None:
        total = self.children_total
        if self.parent.quantity is None or total is None:
            return None
        with localcontext(EXACT):
            return self.parent.quantity - total


def balance(session: Session, parent: Metered, children: Sequence[Metered], *, start_ms: int, end_ms: int) -> Balance:
    """Return the balance of [start_ms, end_ms)."""
    return Balance(
        _share(session, parent, parent.unit, start_ms, end_ms),
        [_share(session, child, parent.unit, start_ms, end_ms) for child in children],
    )


def _share(session: Session, metered: Metered, unit: str, start_ms: int, end_ms: int) -> Share:
    quantity, covered_s = quantity_between(session, metered.spec, start_ms, end_ms)
    with localcontext(EXACT):
        true = None
        if quantity is not None:
            # A ledger is kept in its organization's currency, which is no unit that converts.
            rate = Decimal(1) if metered.unit == unit else conversion(metered.unit, unit)
            true = decimal_from_micro(quantity) * metered.multiplier * rate
        seconds = end_ms // SECOND_MS - start_ms // SECOND_MS
        return Share(metered, true, Decimal(covered_s) / seconds if seconds else Decimal(0))


def quantity_between(session: Session, spec: MeterSpec, start_ms: int, end_ms: int) -> tuple[int | None, int]:
    """Return micro-units and covered seconds of any stretch: whole days as stored, the rest from the readings."""
    # The first day that begins at or after the start: a start at midnight is one itself.
    first_day = local_day(spec.zone, start_ms - 1) + 1
    end_day = local_day(spec.zone, end_ms)
    days = {"first_day": first_day, "end_day": end_day}
    if first_day >= end_day:
        parts = _exactly(session, spec, start_ms, end_ms)
    else:
        parts = [
            *_exactly(session, spec, start_ms, day_start_ms(spec.zone, first_day)),
            *buckets(session, spec.organization_id, meter_ids=[spec.id], grain=Grain.DAY, **days),
            *_exactly(session, spec, day_start_ms(spec.zone, end_day), end_ms),
        ]
    if not parts:
        return None, 0
    total = summed(first_day, parts)
    return total.quantity, total.covered_s


def _exactly(session: Session, spec: MeterSpec, start_ms: int, end_ms: int) -> list[Bucket]:
    if start_ms // SECOND_MS >= end_ms // SECOND_MS:
        return []
    return buckets_between(session, spec, _NAMELESS, [start_ms // SECOND_MS, end_ms // SECOND_MS])
