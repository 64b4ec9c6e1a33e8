"""Opening a reporting year for its metrics: boundary, ledger and evaluation, and the year cut into months."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from itertools import pairwise

from sqlmodel import Session

from app.accounting.factors.gwp import GwpSet
from app.accounting.ledger.activity import Activity, measure
from app.accounting.ledger.amounts import Amount
from app.accounting.ledger.ledger import BucketsOf, Group, Ledger
from app.accounting.ledger.sites import shares_in
from app.accounting.metrics.breakdown import Slices
from app.accounting.metrics.evaluate import Evaluation
from app.accounting.metrics.vocabulary import MetricBook
from app.accounting.stacks.stack_masses import metrics_of, with_air
from app.accounting.years.believed import Believed
from app.accounting.years.holdings import sites_of
from app.accounting.years.ledgers import Boundary, boundary_of, bounds_of, ledgers
from app.core.calendar.fiscal_years import PeriodName, ReportingPeriod
from app.core.calendar.periods import Grain, day_start_ms, instant_from_ms, month_slots, zone_named
from app.core.inventory.inventory import Consolidation
from app.core.readings.buckets import Bucket
from app.models import Organization, id_of
from app.rollup.buckets.sums import in_slots
from app.store.directory.fiscal_years import calendar_of
from app.store.inventory.organizations import organization_of


@dataclass(frozen=True, slots=True)
class PlantShare:
    """The part of a plant that the figures hold, 0 to 1, on local days [first_day, end_day).

    A bound that is null is that of the reporting year.
    """

    plant: str
    share: Decimal
    first_day: int | None = None
    end_day: int | None = None

    @property
    def is_part(self) -> bool:
        """Tell whether it holds for a part of the reporting year alone."""
        return self.first_day is not None or self.end_day is not None


@dataclass(frozen=True, slots=True)
class YearBooks:
    """What the metrics of one reporting period are computed from."""

    organization: Organization
    year: PeriodName
    boundary: Boundary
    ledger: Ledger
    book: MetricBook
    gwp_set: GwpSet
    evaluation: Evaluation = field(hash=False)
    shares: tuple[PlantShare, ...] = ()

    @property
    def consolidation(self) -> Consolidation:
        """Return by what the plants enter; plants that were asked for enter whole."""
        return Consolidation(self.organization.consolidation)

    @property
    def start(self) -> datetime:
        """Return when the year begins in the organization's time zone, as a UTC instant."""
        return self._instant(self.ledger.first_day)

    @property
    def end(self) -> datetime:
        """Return when the year has ended."""
        return self._instant(self.ledger.end_day)

    @property
    def period(self) -> ReportingPeriod:
        """Return the reporting period."""
        return calendar_of(self.organization).named(self.year)

    def _instant(self, day: int) -> datetime:
        return instant_from_ms(day_start_ms(zone_named(self.organization.timezone), day))

    def amount(self, key: str) -> Amount:
        """Return a metric's amount over everything inside; raises KeyError for an unknown metric."""
        return self.evaluation.amount(key, {})


GwpSetOf = Callable[[PeriodName], GwpSet]
"""Which GWP set the figures of a reporting period are stated by."""


def open_year(
    session: Session, *, organization: str, year: PeriodName, plants: Collection[str] = (), gwp_set_of: GwpSetOf
) -> YearBooks:
    """Return the books of a period for an organization by its consolidation, or for some plants, each at 100 %.

    Raises NotThere for an unknown organization or plant.
    """
    row = organization_of(session, organization)
    boundary = boundary_of(session, row, plants=plants)
    books = open_years(session, boundary, years=[year], gwp_set_of=gwp_set_of)[year]
    return replace(books, shares=plant_shares(session, row, year, plants=boundary.plants))


