"""Our own figures of a year as the statement that the checks read."""

from collections.abc import Iterable, Iterator
from decimal import Decimal

from app.accounting.factors.gwp import gwp_set_named
from app.accounting.metrics.evaluate import NOWHERE
from app.accounting.metrics.formulas import Emissions
from app.core.calendar.fiscal_years import PeriodKind, PeriodName
from app.core.units.quantities import Rounding
from app.disclosure.checks.printed import cited
from app.disclosure.checks.statement import Answer, CitedFactor, IndexEntry, Line, PlantStated, Statement, in_order
from app.disclosure.figures.books import Books
from app.disclosure.figures.figures import Figure

EXPLANATION, KPI = "explanation", "kpi"
"""The indicator by which a KPI that has no figure is explained, and the dimension that names the KPI."""


def live_statement(books: Books, figures: Iterable[Figure]) -> Statement:
    """Return the figures of the books' year, as they are printed, with the years beside it."""
    year = books.period.year
    sites = {group.site.place.plant: group.site for group in books.boundary.groups}
    return Statement(
        framework=books.framework,
        metrics=books.metrics,
        specs=in_order((*books.specs, *books.stated.specs)),
        year=year,
        currency=books.organization.currency,
        rounding=Rounding(books.organization.rounding),
        plants=tuple(PlantStated(site.place, site.name) for site in sites.values()),
        lines=tuple(line for figure in figures for line in _lines(figure, books)),
        known_factors=books.boundary.book.factors,
        index={kpi: IndexEntry(Answer.EXPLAINED, text) for kpi, text in explanations(books, books.period.name).items()},
    )


def explanations(books: Books, year: PeriodName) -> dict[str, str]:
    """Return why KPIs have no figure, as it was stated for a period, by the KPI's code."""
    stated = books.stated.books[year].all_of(EXPLANATION)
    return {each.dimensions[KPI]: each.text for each in stated if each.text and KPI in each.dimensions}


def _lines(figure: Figure, books: Books) -> Iterator[Line]:
    """Yield a line for each year; a transition period is not held against years, nor they against it."""
    year = books.period.year
    computed = figure.key in books.metrics.metrics
    factors = tuple(_factors(figure, books)) if computed else ()
    shown = {year: (figure.display, figure.text)}
    if books.period.kind is not PeriodKind.TRANSITION:
        years = (each for each in figure.comparatives if each.period.kind is not PeriodKind.TRANSITION)
        shown |= {each.year: (each.display, each.text) for each in years}
    for each, (digits, text) in shown.items():
        if digits is not None or text is not None:
            yield Line(
                year=each,
                kpi=figure.kpi,
                key=figure.key,
                title=figure.title,
                dimensions=figure.dimensions,
                value=None if digits is None else Decimal(digits),
                unit=figure.unit,
                decimals=0 if digits is None else len(digits.partition(".")[2]),
                factors=factors if each == year else (),
                text=text,
                computed=computed,
            )


def _factors(figure: Figure, books: Books) -> Iterator[CitedFactor]:
    """Yield the factors a figure of emissions rests on, each with the plants it was applied to."""
    formula = books.metrics.metrics[figure.key].formula
    if not isinstance(formula, Emissions) or figure.dimensions:
        return
    framework = books.framework
    gwp_set = gwp_set_named(framework.gwp_set, splits_methane=framework.splits_methane)
    used: dict[str, set[str]] = {}
    factors = {}
    for term in books.evaluations[books.period.name].amount(figure.key, NOWHERE).plain_terms:
        if term.choice is not None and term.value:
            factors[term.choice.factor.code] = term.choice.factor
            used.setdefault(term.choice.factor.code, set()).add(term.activity.site.place.plant)
    for code, factor in factors.items():
        yield cited(factor, gwp_set, frozenset(used[code]))
