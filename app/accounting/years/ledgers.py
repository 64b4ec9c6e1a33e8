"""From rollups to ledgers: one query of yearly buckets, finer ones only where a factor changes within a year."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from sqlmodel import Session

from app.accounting.factors.calorific_choice import CalorificBook
from app.accounting.factors.calorific_data import calorific_values
from app.accounting.ledger.activity import CountedMeter
from app.accounting.ledger.instruments import Instrument, carrier_of, cover, cut_for
from app.accounting.ledger.ledger import (
    BucketsOf,
    Group,
    Ledger,
    Plan,
    entry,
    group_meters,
    held_groups,
    is_cut_at_months,
    plan,
)
from app.accounting.ledger.rows import (
    calorific_value_from,
    factor_from,
    instrument_from,
    meter_from,
    pin_from,
    site_from,
)
from app.accounting.ledger.sites import held_as_in, shares_in
from app.accounting.selection.selection import FactorBook
from app.accounting.selection.shipped import shipped_factors
from app.accounting.stated.datapoints import StatedYear
from app.accounting.stated.stating import stated_books
from app.accounting.years.believed import Believed
from app.accounting.years.counted_twice import wholes, with_counted_twice
from app.accounting.years.holdings import sites_of
from app.accounting.years.negatives import are_mixed, with_negatives
from app.accounting.years.own_resources import energy_contents
from app.accounting.years.proposal import NOTHING, Proposal, with_pins
from app.core.calendar.fiscal_years import PeriodName, year_of
from app.core.calendar.periods import Grain, month_start, next_month_start, zone_named
from app.core.inventory.inventory import Consolidation
from app.core.inventory.resources import SHIPPED, Catalogue
from app.core.readings.buckets import Bucket
from app.core.spans import spanned
from app.models import Instrument as InstrumentRow
from app.models import Organization, id_of
from app.store.directory.counted_meters import counted_meters, parents_of
from app.store.directory.fiscal_years import calendar_of
from app.store.inventory.plants import plant_of
from app.store.inventory.resources import catalogue_of
from app.store.reporting.calorific_values import own_calorific_values
from app.store.reporting.factors import factor_pins, own_factors
from app.store.reporting.instruments import instruments_of
from app.store.rollups.rollups import bucket_days


@dataclass(frozen=True, slots=True)
class Boundary:
    """The meters that enter the figures of an organization, or of one plant, and the factors it can draw on.

    `beside` are meters outside a plant's figures of what the organization's instruments cover: they share them. `plant`
    is the one whose figures they are, None for the organization's.
    """

    organization: Organization
    groups: tuple[Group, ...]
    book: FactorBook
    beside: tuple[Group, ...] = ()
    instruments: tuple[Instrument, ...] = ()
    as_of_ms: int | None = None
    catalogue: Catalogue = SHIPPED
    plants: tuple[str, ...] = ()

    @property
    def meters(self) -> list[CountedMeter]:
        """Return every meter inside, by plant, resource and attributes."""
        return [meter for group in self.groups for meter in group.meters]


def boundary_of(
    session: Session,
    organization: Organization,
    *,
    plants: Collection[str] = (),
    as_of_ms: int | None = None,
    proposal: Proposal = NOTHING,
) -> Boundary:
    """Return what the organization's figures hold, by its consolidation; or some plants, each at 100 %.

    As of a past instant it has the meters, own factors, calorific values and instruments that were stored by then;
    places, shares and pins are those of now. Raises NotThere for an unknown plant.
    """
    organization_id = id_of(organization)
    consolidation = proposal.consolidation or Consolidation(organization.consolidation)
    held = proposal.sites
    if held is None:
        held = sites_of(session, organization_id, consolidation, proposal.holdings)
    inside = {code: site for code, site in held.items() if site.is_ever_held}
    sites = inside
    if plants:
        sites = {
            plant: site_from(plant_of(session, organization_id, plant), Decimal(1)) for plant in sorted(set(plants))
        }
    rows = [(row, code) for row, code in counted_meters(session, organization_id) if _by(row.created_at, as_of_ms)]
    above = wholes({id_of(row): row.code for row, _ in rows}, parents_of(session, organization_id))
    meters = [meter_from(row, code, above.get(id_of(row))) for row, code in rows]
    claims = [row for row in instruments_of(session, organization_id) if _stands(row, as_of_ms)]
    catalogue = catalogue_of(session, organization_id)
    instruments = tuple(instrument_from(row) for row in claims)
    carriers = {each.carrier for each in instruments}
    beside = {code: site for code, site in inside.items() if code not in sites} if claims else {}
    return Boundary(
        organization=organization,
        groups=tuple(group_meters(meters, sites, catalogue)),
        book=_book(session, organization, catalogue, as_of_ms, proposal),
        beside=tuple(
            group for group in group_meters(meters, beside, catalogue) if carrier_of(group.resource) in carriers
        ),
        instruments=instruments,
        as_of_ms=as_of_ms,
        catalogue=catalogue,
        plants=tuple(sorted(set(plants))),
    )


def boundary_as_in(boundary: Boundary, year: PeriodName, *, held_in: PeriodName) -> Boundary:
    """Return the boundary with the plants held in `year` as they are, day by day, in the year `held_in`.

    It is the very same where that changes nothing.
    """
    first_day, end_day = bounds_of(boundary.organization, held_in)
    bounds = bounds_of(boundary.organization, year)

    def moved(group: Group) -> Group:
        site = held_as_in(group.site, first_day, end_day, years=year_of(year) - year_of(held_in))
        return group if shares_in(site, *bounds) == shares_in(group.site, *bounds) else replace(group, site=site)

    groups, beside = tuple(map(moved, boundary.groups)), tuple(map(moved, boundary.beside))
    same = all(new is old for new, old in zip(groups + beside, boundary.groups + boundary.beside, strict=True))
    return boundary if same else replace(boundary, groups=groups, beside=beside)


def _book(
    session: Session, organization: Organization, catalogue: Catalogue, as_of_ms: int | None, proposal: Proposal
) -> FactorBook:
    organization_id = id_of(organization)
    own = [factor_from(row) for row in own_factors(session, organization_id) if _by(row.created_at, as_of_ms)]
    pins = [] if proposal.pins_alone else [pin_from(row) for row in factor_pins(session, organization_id)]
    factors = (*own, *proposal.factors, *shipped_factors())
    stated = [
        calorific_value_from(row)
        for row in own_calorific_values(session, organization_id)
        if _by(row.created_at, as_of_ms)
    ]
    values = (*stated, *proposal.calorific_values, *energy_contents(catalogue), *calorific_values())
    return FactorBook(factors, with_pins(pins, proposal.pins), organization.factor_set, CalorificBook(values))


def _stands(row: InstrumentRow, as_of_ms: int | None) -> bool:
    """Tell whether an instrument was entered by an instant, None meaning now, and not withdrawn by then."""
    if row.withdrawn_at is not None and _by(row.withdrawn_at, as_of_ms):
        return False
    return _by(row.created_at, as_of_ms)


def _by(created_at_ms: int, as_of_ms: int | None) -> bool:
    return as_of_ms is None or created_at_ms <= as_of_ms


@spanned("accounting.ledgers")
def ledgers(
    session: Session, boundary: Boundary, years: Sequence[PeriodName], believed: Believed | None = None
) -> dict[PeriodName, Ledger]:
    """Return the ledger of each of some consecutive reporting periods, by the buckets of `believed` when given."""
    bounds = {year: bounds_of(boundary.organization, year) for year in years}
    ids = [meter.id for group in (*boundary.groups, *boundary.beside) for meter in group.meters]
    first, end = min(first for first, _ in bounds.values()), max(end for _, end in bounds.values())
    if believed is None:
        believed = Believed(session, id_of(boundary.organization), boundary.as_of_ms)
    yearly = believed.buckets(ids, Grain.YEAR, first, end)
    stated = stated_years(session, boundary, years)
    return {
        year: replace(_ledger(believed, boundary, year, *bounds[year], yearly), stated=stated[year]) for year in years
    }


def stated_years(session: Session, boundary: Boundary, years: Sequence[PeriodName]) -> dict[PeriodName, StatedYear]:
    """Return what stands stated of each period of a boundary, or stood at its instant."""
    zone = zone_named(boundary.organization.timezone)
    books = stated_books(session, boundary.organization, years, plants=boundary.plants, as_of_ms=boundary.as_of_ms)
    return {year: StatedYear(book, zone) for year, book in books.items()}


def reported_years(session: Session, *boundaries: Boundary) -> list[PeriodName]:
    """Return the reporting periods in which a meter of these boundaries has readings, oldest first."""
    calendar = calendar_of(boundaries[0].organization)
    ids = sorted({meter.id for boundary in boundaries for meter in boundary.meters})
    own = id_of(boundaries[0].organization)
    days = bucket_days(session, own, meter_ids=ids, grain=Grain.YEAR) if ids else []
    return list(dict.fromkeys(calendar.period_of(day).name for day in days))


def bounds_of(organization: Organization, year: PeriodName) -> tuple[int, int]:
    """Return the local days [first, end) of a reporting period; raises UnknownPeriod."""
    return calendar_of(organization).named(year).bounds


def _ledger(
    believed: Believed,
    boundary: Boundary,
    year: PeriodName,
    first_day: int,
    end_day: int,
    yearly: Mapping[int, list[Bucket]],
) -> Ledger:
    held = held_groups(boundary.groups, first_day, end_day)
    claims = [each for each in boundary.instruments if each.days[0] < end_day and first_day < each.days[1]]
    # Meters outside share instruments alone: in a year without any, they have no part in it.
    groups = (*held, *held_groups(boundary.beside, first_day, end_day)) if claims else tuple(held)
    plans = [plan(group, boundary.book, year=year_of(year), first_day=first_day, end_day=end_day) for group in groups]
    if claims:
        plans = [cut_for(found, claims, (first_day, end_day)) for found in plans]
    of_year = {
        meter_id: inside
        for meter_id, found in yearly.items()
        if (inside := [bucket for bucket in found if first_day <= bucket.start_day < end_day])
    }
    finer = _finer(believed, plans, of_year, first_day, end_day)
    mixed = _mixed(believed, groups, of_year, first_day, end_day)
    entries = []
    for found in plans:
        made = entry(found, of_year, finer, first_day=first_day, end_day=end_day)
        made = with_negatives(made, found.group, of_year, mixed)
        entries.append(with_counted_twice(made, found.group, of_year))
    organization = boundary.organization
    ledger = Ledger(year, first_day, end_day, organization.currency, organization.factor_set, tuple(entries))
    if not claims:
        return ledger
    covered, findings = cover(entries, claims, first_day=first_day, end_day=end_day)
    # One plant's figures do not say what the others' instruments left unused.
    told = () if boundary.beside else tuple(findings)
    return replace(ledger, entries=tuple(covered[: len(held)]), findings=told)


def _mixed(believed: Believed, groups: Iterable[Group], of_year: BucketsOf, first_day: int, end_day: int) -> BucketsOf:
    """Return the months of those meters in whose year something is negative: mostly of none."""
    ids = {meter.id for group in groups for meter in group.meters if are_mixed(of_year.get(meter.id, ()))}
    return believed.buckets(sorted(ids), Grain.MONTH, month_start(first_day), next_month_start(end_day - 1))


def _finer(believed: Believed, plans: Sequence[Plan], of_year: BucketsOf, first_day: int, end_day: int) -> BucketsOf:
    """Return buckets that begin wherever a plan is cut, months if they do.

    A meter without a reading in the year needs no finer look.
    """
    split = [found for found in plans if found.cuts and any(meter.id in of_year for meter in found.group.meters)]
    if not split:
        return {}
    ids = list(dict.fromkeys(meter.id for found in split for meter in found.group.meters))
    if is_cut_at_months(split, first_day, end_day):
        return believed.months_and_days(ids, first_day, end_day)
    return believed.buckets(ids, Grain.DAY, first_day, end_day)
