"""The live disclosure: every figure of a framework for a year, with two earlier years beside it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlmodel import Session

from app.accounting.findings import Finding, Severity
from app.accounting.metrics.formulas import Ratio
from app.accounting.metrics.so_far import so_far
from app.core.calendar.fiscal_years import PeriodName, ReportingPeriod, year_of
from app.core.calendar.periods import instant_from_ms, zone_named
from app.core.sentences import sentence
from app.core.spans import spanned
from app.core.units.quantities import Rounding
from app.disclosure.checks.running import disclosure_findings
from app.disclosure.figures.books import Books, dimensions_of, open_books
from app.disclosure.figures.figures import Comparative, Figure, amount_of, figure, shown
from app.disclosure.figures.stated import stated_figures
from app.disclosure.frameworks.frameworks import FigureSpec, Framework
from app.disclosure.history.standing import LIVE, Standing, standing_of
from app.disclosure.live.comparatives import Computed, Published, published_of, with_published, with_what_must_be_said
from app.models import id_of
from app.store.arrivals.entered import read_as_of
from app.store.engine.database import Database


@dataclass(frozen=True, slots=True)
class Disclosure:
    """The figures of an organization, or of one plant, for a reporting period in `zone`; as_of is a UTC instant.

    `periods` are that period and those beside it, newest first.
    """

    organization: str
    framework: Framework
    period: ReportingPeriod
    zone: ZoneInfo
    plant: str | None
    periods: tuple[ReportingPeriod, ...]
    figures: tuple[Figure, ...]
    checks: tuple[Finding, ...]
    as_of: datetime | None = None
    standing: Standing = LIVE


def live_disclosure(
    database: Database,
    *,
    organization: str,
    framework: str,
    year: PeriodName,
    plant: str | None = None,
    as_of_ms: int | None = None,
    now_ms: int | None = None,
) -> Disclosure:
    """Compute a disclosure from what is stored now, or was stored at an instant; raises NotThere, UnknownFramework.

    Nothing is missing of the days from `now_ms` on (UTC); None means that the year is over.
    """
    with read_as_of(database, as_of_ms, organization) as session:
        books = open_books(
            session, organization=organization, framework=framework, year=year, plant=plant, as_of_ms=as_of_ms
        )
        return disclosed(session, books, year=year, plant=plant, as_of_ms=as_of_ms, now_ms=now_ms)


@spanned("disclosure.figures")
def disclosed(
    session: Session,
    books: Books,
    *,
    year: PeriodName,
    plant: str | None = None,
    as_of_ms: int | None = None,
    now_ms: int | None = None,
) -> Disclosure:
    """Return the disclosure of a reporting period that these books, opened in the session, hold."""
    figures, standing = figures_of(books, year, now_ms=now_ms), LIVE
    published: Published = {}
    if plant is None and as_of_ms is None:
        organization_id = id_of(books.organization)
        published = published_of(session, organization_id, books.framework, figures)
        standing = standing_of(session, organization_id, books.framework.code, year)
    computed = Computed(books.framework, books.amount, books.evaluations)
    figures = with_what_must_be_said(figures, with_published(published, figures, computed), published, computed)
    found = disclosure_findings(session, books, figures, plant=plant, now_ms=now_ms)
    return Disclosure(
        organization=books.organization.code,
        framework=books.framework,
        period=books.periods[year],
        zone=zone_named(books.organization.timezone),
        plant=plant,
        periods=tuple(books.periods.values()),
        figures=tuple(figures),
        checks=(*_effective(books.framework, year_of(year)), *_past(as_of_ms), *found),
        as_of=None if as_of_ms is None else instant_from_ms(as_of_ms),
        standing=standing,
    )


def figures_of(books: Books, year: PeriodName, *, now_ms: int | None = None) -> list[Figure]:
    """Return every figure of a period, measured or stated, in the order of the framework; comparatives are live.

    The days from `now_ms` on (UTC) are to come; None means that the year is over.
    """
    return _in_file_order(books, [*_figures(books, year, now_ms), *stated_figures(books.stated, year)])


def _figures(books: Books, year: PeriodName, now_ms: int | None) -> Iterator[Figure]:
    rounding = Rounding(books.organization.rounding)
    meters = {each.code: each for each in books.boundary.meters}
    for spec in (spec for spec in books.specs if _has_place(spec, books)):
        unit = books.unit(spec)
        for where in dimensions_of(spec, books.boundary):
            amounts = {each: amount_of(spec, where, found) for each, found in books.evaluations.items()}
            comparatives = [
                Comparative(books.periods[each], amount.value, shown(amount.value, spec, rounding), restated=False)
                for each, amount in amounts.items()
                if each != year
            ]
            come = None if now_ms is None else so_far(amounts[year], meters, now_ms=now_ms)
            yield figure(
                spec,
                where,
                amounts[year],
                unit=unit,
                comparatives=comparatives,
                rounding=rounding,
                come=come,
            )


def _has_place(spec: FigureSpec, books: Books) -> bool:
    """Tell whether a figure stands in the table: an intensity per an optional denominator does where both have data."""
    formula = spec.metric.formula
    if spec.asked or not isinstance(formula, Ratio) or not books.metrics.denominators[formula.per].optional:
        return True
    found = books.evaluations.values()
    return any(all(each.amount(key, {}).has_data for key in (formula.of, formula.per)) for each in found)


def _in_file_order(books: Books, figures: Sequence[Figure]) -> list[Figure]:
    places = {spec.key: spec.place for spec in books.specs} | {spec.key: spec.place for spec in books.stated.specs}
    return sorted(figures, key=lambda figure: places[figure.key])


def _effective(framework: Framework, year: int) -> Iterator[Finding]:
    if not framework.holds_in(year):
        years = sentence(
            "%(first)s to %(last)s",
            first=framework.first_year or sentence("the first year"),
            last=framework.last_year or sentence("today"),
        )
        words = sentence(
            "%(framework)s was made for the reporting years %(years)s; %(year)s lies outside",
            framework=framework.code,
            years=years,
            year=year,
        )
        yield Finding("outside_effective_years", Severity.WARNING, words)


def _past(as_of_ms: int | None) -> Iterator[Finding]:
    if as_of_ms is not None:
        words = sentence(
            "readings, datapoints, own factors, calorific values and instruments are the instant's; "
            "pins, GWP sets and shares today's"
        )
        yield Finding("as_of", Severity.INFO, words)
