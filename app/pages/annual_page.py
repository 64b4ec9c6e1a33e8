"""Gathering what the first page shows of one organization and year."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import TypeVar

from sqlmodel import Session

from app.accounting.ledger.sites import HeldShare, Site, same_day, shares_in
from app.accounting.years.believed import Believed
from app.accounting.years.holdings import sites_of
from app.core.access import Access
from app.core.calendar.fiscal_calendar import FiscalCalendar
from app.core.calendar.fiscal_years import PeriodKind, PeriodName, ReportingPeriod
from app.core.calendar.periods import Grain, date_of, day_of, local_day, zone_named
from app.core.inventory.inventory import Consolidation
from app.core.inventory.resources import Catalogue
from app.core.readings.buckets import Bucket
from app.core.sentences import N_
from app.core.units.quantities import Rounding
from app.disclosure.figures.typesetting import ROUNDING_TEXT
from app.disclosure.history.standing import DisclosureStatus
from app.disclosure.live.disclosure import Disclosure
from app.models import Organization, Plant, id_of
from app.pages.findings import findings_of
from app.pages.frame.words import gettext as _
from app.pages.monthly import monthly_charts, slots_of, year_before
from app.pages.remedies import Remedies
from app.pages.targets_shown import Targets
from app.pages.view import (
    Charts,
    Column,
    MeterLine,
    Page,
    groups_of,
    row_of,
    tiles_of,
    written_period,
)
from app.store.directory.fiscal_years import calendar_of
from app.store.inventory.meters import MeterRow, meter_page
from app.store.inventory.organizations import organization_page
from app.store.inventory.plants import plant_page
from app.store.inventory.resources import catalogue_of
from app.store.rollups.rollups import buckets
from app.store.sql.keyset import Page as Stretch

_MOST = 1_000
_FIRST_DAY, _END_DAY = day_of(date(1900, 1, 1)), day_of(date(9999, 1, 1))
Item = TypeVar("Item")
_READS = {
    "PT1M": N_("every minute"),
    "PT15M": N_("every quarter hour"),
    "PT30M": N_("every half hour"),
    "PT1H": N_("hourly"),
    "P1D": N_("daily"),
    "P1W": N_("weekly"),
    "P1M": N_("monthly"),
    "P1Y": N_("yearly"),
}


@dataclass(frozen=True, slots=True)
class Inventory:
    """An organization with its plants, its meters and the years in which they have readings."""

    organization: Organization
    plants: Sequence[Plant]
    meters: Sequence[MeterRow]
    yearly: Sequence[Bucket]
    catalogue: Catalogue

    @property
    def meter_ids(self) -> list[int]:
        return [row.meter.id for row in self.meters if row.meter.id is not None]

    @property
    def calendar(self) -> FiscalCalendar:
        """Return the organization's reporting periods."""
        return calendar_of(self.organization)

    def years(self) -> list[PeriodName]:
        """Return the reporting periods with readings, newest first."""
        return self._newest_first({bucket.start_day for bucket in self.yearly})

    def years_with(self, shown: PeriodName) -> list[PeriodName]:
        """Return the reporting periods with readings and the one shown, newest first."""
        return self._newest_first({self.calendar.named(each).first_day for each in (*self.years(), shown)})

    def _newest_first(self, days: Iterable[int]) -> list[PeriodName]:
        return list(dict.fromkeys(self.calendar.period_of(day).name for day in sorted(days, reverse=True)))


def reachable_organizations(session: Session, access: Access) -> list[Organization]:
    """Return the organizations the caller may know of, by code."""
    return _every(lambda cursor: organization_page(session, codes=access.organizations, cursor=cursor, limit=_MOST))


def inventory_of(session: Session, organization: Organization) -> Inventory:
    """Return the organization's plants, meters and year buckets."""
    organization_id = id_of(organization)
    plants = every_plant(session, organization_id)
    meters = _every(lambda cursor: meter_page(session, organization_id, cursor=cursor, limit=_MOST))
    ids = [row.meter.id for row in meters if row.meter.id is not None]
    yearly = buckets(session, organization_id, meter_ids=ids, grain=Grain.YEAR, first_day=_FIRST_DAY, end_day=_END_DAY)
    return Inventory(organization, plants, meters, yearly, catalogue_of(session, organization_id))


def every_plant(session: Session, organization_id: int) -> list[Plant]:
    """Return the organization's plants, by code."""
    return _every(lambda cursor: plant_page(session, organization_id, cursor=cursor, limit=_MOST))


def year_shown(inventory: Inventory, wanted: PeriodName | None, *, now_ms: int) -> PeriodName:
    """Return the period asked for, else the newest with readings, else the one under way."""
    if wanted is not None:
        return wanted
    zone = zone_named(inventory.organization.timezone)
    return next(iter(inventory.years()), inventory.calendar.period_of(local_day(zone, now_ms)).name)


