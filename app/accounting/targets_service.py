"""How targets stand: their base by the boundary that counts, each year against it, and where a running year heads."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from sqlmodel import Session

from app.accounting.breakdown_service import GwpSetOf, PlantShare, YearBooks, open_years, plant_shares
from app.accounting.exact import converted
from app.accounting.formulas import PERCENT
from app.accounting.metrics import MetricBook
from app.accounting.service import Boundary, boundary_of, bounds_of
from app.accounting.targets import (
    Base,
    Direction,
    Path,
    Projection,
    ProjectionMethod,
    TargetStatus,
    allowed,
    base_of,
    boundary_changes,
    status,
)
from app.accounting.targets_projection import RunningYear, projected
from app.core.periods import day_start_ms, local_day, zone_named
from app.core.units import DimensionMismatch
from app.models import Organization
from app.store.organizations import organization_of
from app.store.targets import TargetRow, targets_of

_CO2E = "CO2e"


@dataclass(frozen=True, slots=True)
class TargetYear:
    """One year of a target, in its unit: what the metric came to, what it may be, and how the year stands."""

    year: int
    value: Decimal | None
    allowed: Decimal | None
    coverage: Decimal | None
    status: TargetStatus
    projection: Projection


@dataclass(frozen=True, slots=True)
class TargetStanding:
    """A target with its base and every year after the base year, up to the year asked for or the goal year."""

    row: TargetRow
    base: Base
    years: tuple[TargetYear, ...]


def path_of(row: TargetRow) -> Path:
    """Return how a stored target runs."""
    target = row.target
    return Path(
        base_year=target.base_year,
        yearly_reduction=target.yearly_reduction,
        compounding=target.compounding,
        goal=target.goal,
        goal_year=target.goal_year,
        direction=Direction(target.direction),
    )


def standings(
    session: Session, *, organization: str, year: int, plant: str | None, gwp_set_of: GwpSetOf, now_ms: int
) -> list[TargetStanding]:
    """Return how every target stands in a year, or those of one plant; raises NotThere."""
    row = organization_of(session, organization)
    rows = targets_of(session, row.id or 0, plant=plant)
    if plant is not None:
        plant_shares(session, row, plant=plant)
        boundary_of(session, row, plant=plant)
    found: dict[str, TargetStanding] = {}
    for place in dict.fromkeys(each.plant for each in rows):
        of_place = [each for each in rows if each.plant == place]
        view = _View.open(session, row, place, of_place, year, gwp_set_of, now_ms)
        found |= {each.target.code: view.standing(session, each) for each in of_place}
    return [found[each.target.code] for each in rows]


@dataclass(frozen=True, slots=True)
class _View:
    """The years of one place that its targets need, by today's boundary."""

    organization: Organization
    plant: str | None
    year: int
    books: Mapping[int, YearBooks]
    shares: Sequence[PlantShare]
    gwp_set_of: GwpSetOf
    now_ms: int

    @classmethod
    def open(
        cls,
        session: Session,
        organization: Organization,
        plant: str | None,
        rows: Sequence[TargetRow],
        year: int,
        gwp_set_of: GwpSetOf,
        now_ms: int,
    ) -> "_View":
        first = min(row.target.base_year for row in rows)
        boundary = boundary_of(session, organization, plant=plant)
        shares = plant_shares(session, organization, plant=plant)
        years = range(min(first, year - 1), max(year, *(row.target.base_year for row in rows)) + 1)
        air = any(_is_air(row) for row in rows)
        books = open_years(session, boundary, shares, years=list(years), plant=plant, gwp_set_of=gwp_set_of, air=air)
        return cls(organization, plant, year, books, shares, gwp_set_of, now_ms)

    def standing(self, session: Session, row: TargetRow) -> TargetStanding:
        base = self._base(session, row)
        last = min(self.year, row.target.goal_year or self.year)
        years = range(row.target.base_year + 1, last + 1)
        return TargetStanding(row, base, tuple(self._year(session, row, base.value, year) for year in years))

    def _year(self, session: Session, row: TargetRow, base: Decimal | None, year: int) -> TargetYear:
        path, books = path_of(row), self.books[year]
        amount = books.amount(row.target.metric) if row.target.metric in books.book.metrics else None
        value = None if amount is None else _in_unit(amount.value, amount.unit, row.target.unit)
        is_over = self._end_ms(year) <= self.now_ms
        projection = Projection(value, (ProjectionMethod.ACTUAL,), books.ledger.end_day if value is not None else None)
        if not is_over and amount is not None and value is not None:
            found = projected(session, RunningYear(books, self.books.get(year - 1), self._today()), row.target.metric)
            projection = replace(found, value=_in_unit(found.value, amount.unit, row.target.unit))
        most = None if base is None else allowed(path, base, year)
        return TargetYear(
            year=year,
            value=value,
            allowed=most,
            coverage=None if amount is None else amount.coverage,
            status=status(path, year, value=value, projected=projection.value, most=most, is_over=is_over),
            projection=projection,
        )

    def _base(self, session: Session, row: TargetRow) -> Base:
        """Return the base by the boundary the target was set with and by today's."""
        target = row.target
        today = _value(self.books[target.base_year], target.metric, target.unit)
        before = {plant: Decimal(share) for plant, share in target.base_shares}
        after = {each.plant: each.share for each in self.shares}
        changes = tuple(boundary_changes(before, after))
        if not changes:
            return base_of(today, today, threshold=target.recalculation_threshold, changes=())
        boundary = boundary_with(session, self.organization, before)
        shares = [PlantShare(plant, share) for plant, share in sorted(before.items())]
        years = open_years(
            session,
            boundary,
            shares,
            years=[target.base_year],
            plant=None,
            gwp_set_of=self.gwp_set_of,
            air=_is_air(row),
        )
        original = _value(years[target.base_year], target.metric, target.unit)
        return base_of(original, today, threshold=target.recalculation_threshold, changes=changes)

    def _end_ms(self, year: int) -> int:
        zone = zone_named(self.organization.timezone)
        return day_start_ms(zone, bounds_of(self.organization, year)[1])

    def _today(self) -> int:
        return local_day(zone_named(self.organization.timezone), self.now_ms)


