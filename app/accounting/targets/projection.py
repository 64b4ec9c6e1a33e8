"""Carrying a running year to its end: each group of meters from the days it has data for, by a method that is named."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, localcontext

from sqlmodel import Session

from app.accounting.breakdowns.reporting_years import YearBooks, slices_of
from app.accounting.exact import quotient
from app.accounting.ledger.activity import CountedMeter, GroupKey
from app.accounting.ledger.sites import held_days, same_day, shares_in
from app.accounting.metrics.breakdown import Slices, share
from app.accounting.metrics.consumption import Where
from app.accounting.metrics.formulas import Level, Ratio, Share
from app.accounting.targets.target_measure import Measure, Measured
from app.accounting.targets.targets import Projection, ProjectionMethod, linear_days, same_period
from app.core.calendar.periods import Grain, next_month_start
from app.core.inventory.resources import MeterKind
from app.core.units.quantities import EXACT
from app.models import id_of
from app.store.rollups.rollups import buckets


@dataclass(frozen=True, slots=True)
class RunningYear:
    """A year that is not over, the one before it, and today: the first local day without all its readings.

    The year before has each plant held as it is in the running year, so that its course is that of the same boundary.
    """

    books: YearBooks
    before: YearBooks | None
    today: int


def projected(session: Session, running: RunningYear, measure: Measure, found: Measured) -> Projection:
    """Return a measure's projection to the year's end, in its own unit; `found` is what it comes to so far."""
    if measure.denominator is not None:
        so_far = found.composition.above
        of = Projection(None if so_far is None else sum(so_far.values(), Decimal(0)), (ProjectionMethod.STATED,), None)
        if measure.metric in running.books.book.metrics:
            of = _metric(session, running, measure.metric, measure.dimensions)
        return _quotient(of, _metric(session, running, measure.denominator, {}), found.composition.step)
    if measure.metric in running.books.book.metrics:
        return _metric(session, running, measure.metric, measure.dimensions)
    return Projection(found.value, (ProjectionMethod.STATED,), None)


def _metric(session: Session, running: RunningYear, key: str, where: Where) -> Projection:
    match running.books.book.metrics[key].formula:
        case Ratio(of, per, step):
            return _quotient(_metric(session, running, of, where), _metric(session, running, per, {}), step)
        case Share(of, within):
            part, whole = (_metric(session, running, each, where) for each in (of, within))
            return _quotient(part, whole, Decimal(100))
        case Level():
            amount = running.books.evaluation.amount(key, where)
            return Projection(amount.value, (ProjectionMethod.MEAN_LEVEL,), running.today if amount.terms else None)
    return _additive(session, running, key, where)


def _quotient(above: Projection, below: Projection, step: Decimal) -> Projection:
    """Return (above / below) x step; None where the denominator is not above zero."""
    methods = (ProjectionMethod.BY_PARTS, *dict.fromkeys((*above.methods, *below.methods)))
    through = [each.through_day for each in (above, below) if each.through_day is not None]
    if above.value is None or below.value is None or below.value <= 0:
        return Projection(None, methods, min(through, default=None))
    with localcontext(EXACT):
        return Projection(quotient(above.value * step, below.value), methods, min(through, default=None))


def _additive(session: Session, running: RunningYear, key: str, where: Where) -> Projection:
    """Return the sum of each group's projection."""
    amount = running.books.evaluation.amount(key, where)
    if amount.value is None:
        return Projection(None, (), None)
    if not amount.terms:
        # A part that holds nothing so far: there is nothing to carry.
        return Projection(amount.value, (ProjectionMethod.LINEAR_DAYS,), running.today)
    values: dict[GroupKey, Decimal] = defaultdict(Decimal)
    total, methods = Decimal(0), list[ProjectionMethod]()
    with localcontext(EXACT):
        for term in amount.terms:
            if term.activity.site.place.plant:
                values[term.activity.group] += term.value
            else:
                # What no meter gives is stated of the whole year.
                total += term.value
                methods = [ProjectionMethod.STATED]
    # A mass that is derived has no meter of its own: it is taken to reach as far as today.
    through = dict.fromkeys(values, running.today) | _through_days(session, running, values)
    past = _Past.of(session, running, key, where, through)
    for group, value in values.items():
        end, method = _group(running, value, through[group], past, group)
        with localcontext(EXACT):
            total += end
        methods.append(method)
    return Projection(total, tuple(dict.fromkeys(methods)), min(through.values(), default=None))


