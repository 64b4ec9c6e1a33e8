"""Gathering what the first page shows of one organization and year."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from sqlmodel import Session

from app.core.access import Access
from app.core.buckets import Bucket
from app.core.periods import (
    FiscalYearLabel,
    Grain,
    date_of,
    day_of,
    local_day,
    year_bounds,
    year_label,
    zone_named,
)
from app.core.quantities import Rounding
from app.core.resources import Catalogue
from app.disclosure.service import Disclosure
from app.disclosure.typesetting import ROUNDING_TEXT, written_day
from app.models import Organization, Plant
from app.routers.monthly import month_starts, monthly_charts
from app.routers.page_view import (
    Choice,
    MeterLine,
    Page,
    groups_of,
    row_of,
    tiles_of,
)
from app.store.meters import MeterRow, meter_page
from app.store.organizations import organization_page
from app.store.pages import Page as Stretch
from app.store.plants import plant_page
from app.store.resources import catalogue_of
from app.store.rollups import buckets

_MOST = 1_000
_FIRST_DAY, _END_DAY = day_of(date(1900, 1, 1)), day_of(date(9999, 1, 1))
Item = TypeVar("Item")
_READS = {
    "PT1M": "every minute",
    "PT15M": "every quarter hour",
    "PT30M": "every half hour",
    "PT1H": "hourly",
    "P1D": "daily",
    "P1W": "weekly",
    "P1M": "monthly",
    "P1Y": "yearly",
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

    def label_of(self, day: int) -> int:
        """Return the name of the reporting year that holds `day`."""
        organization = self.organization
        label = FiscalYearLabel(organization.fiscal_year_label)
        return year_label(day, start_month=organization.fiscal_year_start_month, label=label)

    def bounds_of(self, year: int) -> tuple[int, int]:
        """Return [first day, end day) of the reporting year called `year`."""
        organization = self.organization
        label = FiscalYearLabel(organization.fiscal_year_label)
        return year_bounds(year, start_month=organization.fiscal_year_start_month, label=label)

    def years(self) -> list[int]:
        """Return the reporting years with readings, newest first."""
        return sorted({self.label_of(bucket.start_day) for bucket in self.yearly}, reverse=True)


def reachable_organizations(session: Session, access: Access) -> list[Organization]:
    """Return the organizations the caller may know of, by code."""
    return _every(lambda cursor: organization_page(session, codes=access.organizations, cursor=cursor, limit=_MOST))


def inventory_of(session: Session, organization: Organization) -> Inventory:
    """Return the organization's plants, meters and year buckets."""
    organization_id = organization.id or 0
    plants = _every(lambda cursor: plant_page(session, organization_id, cursor=cursor, limit=_MOST))
    meters = _every(
        lambda cursor: meter_page(
            session, organization_id, plant=None, resource=None, kind=None, cursor=cursor, limit=_MOST
        )
    )
    ids = [row.meter.id for row in meters if row.meter.id is not None]
    yearly = buckets(session, meter_ids=ids, grain=Grain.YEAR, first_day=_FIRST_DAY, end_day=_END_DAY)
    return Inventory(organization, plants, meters, yearly, catalogue_of(session, organization_id))


def year_shown(inventory: Inventory, wanted: int | None, *, now_ms: int) -> int:
    """Return the year asked for, else the newest with readings, else the one under way."""
    if wanted is not None:
        return wanted
    zone = zone_named(inventory.organization.timezone)
    return next(iter(inventory.years()), inventory.label_of(local_day(zone, now_ms)))


def annual_page(
    session: Session,
    inventory: Inventory,
    disclosure: Disclosure,
    *,
    choices: Sequence[Organization],
    has_json: bool,
) -> Page:
    """Return the page that shows a live disclosure of the inventory's organization, among the `choices`."""
    organization, year = inventory.organization, disclosure.year
    first_day, end_day = inventory.bounds_of(year)
    rows = [row_of(figure, year=year) for figure in disclosure.figures]
    columns = tuple(cell.year for cell in rows[0].cells) if rows else (year,)
    earlier_day, _ = inventory.bounds_of(year - 1)
    monthly = buckets(session, meter_ids=inventory.meter_ids, grain=Grain.MONTH, first_day=earlier_day, end_day=end_day)
    return Page(
        organizations=tuple(Choice(each.code, each.name) for each in choices),
        organization=organization.code,
        name=organization.name,
        year=year,
        years=tuple(sorted({year, *inventory.years()}, reverse=True)),
        columns=columns,
        framework=f"{disclosure.framework.title} ({disclosure.framework.edition})",
        period=f"{written_day(date_of(first_day))} to {written_day(date_of(end_day - 1))}",
        rounding=ROUNDING_TEXT[Rounding(organization.rounding)],
        readings=f"{sum(bucket.count for bucket in inventory.yearly if bucket.start_day == first_day):,}",
        plant_count=len(inventory.plants),
        tiles=tiles_of(rows),
        groups=groups_of(rows, framework=disclosure.framework.code),
        absent=tuple(row for row in rows if not row.has_data),
        charts=monthly_charts(
            [row.meter for row in inventory.meters],
            monthly,
            months=month_starts(first_day, end_day),
            earlier=month_starts(earlier_day, first_day),
            currency=organization.currency,
            catalogue=inventory.catalogue,
        ),
        meters=tuple(_meter_line(row, inventory) for row in inventory.meters),
        has_json=has_json,
    )


def _meter_line(row: MeterRow, inventory: Inventory) -> MeterLine:
    plant = next((plant.name for plant in inventory.plants if plant.code == row.plant), row.plant)
    reads = _READS.get(row.meter.interval or "", row.meter.interval) or row.meter.kind
    return MeterLine(row.meter.name, plant, inventory.catalogue.named(row.meter.resource).title, reads)


def _every(read: Callable[[str | None], Stretch[Item]]) -> list[Item]:
    """Return the items of every page that `read` gives for a cursor."""
    stretch = read(None)
    items = list(stretch.items)
    while stretch.next is not None:
        stretch = read(stretch.next)
        items += stretch.items
    return items
