"""How targets stand: each year against the base by its own boundary and GWP set, and where a running year heads."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial

from sqlmodel import Session

from app.accounting.breakdowns.reporting_years import GwpSetOf
from app.accounting.findings import Finding, Severity
from app.accounting.targets.projection import RunningYear, projected
from app.accounting.targets.target_base import FrozenBase
from app.accounting.targets.target_base_year import BaseYear, as_percent, base_year
from app.accounting.targets.target_history import histories
from app.accounting.targets.target_measure import STATED, Measured, stated_parts
from app.accounting.targets.target_rules import in_unit
from app.accounting.targets.target_years import TargetBooks, measure_of
from app.accounting.targets.targets import (
    Base,
    Path,
    Printed,
    Projection,
    ProjectionMethod,
    TargetDirection,
    TargetStatus,
    allowed,
    status,
)
from app.core.calendar.periods import local_day, zone_named
from app.core.sentences import listed, sentence
from app.models import Organization, id_of
from app.store.directory.fiscal_years import calendar_of
from app.store.inventory.organizations import organization_of
from app.store.inventory.plants import plant_of
from app.store.reporting.targets import TargetRow, targets_of

YEAR_PARTIAL = "year_partial"
"""The code of what is found of a year that is not judged for want of readings."""

PrintedOf = Callable[[TargetRow], Printed | None]
"""How the numbers of a target are shown, None where nothing says: they are then judged with all their digits."""


@dataclass(frozen=True, slots=True)
class TargetYear:
    """One year of a target, in its unit: what the metric came to, what it may be, and how the year stands.

    It is held against `base`, the base year by the boundary of this year where that differs by more than the threshold.
    `checks` are those of the base and of the year's own figure.
    """

    year: int
    value: Decimal | None
    base: Base
    allowed: Decimal | None
    coverage: Decimal | None
    status: TargetStatus
    projection: Projection
    checks: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class TargetStanding:
    """A target with its base by the boundary of the year asked for, and every year after the base year up to it.

    They end with the goal's year. `printed` is how its numbers are shown, on which the years are judged.
    """

    row: TargetRow
    base_year: BaseYear
    years: tuple[TargetYear, ...]
    printed: Printed | None

    @property
    def base(self) -> Base:
        """Return the base by the boundary of the year asked for."""
        return self.base_year.base


def path_of(row: TargetRow) -> Path:
    """Return how a stored target runs."""
    target = row.target
    return Path(
        base_year=target.base_year,
        yearly_reduction=target.yearly_reduction,
        compounding=target.compounding,
        goal=target.goal,
        goal_year=target.goal_year,
        direction=TargetDirection(target.direction),
    )


def standings(
    session: Session,
    *,
    organization: str,
    year: int,
    plants: Collection[str] = (),
    gwp_set_of: GwpSetOf,
    now_ms: int,
    printed_of: PrintedOf = lambda _row: None,
) -> list[TargetStanding]:
    """Return how every target stands in a year, or those of some plants; raises NotThere and UnknownPeriod."""
    row = organization_of(session, organization)
    calendar_of(row).named(year)
    rows = targets_of(session, id_of(row), plants=plants)
    for plant in plants:
        plant_of(session, id_of(row), plant)
    known = histories(session, row, rows)
    found: dict[str, TargetStanding] = {}
    for place in dict.fromkeys(each.plant for each in rows):
        of_place = [each for each in rows if each.plant == place]
        books = TargetBooks.open(session, row, place, of_place, year, gwp_set_of)
        view = _View(session, row, year, books, now_ms)
        found |= {each.target.code: view.standing(each, known[each.target.code], printed_of(each)) for each in of_place}
    return [found[each.target.code] for each in rows]


@dataclass(frozen=True, slots=True)
class _View:
    session: Session
    organization: Organization
    year: int
    books: TargetBooks
    now_ms: int

    def standing(self, row: TargetRow, history: Sequence[FrozenBase], printed: Printed | None) -> TargetStanding:
        last = min(self.year, row.target.goal_year or self.year)
        bases = {
            year: base_year(self.session, self.books, row, history, year)
            for year in {*self.books.years(row.target.base_year + 1, last), self.year}
        }
        years = [
            self._year(row, year, bases[year], printed) for year in self.books.years(row.target.base_year + 1, last)
        ]
        return TargetStanding(row, bases[self.year], tuple(years), printed)

    def _year(self, row: TargetRow, year: int, base: BaseYear, printed: Printed | None) -> TargetYear:
        path, found, value = path_of(row), self.books.of_year(row, year), None
        if found is not None and found.value is not None:
            value = self._in_unit(found.value, found, row)
        is_over = self.books.is_over(year, self.now_ms)
        projection = self._projection(row, year, found, value, is_over=is_over)
        most = None if base.base.value is None else allowed(path, base.base.value, year)
        checks = [] if found is None else [*found.findings, *_parts_checks(found, base, row, year)]
        is_wrong = any(each.severity is Severity.ERROR for each in checks)
        judged = None if is_wrong else value
        whole = None if found is None or value is None else found.in_proportion(value)
        stands = partial(
            status, path, year, value=judged, projected=projection.value, most=most, is_over=is_over, whole=whole
        )
        stood = stands(printed=printed)
        if stood is not stands(printed=None):
            words = sentence(
                "judged as shown, with %(decimals)s decimals: the digits behind are beyond",
                decimals=printed.decimals if printed else 0,
            )
            checks.append(Finding("judged_as_shown", Severity.INFO, words, key=row.target.metric))
        if found is not None and stood is not stands(printed=printed, whole=None):
            checks.append(_partial_year(found, row, year))
        return TargetYear(
            year=year,
            value=value,
            base=base.base,
            allowed=most,
            coverage=None if found is None else found.coverage,
            status=stood,
            projection=projection,
            checks=(*base.checks, *checks),
        )

    def _projection(
        self, row: TargetRow, year: int, found: Measured | None, value: Decimal | None, *, is_over: bool
    ) -> Projection:
        books = self.books.books[year]
        if is_over or found is None or value is None:
            through = books.ledger.end_day if value is not None else None
            return Projection(value, (ProjectionMethod.ACTUAL,), through)
        running = RunningYear(books, self.books.before(self.session, year), self._today())
        heading = projected(self.session, running, measure_of(row.target), found)
        return replace(heading, value=None if heading.value is None else self._in_unit(heading.value, found, row))

    def _in_unit(self, value: Decimal, found: Measured, row: TargetRow) -> Decimal:
        return in_unit(value, found.unit, row.target.unit, currency=self.organization.currency)

    def _today(self) -> int:
        return local_day(zone_named(self.organization.timezone), self.now_ms)


def _partial_year(found: Measured, row: TargetRow, year: int) -> Finding:
    words = sentence(
        "%(metric)s has readings of %(coverage)s of %(year)s: with the rest in proportion it would stand otherwise",
        metric=row.target.metric,
        coverage=as_percent(found.coverage or Decimal(0)),
        year=year,
    )
    mend = sentence("send the readings that are missing, or estimate the gaps")
    return Finding(YEAR_PARTIAL, Severity.WARNING, words, mend, row.target.metric)


def _parts_checks(found: Measured, base: BaseYear, row: TargetRow, year: int) -> Iterator[Finding]:
    """Yield where a total that is stated by parts has others than its base."""
    before, after = stated_parts(base.counted.composition.above), stated_parts(found.composition.above)
    if not before or STATED in (found.composition.above or ()):
        return
    if missing := sorted(before - after):
        words = sentence(
            "%(missing)s of %(metric)s is in the base and not stated of %(year)s",
            missing=listed(missing),
            metric=row.target.metric,
            year=year,
        )
        yield Finding(
            "missing_part",
            Severity.ERROR,
            words,
            sentence("state it for %(year)s, 0 where it is none", year=year),
            row.target.metric,
        )
    if added := sorted(after - before):
        words = sentence(
            "%(added)s of %(metric)s is stated of %(year)s and not in the base",
            added=listed(added),
            metric=row.target.metric,
            year=year,
        )
        mend = sentence("state it for the base year too, and recalculate the base")
        yield Finding("added_part", Severity.WARNING, words, mend, row.target.metric)