def _group(
    running: RunningYear, value: Decimal, through: int, past: "_Past | None", group: GroupKey
) -> tuple[Decimal, ProjectionMethod]:
    """Return what a group's value comes to at the year's end, and how that was found."""
    ledger = running.books.ledger
    if through >= ledger.end_day:
        return value, ProjectionMethod.ACTUAL
    by_past = past.carried(group, value) if past is not None else None
    if by_past is not None:
        return by_past, ProjectionMethod.SAME_PERIOD
    site = next(found.site for found in running.books.boundary.groups if found.site.place.plant == group[0])
    gone, whole = (held_days(shares_in(site, ledger.first_day, end)) for end in (through, ledger.end_day))
    by_days = linear_days(value, gone, whole)
    return (value if by_days is None else by_days), ProjectionMethod.LINEAR_DAYS


@dataclass(frozen=True, slots=True)
class _Past:
    """What each group came to last year: in all, and in the days that this year already has; complete years alone."""

    whole: Mapping[GroupKey, Decimal]
    same_days: Mapping[GroupKey, Decimal]

    def carried(self, group: GroupKey, value: Decimal) -> Decimal | None:
        """Return the value carried by last year's course, None where that says nothing."""
        if group not in self.whole:
            return None
        return same_period(value, self.whole[group], self.same_days[group])

    @staticmethod
    def of(
        session: Session, running: RunningYear, key: str, where: Where, through: Mapping[GroupKey, int]
    ) -> "_Past | None":
        """Return last year's course, None where there is no last year."""
        before = running.before
        if before is None or key not in before.book.metrics:
            return None
        amount = before.evaluation.amount(key, where)
        cuts = {group: same_day(day, -1) for group, day in through.items()}
        slices = slices_of(session, before.boundary, before.ledger, [amount], also_at=cuts.values())
        whole: dict[GroupKey, Decimal] = defaultdict(Decimal)
        same_days: dict[GroupKey, Decimal] = defaultdict(Decimal)
        with localcontext(EXACT):
            for term in amount.terms:
                group = term.activity.group
                if group not in cuts or not _is_complete(slices, group):
                    continue
                whole[group] += term.value
                parts = zip(slices.of(term.activity), share(term, slices), strict=True)
                same_days[group] += sum(
                    (value for (_, part), value in parts if value is not None and part.end_day <= cuts[group]),
                    Decimal(0),
                )
        return _Past(whole, same_days)


def _is_complete(slices: Slices, group: GroupKey) -> bool:
    """Tell whether a group has data in every month of its year."""
    parts = slices.activities.get(group, ())
    months = {slices.month_of[number] for number, part in enumerate(parts) if part.has_data}
    return len(months) == len(slices.month_starts)


def _through_days(session: Session, running: RunningYear, groups: Iterable[GroupKey]) -> dict[GroupKey, int]:
    """Return the day to which each group has data: the day after its last one; today for events, at most today."""
    ledger = running.books.ledger
    wanted = set(groups)
    meters: dict[GroupKey, tuple[CountedMeter, ...]] = {
        key: found.meters for found in running.books.boundary.groups if (key := found.key) in wanted
    }
    ids = [meter.id for found in meters.values() for meter in found if meter.kind is not MeterKind.EVENT]
    last: dict[int, int] = {}
    if ids:
        own = id_of(running.books.boundary.organization)
        of_year = {"first_day": ledger.first_day, "end_day": ledger.end_day}
        months = buckets(session, own, meter_ids=ids, grain=Grain.MONTH, **of_year)
        last_month = {bucket.meter_id: bucket.start_day for bucket in months}
        for month in sorted(set(last_month.values())):
            of_month = [meter for meter, start in last_month.items() if start == month]
            end = next_month_start(month)
            for day in buckets(session, own, meter_ids=of_month, grain=Grain.DAY, first_day=month, end_day=end):
                last[day.meter_id] = day.start_day + 1
    events = {meter.id: running.today for found in meters.values() for meter in found if meter.kind is MeterKind.EVENT}
    reached = {**last, **events}
    return {
        key: max([reached[meter.id] for meter in found if meter.id in reached], default=running.today)
        for key, found in meters.items()
    }
