"""The years of one place that its targets need, and their base years by whatever boundary and GWP set is asked for."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from sqlmodel import Session

from app.accounting.breakdowns.reporting_years import GwpSetOf, YearBooks, open_years
from app.accounting.factors.gwp import GwpSet, gwp_set_named
from app.accounting.ledger.ledger import Group
from app.accounting.ledger.sites import Site, held_as_in, same_day, shares_in
from app.accounting.metrics.vocabulary import MetricBook
from app.accounting.targets.target_base import Potentials, held_from
from app.accounting.targets.target_measure import Measure, Measured, measured
from app.accounting.targets.target_rules import uses_potentials
from app.accounting.targets.targets import Held, boundary_changes
from app.accounting.years.holdings import sites_of
from app.accounting.years.ledgers import Boundary, boundary_as_in, boundary_of, bounds_of
from app.core.calendar.fiscal_years import PeriodName
from app.core.calendar.periods import day_start_ms, zone_named
from app.core.inventory.inventory import Consolidation, FieldProblem, InvalidFields
from app.models import Organization, id_of
from app.models import Target as TargetModel
from app.store.directory.fiscal_years import calendar_of
from app.store.reporting.targets import TargetRow

MOST_YEARS = 200
"""Each year of a target has a ledger of its own: a request for the year 9000 would make seven thousand."""

_BaseKey = tuple[int, tuple[tuple[str, Held], ...]]


def measure_of(target: TargetModel) -> Measure:
    """Return what a stored target measures."""
    return Measure(target.metric, json.loads(target.dimensions), target.denominator)


@dataclass(frozen=True, slots=True)
class TargetBooks:
    """The years of an organization or of one plant; `others` remembers base years by other boundaries.

    `boundary` is the stored one, with every plant's shares as they are dated.
    """

    organization: Organization
    plant: str | None
    boundary: Boundary
    sites: Mapping[str, Site]
    books: Mapping[PeriodName, YearBooks]
    gwp_set_of: GwpSetOf
    air: bool
    others: dict[_BaseKey, YearBooks] = field(default_factory=dict)
    weighed: dict[tuple[_BaseKey, Potentials], YearBooks] = field(default_factory=dict)

    @classmethod
    def open(
        cls,
        session: Session,
        organization: Organization,
        plant: str | None,
        rows: Sequence[TargetRow],
        year: int,
        gwp_set_of: GwpSetOf,
    ) -> "TargetBooks":
        """Return the books of these targets' base years and of every year from the first of them to `year`.

        Raises InvalidFields for a year that lies more than `MOST_YEARS` behind the first base year.
        """
        bases = {row.target.base_year for row in rows}
        if year - min(bases) > MOST_YEARS:
            words = f"targets are told of for {MOST_YEARS} years after the first base year, which is {min(bases)}"
            raise InvalidFields([FieldProblem("year", "too_far", words)])
        calendar = calendar_of(organization)
        # A base year may lie far ahead of the year that is asked for: those in between are of no target.
        years = [each for each in sorted({*range(min(*bases, year - 1), year + 1), *bases}) if calendar.has(each)]
        boundary = boundary_of(session, organization, plants=() if plant is None else (plant,))
        measures = [measure_of(row.target) for row in rows]
        air = any(each.metric.startswith("air.") for each in measures)
        return cls(
            organization=organization,
            plant=plant,
            boundary=boundary,
            sites=sites_of(session, id_of(organization), Consolidation(organization.consolidation)),
            books=open_years(session, boundary, years=years, gwp_set_of=gwp_set_of, air=air),
            gwp_set_of=gwp_set_of,
            air=air,
        )

    def book_of(self, row: TargetRow) -> MetricBook:
        """Return the metrics that there are of a target's place."""
        return self.books[row.target.base_year].book

    def of_year(self, row: TargetRow, year: int) -> Measured | None:
        """Return what a target measures in a year."""
        return measured(self.books[year], measure_of(row.target))

    def years(self, first: int, last: int) -> list[int]:
        """Return the years from `first` to `last` that there are: a new label of the fiscal year may skip a number."""
        return [year for year in range(first, last + 1) if year in self.books]

    def is_over(self, year: int, now_ms: int) -> bool:
        """Tell whether a reporting year has ended in the organization's time zone by an instant (UTC ms)."""
        return day_start_ms(zone_named(self.organization.timezone), bounds_of(self.organization, year)[1]) <= now_ms

    def before(self, session: Session, year: int) -> YearBooks | None:
        """Return the year before, each plant held as it is in the year; None where it has other calendar days."""
        if year - 1 not in self.books:
            return None
        days = [same_day(day, -1) for day in bounds_of(self.organization, year)]
        if days != list(bounds_of(self.organization, year - 1)):
            return None
        moved = boundary_as_in(self.boundary, year - 1, held_in=year)
        if moved is self.boundary:
            return self.books[year - 1]
        return self._open(session, moved, year - 1)

    def potentials(self, row: TargetRow, year: int) -> Potentials | None:
        """Return by which potentials a target's metric is stated in a year; None where it holds no CO2e of gases."""
        if not uses_potentials(measure_of(row.target), self.book_of(row)):
            return None
        chosen = self.gwp_set_of(year)
        return Potentials(chosen.name, chosen.splits_methane)

    def held_when_set(self, row: TargetRow) -> dict[str, Held]:
        """Return the shares of the base year that were kept when the target was made; {} for one plant."""
        if self.plant is not None:
            return {}
        return held_from(row.target.base_shares, *bounds_of(self.organization, row.target.base_year))

    def held_in(self, year: int, base_year: int) -> dict[str, Held]:
        """Return the shares of every plant in a year, day by day, on the days of the base year; {} for one plant."""
        if self.plant is not None:
            return {}
        days = bounds_of(self.organization, year)
        first_day, end_day = bounds_of(self.organization, base_year)
        return {
            plant: tuple(shares_in(held_as_in(site, *days, years=base_year - year), first_day, end_day))
            for plant, site in self.sites.items()
        }

    def base(
        self, session: Session, row: TargetRow, held: Mapping[str, Held], potentials: Potentials | None
    ) -> Measured | None:
        """Return what a target's base year comes to today with these shares of the plants, by these potentials."""
        year = row.target.base_year
        books = self._held(session, year, held)
        if potentials is not None:
            books = self._weighed(books, (year, tuple(sorted(held.items()))), potentials)
        return measured(books, measure_of(row.target))

    def _held(self, session: Session, year: int, held: Mapping[str, Held]) -> YearBooks:
        if self.plant is not None or not boundary_changes(held, self.held_in(year, year)):
            return self.books[year]
        key = year, tuple(sorted(held.items()))
        if key not in self.others:
            boundary = boundary_with(session, self.organization, self.sites, held)
            self.others[key] = self._open(session, boundary, year)
        return self.others[key]

    def _weighed(self, books: YearBooks, key: _BaseKey, potentials: Potentials) -> YearBooks:
        if (key, potentials) not in self.weighed:
            chosen = set_of(potentials)
            self.weighed[key, potentials] = replace(books, gwp_set=chosen, evaluation=books.evaluation.under(chosen))
        return self.weighed[key, potentials]

    def _open(self, session: Session, boundary: Boundary, year: int) -> YearBooks:
        found = open_years(session, boundary, years=[year], gwp_set_of=self.gwp_set_of, air=self.air)
        return found[year]


def set_of(potentials: Potentials) -> GwpSet:
    """Return the GWP set of these potentials; raises UnknownGwpSet."""
    return gwp_set_named(potentials.name, splits_methane=potentials.splits_methane)


def boundary_with(
    session: Session, organization: Organization, sites: Mapping[str, Site], held: Mapping[str, Held]
) -> Boundary:
    """Return the organization's boundary as it is with these shares of its plants; a plant that is gone is left out."""
    groups: list[Group] = []
    for plant, shares in sorted(held.items()):
        if plant in sites and any(each.share for each in shares):
            part = boundary_of(session, organization, plants=[plant])
            later = tuple((each.first_day, each.share) for each in shares[1:])
            site = replace(sites[plant], share=shares[0].share, later=later)
            groups += [replace(group, site=site) for group in part.groups]
    return replace(boundary_of(session, organization), groups=tuple(groups))