def annual_page(
    inventory: Inventory,
    disclosure: Disclosure,
    plant: str | None,
    targets: Targets = MappingProxyType({}),
    *,
    may_state: bool = False,
) -> Page:
    """Return the page that shows a live disclosure of the inventory's organization, or of one plant of it.

    `targets` are those of its period, by figure; `may_state` tells that who reads may state factors and the like.
    """
    organization, period = inventory.organization, disclosure.period
    first_day = period.bounds[0]
    remedies = Remedies(organization.code, inventory.catalogue, period, disclosure.framework.code, may_state)
    findings = findings_of(disclosure.checks, remedies)
    rows = [
        row_of(
            each,
            periods=disclosure.periods,
            findings=disclosure.checks,
            remedies=remedies,
            targets=() if each.dimensions else targets.get(each.key, ()),
        )
        for each in disclosure.figures
    ]
    meters = meters_at(inventory, plant)
    ids = {row.meter.id for row in meters}
    readings = sum(each.count for each in inventory.yearly if each.start_day == first_day and each.meter_id in ids)
    plants = [each for each in inventory.plants if plant in (None, each.code)]
    return Page(
        organization=organization.code,
        name=organization.name if plant is None else f"{organization.name}, {plants[0].name}",
        plant=plant,
        year=period.name,
        columns=_columns(disclosure),
        has_targets=any(row.targets and row.has_data for row in rows),
        framework=f"{_(disclosure.framework.title)} ({disclosure.framework.edition})",
        framework_code=disclosure.framework.code,
        period=written_period(period),
        standing=_standing(disclosure),
        rounding=_(ROUNDING_TEXT[Rounding(organization.rounding)]),
        readings=f"{readings:,}",
        plant_count=len(plants),
        tiles=tiles_of(rows, disclosure.framework.headlines),
        groups=groups_of(rows, framework=disclosure.framework.code),
        absent=tuple(row for row in rows if not row.has_data),
        findings=findings,
        meters=tuple(_meter_line(row, inventory) for row in meters),
    )


def charts_of(session: Session, inventory: Inventory, year: PeriodName, plant: str | None) -> Charts:
    """Return the charts of a reporting period by month, beside the same months of the year before."""
    period = inventory.calendar.named(year)
    first_day, end_day = period.bounds
    slots = slots_of(first_day, end_day)
    rows = meters_at(inventory, plant)
    sites = {} if plant is not None else _sites(session, inventory.organization)
    spans = [span for span in ((first_day, end_day), year_before(slots)) if span[0] < span[1]]
    charts = monthly_charts(
        [row.meter for row in rows],
        list(_held(Believed(session, id_of(inventory.organization), None), rows, sites, spans)),
        slots=slots,
        currency=inventory.organization.currency,
        catalogue=inventory.catalogue,
        rounding=Rounding(inventory.organization.rounding),
    )
    return Charts(period.name, _before(inventory.calendar, period), charts)


def _sites(session: Session, organization: Organization) -> Mapping[str, Site]:
    return sites_of(session, id_of(organization), Consolidation(organization.consolidation))


def _held(
    believed: Believed, rows: Sequence[MeterRow], sites: Mapping[str, Site], spans: Sequence[tuple[int, int]]
) -> Iterator[tuple[Bucket, Decimal]]:
    """Yield the months of meters in some spans of days, each with the part of its plant that the figures hold.

    Where a plant is held otherwise from a day on, its days on either side count by their own share, as in the table;
    a plant that `sites` does not have counts whole.
    """
    for first_day, end_day in spans:
        alike: dict[tuple[HeldShare, ...], list[int]] = {}
        for row in rows:
            site, whole = sites.get(row.plant), [HeldShare(first_day, end_day, Decimal(1))]
            shares = whole if site is None else shares_in(site, first_day, end_day)
            alike.setdefault(tuple(shares), []).append(id_of(row.meter))
        for stretches, ids in alike.items():
            for held in stretches:
                if held.share:
                    found = believed.months_and_days(ids, held.first_day, held.end_day)
                    yield from ((bucket, held.share) for of_meter in found.values() for bucket in of_meter)


def meters_at(inventory: Inventory, plant: str | None) -> list[MeterRow]:
    """Return the meters of a plant, or of all."""
    return [row for row in inventory.meters if plant in (None, row.plant)]


def _columns(disclosure: Disclosure) -> tuple[Column, ...]:
    """Return the head of each column, with its days where not all are plain years that begin alike."""
    alike = len({(each.kind, date_of(each.first_day).month) for each in disclosure.periods}) == 1
    plain = alike and disclosure.period.kind is PeriodKind.YEAR
    return tuple(Column(each.name, written_period(each), is_plain=plain) for each in disclosure.periods)


def _standing(disclosure: Disclosure) -> str:
    """Return how far the period has come, as words behind its days; nothing while nobody has prepared anything."""
    standing = disclosure.standing
    if standing.status is DisclosureStatus.LIVE:
        return ""
    status = _(standing.status)
    return _("interim, %s") % status if standing.interim else status


def _before(calendar: FiscalCalendar, period: ReportingPeriod) -> str:
    """Return what the same months of the year before are called."""
    before = calendar.before(period)
    same = [same_day(day, -1) for day in period.bounds]
    return str(before.name) if list(before.bounds) == same else _("the year before")


def _meter_line(row: MeterRow, inventory: Inventory) -> MeterLine:
    plant = next((plant.name for plant in inventory.plants if plant.code == row.plant), row.plant)
    reads = _(_READS.get(row.meter.interval or "", row.meter.interval) or row.meter.kind)
    return MeterLine(row.meter.name, plant, _(inventory.catalogue.named(row.meter.resource).title), reads)


def _every(read: Callable[[str | None], Stretch[Item]]) -> list[Item]:
    """Return the items of every page that `read` gives for a cursor."""
    stretch = read(None)
    items = list(stretch.items)
    while stretch.next is not None:
        stretch = read(stretch.next)
        items += stretch.items
    return items
