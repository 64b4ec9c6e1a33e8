"""From stored rollups to ledgers: one query of yearly buckets, finer ones only where a factor changes within a year."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlmodel import Session

from app.accounting.activity import CountedMeter, Site
from app.accounting.factor import Basis, Factor, Method
from app.accounting.factors import shipped_factors
from app.accounting.ledger import BucketsOf, Group, Ledger, entry, group_meters, plan, split_grain
from app.accounting.selection import FactorBook, Pin, Place
from app.core.buckets import Bucket
from app.core.inventory import Consolidation
from app.core.periods import FiscalYearLabel, Grain, interval_from_iso, year_bounds, zone_named
from app.core.resources import MeterKind
from app.models import FactorPin, Meter, Organization, OwnFactor, Plant
from app.store.accounting import counted_meters, plants_of
from app.store.factors import factor_pins, own_factors
from app.store.plants import plant_of
from app.store.rollups import buckets


@dataclass(frozen=True, slots=True)
class Boundary:
    """The meters that enter the figures of an organization, or of one plant, and the factors it can draw on."""

    organization: Organization
    groups: tuple[Group, ...]
    book: FactorBook

    @property
    def meters(self) -> list[CountedMeter]:
        """Return every meter inside, by plant, resource and attributes."""
        return [meter for group in self.groups for meter in group.meters]


def boundary_of(session: Session, organization: Organization, *, plant: str | None) -> Boundary:
    """Return what the organization's figures hold, by its consolidation; or one plant, at 100 %.

    Raises NotThere for an unknown plant.
    """
    organization_id = organization.id or 0
    if plant is None:
        consolidation = Consolidation(organization.consolidation)
        held = [_site(row, share_of(row, consolidation)) for row in plants_of(session, organization_id)]
        sites = {site.place.plant: site for site in held if site.share}
    else:
        sites = {plant: _site(plant_of(session, organization_id, plant), Decimal(1))}
    meters = [_meter(row, code) for row, code in counted_meters(session, organization_id)]
    own = tuple(_own(row) for row in own_factors(session, organization_id))
    pins = tuple(_pin(row) for row in factor_pins(session, organization_id))
    book = FactorBook((*own, *shipped_factors()), pins, organization.factor_set)
    return Boundary(organization, tuple(group_meters(meters, sites)), book)


def share_of(plant: Plant, consolidation: Consolidation) -> Decimal:
    """Return the part of a plant that enters the organization's figures: all or none by control, else the equity."""
    if consolidation is Consolidation.EQUITY_SHARE:
        return plant.equity_share
    controlled = {
        Consolidation.OPERATIONAL_CONTROL: plant.operational_control,
        Consolidation.FINANCIAL_CONTROL: plant.financial_control,
    }
    return Decimal(1) if controlled[consolidation] else Decimal(0)


def ledgers(session: Session, boundary: Boundary, years: Sequence[int]) -> dict[int, Ledger]:
    """Return the ledger of each of some consecutive reporting years."""
    bounds = {year: _bounds(boundary.organization, year) for year in years}
    ids = [meter.id for meter in boundary.meters]
    first, end = min(first for first, _ in bounds.values()), max(end for _, end in bounds.values())
    yearly = buckets(session, meter_ids=ids, grain=Grain.YEAR, first_day=first, end_day=end) if ids else []
    return {year: _ledger(session, boundary, year, *bounds[year], yearly) for year in years}


def _bounds(organization: Organization, year: int) -> tuple[int, int]:
    label = FiscalYearLabel(organization.fiscal_year_label)
    return year_bounds(year, start_month=organization.fiscal_year_start_month, label=label)


def _ledger(
    session: Session, boundary: Boundary, year: int, first_day: int, end_day: int, yearly: Iterable[Bucket]
) -> Ledger:
    plans = [plan(group, boundary.book, year=year, first_day=first_day, end_day=end_day) for group in boundary.groups]
    of_year = _by_meter(bucket for bucket in yearly if first_day <= bucket.start_day < end_day)
    # A meter without a reading in the year needs no finer look.
    split = [found for found in plans if found.cuts and any(meter.id in of_year for meter in found.group.meters)]
    finer: BucketsOf = {}
    if split:
        ids = [meter.id for found in split for meter in found.group.meters]
        grain = split_grain(split)
        finer = _by_meter(buckets(session, meter_ids=ids, grain=grain, first_day=first_day, end_day=end_day))
    entries = tuple(entry(found, of_year, finer, first_day=first_day, end_day=end_day) for found in plans)
    organization = boundary.organization
    return Ledger(year, first_day, end_day, organization.currency, organization.factor_set, entries)


def _by_meter(found: Iterable[Bucket]) -> Mapping[int, list[Bucket]]:
    by_meter: dict[int, list[Bucket]] = defaultdict(list)
    for bucket in found:
        by_meter[bucket.meter_id].append(bucket)
    return dict(by_meter)


def _site(row: Plant, share: Decimal) -> Site:
    place = Place(plant=row.code, region=row.region, grid_region=row.grid_region, country=row.country)
    return Site(place=place, name=row.name, zone=zone_named(row.timezone), share=share)


def _meter(row: Meter, plant: str) -> CountedMeter:
    return CountedMeter(
        id=row.id or 0,
        code=row.code,
        plant=plant,
        resource=row.resource,
        attributes=row.attributes,
        kind=MeterKind(row.kind),
        unit=row.unit,
        multiplier=row.multiplier,
        interval=interval_from_iso(row.interval) if row.interval else None,
        in_service_from=row.in_service_from,
        in_service_to=row.in_service_to,
    )


def _own(row: OwnFactor) -> Factor:
    return Factor(
        code=row.code,
        resource=row.resource,
        attributes=row.attributes,
        region=row.region,
        method=Method(row.method) if row.method else None,
        per=row.per,
        kg_co2=row.kg_co2,
        kg_co2_biogenic=row.kg_co2_biogenic,
        kg_ch4=row.kg_ch4,
        kg_ch4_nonfossil=row.kg_ch4_nonfossil,
        kg_n2o=row.kg_n2o,
        kg_co2e=row.kg_co2e,
        gwp_set=row.gwp_set,
        basis=Basis(row.basis) if row.basis else None,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        published_on=row.published_on,
        edition=row.edition,
        source=row.source,
        supersedes=row.supersedes,
        factor_set=row.factor_set,
        own=True,
        derivation=None,
    )


def _pin(row: FactorPin) -> Pin:
    method = Method(row.method) if row.method else None
    return Pin(year=row.year, resource=row.resource, method=method, plant=row.plant, factor=row.factor)