def _is_air(row: TargetRow) -> bool:
    return row.target.metric.startswith("air.")


def boundary_with(session: Session, organization: Organization, shares: Mapping[str, Decimal]) -> Boundary:
    """Return the organization's boundary as it is with these shares of its plants; a plant that is gone is left out."""
    present = {each.plant for each in plant_shares(session, organization, plant=None)}
    parts = {
        plant: boundary_of(session, organization, plant=plant)
        for plant, share in sorted(shares.items())
        if share and plant in present
    }
    groups = tuple(
        replace(group, site=replace(group.site, share=shares[plant]))
        for plant, part in parts.items()
        for group in part.groups
    )
    whole = boundary_of(session, organization, plant=None)
    return replace(whole, groups=groups)


def unit_fits(book: MetricBook, metric: str, unit: str) -> bool:
    """Tell whether a metric can be stated in a unit."""
    try:
        _in_unit(Decimal(1), book.unit(metric), unit)
    except ValueError:
        return False
    return True


def _value(books: YearBooks, metric: str, unit: str) -> Decimal | None:
    if metric not in books.book.metrics:
        return None
    amount = books.amount(metric)
    return _in_unit(amount.value, amount.unit, unit)


def _in_unit(value: Decimal | None, source: str, target: str) -> Decimal | None:
    """Return a value in a target's unit, CO2e of a mass being the mass; raises UnknownUnit, DimensionMismatch."""
    if value is None or source == target:
        return value
    if PERCENT in (source, target) or source.endswith(_CO2E) != target.endswith(_CO2E):
        raise DimensionMismatch(f"{source} is not {target}")
    return converted(value, source.removesuffix(_CO2E), target.removesuffix(_CO2E))
