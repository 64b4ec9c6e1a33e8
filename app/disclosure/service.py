"""The live disclosure: every figure of a framework for a year, with two earlier years beside it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from app.accounting.consumption import Where
from app.accounting.evaluate import Evaluation
from app.accounting.findings import Finding, Severity
from app.accounting.formulas import Energy, Level, Quantity
from app.accounting.gwp import gwp_set_named
from app.accounting.metrics import Metric, MetricBook, metric_book
from app.accounting.service import Boundary, boundary_of, ledgers
from app.core.periods import day_start_ms, instant_from_ms, zone_named
from app.core.quantities import Rounding
from app.core.resources import matches
from app.disclosure.figures import Comparative, Figure, amount_of, figure, shown, unit_of
from app.disclosure.frameworks import FigureSpec, Framework, framework_named, specs_of
from app.models import Organization
from app.store.engine import Database
from app.store.organizations import organization_of

COMPARATIVE_YEARS = 2


@dataclass(frozen=True, slots=True)
class Disclosure:
    """The figures of an organization, or of one plant, for a reporting year; start and end are UTC instants."""

    organization: str
    framework: Framework
    year: int
    plant: str | None
    start: datetime
    end: datetime
    figures: tuple[Figure, ...]
    checks: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Books:
    """What figures are made from: the boundary, the metrics, and each year's evaluation, newest first."""

    organization: Organization
    boundary: Boundary
    framework: Framework
    metrics: MetricBook
    evaluations: Mapping[int, Evaluation]
    first_day: int
    end_day: int


def live_disclosure(
    database: Database, *, organization: str, framework: str, year: int, plant: str | None = None
) -> Disclosure:
    """Compute a disclosure from what is stored now; raises NotThere and UnknownFramework."""
    with database.read() as session:
        books = open_books(session, organization=organization, framework=framework, year=year, plant=plant)
    zone = zone_named(books.organization.timezone)
    return Disclosure(
        organization=books.organization.code,
        framework=books.framework,
        year=year,
        plant=plant,
        start=instant_from_ms(day_start_ms(zone, books.first_day)),
        end=instant_from_ms(day_start_ms(zone, books.end_day)),
        figures=tuple(_figures(books, year)),
        checks=tuple(_effective(books.framework, year)),
    )


def open_books(
    session: Session,
    *,
    organization: str,
    framework: str,
    year: int,
    plant: str | None,
    earlier: int = COMPARATIVE_YEARS,
) -> Books:
    """Return what the figures of a year and of `earlier` years before it are computed from.

    Raises NotThere for an unknown organization or plant, UnknownFramework.
    """
    chosen = framework_named(framework)
    row = organization_of(session, organization)
    boundary = boundary_of(session, row, plant=plant)
    metrics = metric_book({meter.resource for meter in boundary.meters})
    years = [year - back for back in range(earlier + 1)]
    by_year = ledgers(session, boundary, years)
    gwp_set = gwp_set_named(chosen.gwp_set)
    evaluations = {each: Evaluation(by_year[each], metrics, gwp_set) for each in years}
    ledger = by_year[year]
    return Books(row, boundary, chosen, metrics, evaluations, ledger.first_day, ledger.end_day)


def _figures(books: Books, year: int) -> Iterator[Figure]:
    rounding = Rounding(books.organization.rounding)
    for spec in specs_of(books.framework, books.metrics):
        unit = unit_of(spec, books.metrics, currency=books.organization.currency)
        for where in dimensions_of(spec, books):
            amounts = {each: amount_of(spec, where, found) for each, found in books.evaluations.items()}
            comparatives = [
                Comparative(each, amount.value, shown(amount.value, spec, rounding), restated=False)
                for each, amount in amounts.items()
                if each != year
            ]
            yield figure(spec, where, amounts[year], unit=unit, comparatives=comparatives, rounding=rounding)


def dimensions_of(spec: FigureSpec, books: Books) -> Sequence[Where]:
    """Return the total and one breakdown for each value its dimensions take on the organization's meters."""
    found: list[Where] = [{}]
    for name in spec.dimensions:
        values = {
            meter.attributes[name]
            for meter in books.boundary.meters
            if name in meter.attributes and _uses(spec.metric, meter.resource)
        }
        found += [{name: value} for value in sorted(values)]
    return found


def _uses(metric: Metric, resource: str) -> bool:
    match metric.formula:
        case Quantity(resources) | Level(resources, _) | Energy(resources):
            return any(matches(each, resource) for each in resources)
    return False


def _effective(framework: Framework, year: int) -> Iterator[Finding]:
    if not framework.holds_in(year):
        years = f"{framework.first_year or 'the first year'} to {framework.last_year or 'today'}"
        words = f"{framework.code} was made for the reporting years {years}; {year} lies outside"
        yield Finding("outside_effective_years", Severity.WARNING, words)
