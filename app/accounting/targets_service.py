"""How targets stand: their base by the boundary that counts, each year against it, and where a running year heads."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from sqlmodel import Session

from app.accounting.breakdown_service import GwpSetOf, YearBooks, open_years
from app.accounting.exact import converted
from app.accounting.formulas import PERCENT
from app.accounting.holdings import sites_of
from app.accounting.ledger import Group
from app.accounting.metrics import MetricBook
from app.accounting.service import Boundary, boundary_as_in, boundary_of, bounds_of
from app.accounting.sites import HeldShare, Site, held_as_in, shares_in
from app.accounting.targets import (
    Base,
    Direction,
    Held,
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
from app.core.inventory import Consolidation
from app.core.periods import day_start_ms, local_day, zone_named
from app.core.units import DimensionMismatch
from app.models import Organization
from app.store.organizations import organization_of
from app.store.plants import plant_of
from app.store.targets import TargetRow, targets_of

_CO2E = "CO2e"


@dataclass(frozen=True, slots=True)
class TargetYear:
    """One year of a target, in its unit: what the metric came to, what it may be, and how the year stands.

    It is held against `base`, the base year by the boundary of this year where that differs by more than the threshold.
    """

    year: int
    value: Decimal | None
    base: Base
    allowed: Decimal | None
    coverage: Decimal | None
    status: TargetStatus
    projection: Projection


@dataclass(frozen=True, slots=True)
class TargetStanding:
    """A target with its base by the boundary of the year asked for, and every year after the base year up to it.

    They end with the goal's year.
    """

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
        plant_of(session, row.id or 0, plant)
    found: dict[str, TargetStanding] = {}
    for place in dict.fromkeys(each.plant for each in rows):
        of_place = [each for each in rows if each.plant == place]
        view = _View.open(session, row, place, of_place, year, gwp_set_of, now_ms)
        found |= {each.target.code: view.standing(session, each) for each in of_place}
    return [found[each.target.code] for each in rows]


@dataclass(frozen=True, slots=True)
class _View:
    """The years of one place that its targets need; `others` remembers base years that other boundaries were asked for.

    `boundary` is the stored one, with every plant's shares as they are dated.
    """

    organization: Organization
    plant: str | None
    year: int
    boundary: Boundary
    sites: Mapping[str, Site]
    books: Mapping[int, YearBooks]
    gwp_set_of: GwpSetOf
    now_ms: int
    air: bool
    others: dict[tuple[int, tuple[tuple[str, Held], ...]], YearBooks] = field(default_factory=dict)

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
        sites = sites_of(session, organization.id or 0, Consolidation(organization.consolidation))
        years = range(min(first, year - 1), max(year, *(row.target.base_year for row in rows)) + 1)
        air = any(row.target.metric.startswith("air.") for row in rows)
        books = open_years(session, boundary, years=list(years), plant=plant, gwp_set_of=gwp_set_of, air=air)
        return cls(organization, plant, year, boundary, sites, books, gwp_set_of, now_ms, air)

    def standing(self, session: Session, row: TargetRow) -> TargetStanding:
        last = min(self.year, row.target.goal_year or self.year)
        years = [self._year(session, row, year) for year in range(row.target.base_year + 1, last + 1)]
        base = years[-1].base if years and last == self.year else self._base(session, row, self.year)
        return TargetStanding(row, base, tuple(years))

    def _year(self, session: Session, row: TargetRow, year: int) -> TargetYear:
        path, books, base = path_of(row), self.books[year], self._base(session, row, year)
        amount = books.amount(row.target.metric) if row.target.metric in books.book.metrics else None
        value = None if amount is None else _in_unit(amount.value, amount.unit, row.target.unit)
        is_over = self._end_ms(year) <= self.now_ms
        projection = Projection(value, (ProjectionMethod.ACTUAL,), books.ledger.end_day if value is not None else None)
        if not is_over and amount is not None and value is not None:
            found = projected(
                session, RunningYear(books, self._before(session, year), self._today()), row.target.metric
            )
            projection = replace(found, value=_in_unit(found.value, amount.unit, row.target.unit))
        most = None if base.value is None else allowed(path, base.value, year)
        return TargetYear(
            year=year,
            value=value,
            base=base,
            allowed=most,
            coverage=None if amount is None else amount.coverage,
            status=status(path, year, value=value, projected=projection.value, most=most, is_over=is_over),
            projection=projection,
        )

    def _before(self, session: Session, year: int) -> YearBooks | None:
        """Return the year before, each plant held as it is in the year."""
        moved = boundary_as_in(self.boundary, year - 1, held_in=year)
        if moved is self.boundary or year - 1 not in self.books:
            return self.books.get(year - 1)
        return self._open(session, moved, year - 1)

    def _base(self, session: Session, row: TargetRow, year: int) -> Base:
        """Return the base by the boundary the target was set with and by that of a year."""
        target = row.target
        if self.plant is not None:
            value = _value(self.books[target.base_year], target.metric, target.unit)
            return base_of(value, value, threshold=target.recalculation_threshold, changes=())
        before = _held_then(target.base_shares, *bounds_of(self.organization, target.base_year))
        after = self._held_in(year, target.base_year)
        original, today = (
            _value(self._base_year(session, target.base_year, held), target.metric, target.unit)
            for held in (before, after)
        )
        changes = tuple(boundary_changes(before, after))
        if not changes:
            return base_of(today, today, threshold=target.recalculation_threshold, changes=())
        return base_of(original, today, threshold=target.recalculation_threshold, changes=changes)

    def _held_in(self, year: int, base_year: int) -> dict[str, Held]:
        """Return the shares of every plant in a year, day by day, on the days of the base year."""
        bounds, base = bounds_of(self.organization, year), bounds_of(self.organization, base_year)
        moved = {code: held_as_in(site, *bounds, years=base_year - year) for code, site in self.sites.items()}
        return {code: tuple(shares_in(site, *base)) for code, site in moved.items()}

    def _base_year(self, session: Session, year: int, held: Mapping[str, Held]) -> YearBooks:
        """Return the books of a base year with these shares of the plants there are."""
        if not boundary_changes(held, self._held_in(year, year)):
            return self.books[year]
        key = year, tuple(sorted(held.items(), key=lambda item: item[0]))
        if key not in self.others:
            boundary = boundary_with(session, self.organization, self.sites, held)
            self.others[key] = self._open(session, boundary, year)
        return self.others[key]

    def _open(self, session: Session, boundary: Boundary, year: int) -> YearBooks:
        found = open_years(session, boundary, years=[year], plant=self.plant, gwp_set_of=self.gwp_set_of, air=self.air)
        return found[year]

    def _end_ms(self, year: int) -> int:
        zone = zone_named(self.organization.timezone)
        return day_start_ms(zone, bounds_of(self.organization, year)[1])

    def _today(self) -> int:
        return local_day(zone_named(self.organization.timezone), self.now_ms)


def _held_then(stored: Iterable[Sequence[Any]], first_day: int, end_day: int) -> dict[str, Held]:
    """Return the shares that are kept with a target, over the days of its base year."""
    found: dict[str, list[HeldShare]] = defaultdict(list)
    for plant, share, *days in stored:
        first, end = days or (None, None)
        held = HeldShare(first_day if first is None else first, end_day if end is None else end, Decimal(share))
        found[plant].append(held)
    return {plant: tuple(held) for plant, held in found.items()}


def boundary_with(
    session: Session, organization: Organization, sites: Mapping[str, Site], held: Mapping[str, Held]
) -> Boundary:
    """Return the organization's boundary as it is with these shares of its plants; a plant that is gone is left out."""
    groups: list[Group] = []
    for plant, shares in sorted(held.items()):
        if plant in sites and any(each.share for each in shares):
            part = boundary_of(session, organization, plant=plant)
            later = tuple((each.first_day, each.share) for each in shares[1:])
            site = replace(sites[plant], share=shares[0].share, later=later)
            groups += [replace(group, site=site) for group in part.groups]
    return replace(boundary_of(session, organization, plant=None), groups=tuple(groups))


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
