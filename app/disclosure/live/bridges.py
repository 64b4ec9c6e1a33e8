"""Bridges of a framework's figures between two reporting years."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from sqlmodel import Session

from app.accounting.findings import Finding, Severity
from app.accounting.metrics.bridge import Bridge, Steps, bridge
from app.accounting.metrics.consumption import Where
from app.accounting.metrics.evaluate import Evaluation
from app.accounting.metrics.standard_coal import in_standard_coal
from app.accounting.metrics.vocabulary import MetricBook
from app.accounting.stacks.stack_masses import with_air
from app.accounting.years.ledgers import Boundary, boundary_as_in, ledgers
from app.core.calendar.fiscal_years import PeriodName, ReportingPeriod
from app.core.sentences import sentence
from app.disclosure.figures.books import Books, gwp_set_in, gwp_sets_of, open_books
from app.disclosure.frameworks.frameworks import FigureSpec, printed_units
from app.store.arrivals.entered import read_as_of
from app.store.directory.fiscal_years import calendar_of
from app.store.engine.database import Database


@dataclass(frozen=True, slots=True)
class FigureBridge:
    """A figure and what moved it, in its printed unit; `checks` are what either year lacks."""

    spec: FigureSpec
    unit: str
    dimensions: Mapping[str, str] = field(hash=False)
    bridge: Bridge
    checks: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class YearBridge:
    """Every figure that has a value in both years, with what moved it from one to the other."""

    books: Books
    from_period: ReportingPeriod
    period: ReportingPeriod
    plant: str | None
    figures: tuple[FigureBridge, ...]

    @property
    def checks(self) -> tuple[Finding, ...]:
        """Return what must be said of the two periods: that one is longer than a leap day makes a year."""
        days = [each.end_day - each.first_day for each in (self.from_period, self.period)]
        if abs(days[1] - days[0]) <= 1:
            return ()
        words = sentence(
            "%(from_period)s has %(from_days)s days and %(period)s has %(days)s: a part of the activity is that",
            from_period=self.from_period,
            from_days=days[0],
            period=self.period,
            days=days[1],
        )
        return (Finding("periods_of_different_length", Severity.WARNING, words),)


def year_bridge(
    database: Database,
    *,
    organization: str,
    framework: str,
    from_year: PeriodName,
    year: PeriodName,
    plant: str | None = None,
    as_of_ms: int | None = None,
) -> YearBridge:
    """Compute the bridge of every figure from one year to another; raises NotThere and UnknownFramework."""
    with read_as_of(database, as_of_ms, organization) as session:
        books = open_books(
            session,
            organization=organization,
            framework=framework,
            year=year,
            plant=plant,
            earlier=0,
            as_of_ms=as_of_ms,
        )
        steps = _between(session, books, from_year, year)
        from_period = calendar_of(books.organization).named(from_year)
    return YearBridge(books, from_period, books.period, plant, tuple(_bridges(books, steps)))


def _between(session: Session, books: Books, from_year: PeriodName, year: PeriodName) -> Steps:
    sets = gwp_sets_of(session, books.organization, books.framework)
    before, after = gwp_set_in(books.framework, sets, from_year), gwp_set_in(books.framework, sets, year)

    def evaluation(boundary: Boundary) -> Evaluation:
        ledger = with_air(session, boundary, ledgers(session, boundary, [from_year])[from_year])
        return Evaluation(ledger, books.metrics, before)

    moved = boundary_as_in(books.boundary, from_year, held_in=year)
    earlier = evaluation(books.boundary)
    bounded = earlier if moved is books.boundary else evaluation(moved)
    factored = books.evaluations[year].under(before)
    return Steps(earlier, bounded, factored, books.evaluations[year] if after != before else factored)


def _bridges(books: Books, steps: Steps) -> Iterator[FigureBridge]:
    for spec in books.specs:
        found = figure_bridge(spec, books.metrics, steps, {})
        if found is not None:
            ends = [way.amount(spec.metric.key, {}) for way in (steps.start, steps.end)]
            lacking = dict.fromkeys(finding for amount in ends for finding in amount.lacking)
            yield FigureBridge(spec, books.unit(spec), {}, found, tuple(lacking))


def figure_bridge(spec: FigureSpec, metrics: MetricBook, steps: Steps, where: Where) -> Bridge | None:
    """Return the bridge of a figure in its printed unit; None when it lacks a value on the way.

    What is printed in standard coal has none: that is not in proportion to the energy that is bridged.
    """
    own = metrics.unit(spec.metric.key)
    if in_standard_coal(own, spec.unit):
        return None
    return bridge(steps, spec.metric.key, where, lambda value: printed_units(value, own, spec.unit))
