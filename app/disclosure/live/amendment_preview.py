"""What amending many readings would change, before it is ordered: readings, meters and figures, by reporting year.

Nothing is written and nobody waits. The buckets of the days it would touch are made from the readings as they would
stand (`Supposition`), all others are those that are stored, and the figures of each year are evaluated both ways.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlmodel import Session

from app.accounting.stacks.stack_masses import metrics_of, with_air
from app.accounting.years.believed import Believed
from app.accounting.years.ledgers import boundary_of, ledgers
from app.core.calendar.fiscal_years import PeriodName, ReportingPeriod
from app.core.calendar.periods import Grain, day_start_ms, local_day
from app.core.inventory.meters import MeterSpec, TimestampEdge
from app.core.inventory.resources import MeterKind
from app.core.readings.beliefs import Supposition
from app.disclosure.live.figure_moves import Move, moves_between
from app.models import Organization, id_of
from app.rollup.listing import MeterBucket
from app.rollup.rolling.dirty import DayRange, dirty_days
from app.store.arrivals.entered import entered
from app.store.directory.metered import Metered, metered
from app.store.engine.database import Database
from app.store.inventory.organizations import organization_of
from app.store.operations.bulk_amendments import Affected, affected_by, affected_span


@dataclass(frozen=True, slots=True)
class MeterEffect:
    """A meter of which readings would be changed in a period: how many, and its quantity as it is and would be.

    Quantities are in the meter's unit, multiplier applied; None where nothing is known, and for levels. A meter may
    have another quantity without a reading changed in the period: what was spread over New Year is.
    """

    meter: str
    resource: str
    unit: str
    readings: int
    current: Decimal | None
    proposed: Decimal | None


@dataclass(frozen=True, slots=True)
class YearEffect:
    """What would change in a reporting period."""

    period: ReportingPeriod
    meters: tuple[MeterEffect, ...]
    moves: tuple[Move, ...]

    @property
    def readings(self) -> int:
        return sum(each.readings for each in self.meters)


@dataclass(frozen=True, slots=True)
class _Touched:
    """A meter's local days that something of the amendment decides, and its readings that would change by period."""

    metered: Metered
    days: Sequence[DayRange]
    readings: Mapping[PeriodName, int]


def effects_of(database: Database, organization: str, supposed: Supposition) -> list[YearEffect]:
    """Return what an amendment would change, by reporting period, the oldest first; raises NotThere."""
    with entered(database, organization) as session:
        row = organization_of(session, organization)
        meters = [each for each in metered(session, id_of(row)) if each.spec.id in supposed.meter_ids]
        touched = [found for each in meters if (found := _touched(session, each, supposed)) is not None]
        return list(_years(session, row, touched, supposed))


def _touched(session: Session, meter: Metered, supposed: Supposition) -> _Touched | None:
    """Return what an amendment touches of a meter; None when it changes none of its readings.

    Days are decided by the readings around the changed ones, as they are and as they would be: one that is withdrawn
    has bounded what a register counted, and one that is accepted will.
    """
    spec = meter.spec
    span = affected_span(session, spec, supposed)
    if span is None:
        return None
    stretches: list[tuple[int, int]] = []
    readings: dict[PeriodName, int] = {}
    for period in spec.calendar.overlapping(local_day(spec.zone, span[0]) - 1, local_day(spec.zone, span[1]) + 1):
        parts = _affected_in(session, spec, period, supposed)
        stretches += [(part.first_ms, part.last_ms) for part in parts]
        readings[period.name] = sum(part.count for part in parts)
    now = dirty_days(session, spec, stretches)
    then = dirty_days(session, spec, stretches, belief=supposed)
    return _Touched(meter, sorted({*now, *then}), readings)


def _affected_in(session: Session, spec: MeterSpec, period: ReportingPeriod, supposed: Supposition) -> list[Affected]:
    """Return the readings of a period, with the one of the interval that ends with it, which is stamped there."""
    shift = spec.kind is MeterKind.INTERVAL and spec.edge is TimestampEdge.INTERVAL_END
    first, end = (day_start_ms(spec.zone, day) + shift for day in period.bounds)
    return affected_by(session, spec, supposed, first_ms=first, end_ms=end)


def _years(
    session: Session, organization: Organization, touched: Sequence[_Touched], supposed: Supposition
) -> Iterator[YearEffect]:
    of_period: dict[ReportingPeriod, list[_Touched]] = defaultdict(list)
    for each in touched:
        for period in sorted(_periods(each), key=lambda period: period.first_day):
            of_period[period].append(each)
    boundary = boundary_of(session, organization)
    book, counted = metrics_of(boundary), {meter.id for meter in boundary.meters}
    now = Believed(session, id_of(organization), None)
    changed = {each.metered.spec.id: each.days for each in touched}
    then = Believed(session, id_of(organization), supposed, changed=changed)
    for period in sorted(of_period, key=lambda period: period.first_day):
        meters = tuple(_effect(each, period, now, then) for each in of_period[period])
        moves: tuple[Move, ...] = ()
        if counted & {each.metered.spec.id for each in of_period[period]}:
            year = period.name
            before = with_air(session, boundary, ledgers(session, boundary, [year], now)[year])
            after = with_air(session, boundary, ledgers(session, boundary, [year], then)[year], supposed)
            moves = tuple(moves_between(session, boundary, book, before, after))
        yield YearEffect(period, meters, moves)


def _periods(touched: _Touched) -> set[ReportingPeriod]:
    calendar = touched.metered.spec.calendar
    found = {period for days in touched.days for period in calendar.overlapping(*days)}
    return found | {calendar.named(name) for name, count in touched.readings.items() if count}


def _effect(touched: _Touched, period: ReportingPeriod, now: Believed, then: Believed) -> MeterEffect:
    meter = touched.metered

    def quantity(believed: Believed) -> Decimal | None:
        found = believed.buckets([meter.spec.id], Grain.YEAR, *period.bounds).get(meter.spec.id)
        return MeterBucket(meter, 0, 0, found[0]).quantity if found else None

    return MeterEffect(
        meter=meter.spec.code,
        resource=meter.resource,
        unit=meter.unit,
        readings=touched.readings.get(period.name, 0),
        current=quantity(now),
        proposed=quantity(then),
    )