def open_years(
    session: Session,
    boundary: Boundary,
    *,
    years: Sequence[PeriodName],
    gwp_set_of: GwpSetOf,
    air: bool = False,
) -> dict[PeriodName, YearBooks]:
    """Return the books of consecutive periods over one boundary; with `air`, with the masses derived for stacks."""
    book = metrics_of(boundary)
    by_year = ledgers(session, boundary, years)
    if air:
        by_year = {year: with_air(session, boundary, ledger) for year, ledger in by_year.items()}
    sets = {year: gwp_set_of(year) for year in years}
    return {
        year: YearBooks(
            organization=boundary.organization,
            year=year,
            boundary=boundary,
            ledger=ledger,
            book=book,
            gwp_set=sets[year],
            evaluation=Evaluation(ledger, book, sets[year]),
        )
        for year, ledger in by_year.items()
    }


def year_before(session: Session, books: YearBooks) -> YearBooks:
    """Return the books of the period before, over the same boundary and by the same GWP set."""
    before = calendar_of(books.organization).before(books.period).name
    sets = dict.fromkeys([before], books.gwp_set)
    return open_years(session, books.boundary, years=[before], gwp_set_of=sets.__getitem__)[before]


def plant_shares(
    session: Session, organization: Organization, year: PeriodName, *, plants: Sequence[str] = ()
) -> tuple[PlantShare, ...]:
    """Return the shares with which each plant enters a year, zero included, in order; or some plants, each whole."""
    if plants:
        return tuple(PlantShare(plant, Decimal(1)) for plant in plants)
    first_day, end_day = bounds_of(organization, year)
    sites = sites_of(session, id_of(organization), Consolidation(organization.consolidation))
    return tuple(
        PlantShare(
            code,
            held.share,
            None if held.first_day == first_day else held.first_day,
            None if held.end_day == end_day else held.end_day,
        )
        for code, site in sites.items()
        for held in shares_in(site, first_day, end_day)
    )


def slices_of(
    session: Session,
    boundary: Boundary,
    ledger: Ledger,
    amounts: Iterable[Amount],
    *,
    also_at: Iterable[int] = (),
    whole_months: bool = False,
) -> Slices:
    """Return the year cut at months, at each day where a part of `amounts` begins or ends, and at `also_at`.

    With `whole_months` it is cut at months alone. It holds the groups that the amounts ask. Whole months are read from
    their own buckets, parts of one, as a year of weeks has at its ends, from its days.
    """
    every = list(amounts)
    asked = {activity.group for amount in every for activity in amount.activities}
    groups = {key: group for group in boundary.groups if (key := group.key) in asked}
    first_day, end_day = ledger.first_day, ledger.end_day
    starts = month_slots(first_day, end_day)
    bounds = set[int]() if whole_months else {day for amount in every for day in _bounds(amount)}
    inner = {day for day in (*bounds, *also_at) if first_day < day < end_day}
    cuts = tuple(sorted({*starts, *inner, end_day}))
    month_of = tuple(bisect_right(starts, cut) - 1 for cut in cuts[:-1])
    ids = [meter.id for group in groups.values() for meter in group.meters]
    believed = Believed(session, id_of(boundary.organization), boundary.as_of_ms)
    read = believed.months_and_days(ids, first_day, end_day)
    monthly = {meter_id: in_slots(starts, found) for meter_id, found in read.items()}
    ends = dict(pairwise([*starts, end_day]))
    partial = {starts[month] for month, cut in zip(month_of, cuts[:-1], strict=True) if cut not in ends}
    daily: dict[int, list[Bucket]] = defaultdict(list)
    for start in sorted(partial):
        for meter_id, found in believed.buckets(ids, Grain.DAY, start, ends[start]).items():
            daily[meter_id] += found
    activities = {
        key: tuple(
            _measured(group, daily if starts[month] in partial else monthly, start, end)
            for month, (start, end) in zip(month_of, pairwise(cuts), strict=True)
        )
        for key, group in groups.items()
    }
    return Slices(cuts, month_of, tuple(starts), activities)


def _bounds(amount: Amount) -> Iterator[int]:
    for activity in (*amount.activities, *(term.activity for term in amount.plain_terms)):
        yield from (activity.first_day, activity.end_day)


def _measured(group: Group, found: BucketsOf, start: int, end: int) -> Activity:
    inside = {
        meter.id: [bucket for bucket in found.get(meter.id, ()) if start <= bucket.start_day < end]
        for meter in group.meters
    }
    return measure(group.meters, inside, site=group.site, resource=group.measured, first_day=start, end_day=end)
