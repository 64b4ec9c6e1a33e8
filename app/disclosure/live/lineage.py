"""The lineage of a figure: its formula and the terms that add up to it exactly, down to meters and factor sources."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal

from app.accounting.ledger.amounts import Amount
from app.accounting.years.believed import Believed
from app.core.calendar.fiscal_years import PeriodName
from app.disclosure.figures.books import Books, open_books
from app.disclosure.figures.figures import amount_of, unit_ratio
from app.disclosure.figures.months import by_month
from app.disclosure.figures.stated import StatedBy, StatedYears, statement_of
from app.disclosure.frameworks.stated_specs import StatedSpec
from app.disclosure.live.lineage_terms import LineageTerm, lineage_term
from app.models import id_of
from app.store.arrivals.entered import read_as_of
from app.store.engine.database import Database


@dataclass(frozen=True, slots=True)
class Divisor:
    """What a quotient was divided by: its own value and the terms that add up to it."""

    value: Decimal | None
    unit: str
    terms: tuple[LineageTerm, ...]


@dataclass(frozen=True, slots=True)
class Lineage:
    """How a figure came about; `value` is the exact sum of the terms' values, None without any.

    `unit_ratio`, an exact fraction, turns the sum of quantity x conversion x share x factor into the figure's unit; of
    a quotient it holds the step of what was divided by.

    A figure that no meter gives has no terms: `stated` says who stated it, None where nobody has.
    """

    key: str
    dimensions: Mapping[str, str] = field(hash=False)
    value: Decimal | None
    unit: str
    unit_ratio: str
    formula: str
    terms: tuple[LineageTerm, ...]
    divisor: Divisor | None
    stated: StatedBy | None = None
    kpi: str = ""
    title: str = ""
    """As the framework calls it."""


class UnknownFigure(LookupError):
    """The framework has no such figure."""


def figure_lineage(
    database: Database,
    *,
    organization: str,
    framework: str,
    year: PeriodName,
    key: str,
    dimensions: Mapping[str, str],
    plant: str | None = None,
    as_of_ms: int | None = None,
    monthly: bool = False,
) -> Lineage:
    """Compute the lineage of a figure, as of now or an instant, its terms by month if asked.

    Raises NotThere, UnknownFramework, UnknownFigure.
    """
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
        believed = Believed(session, id_of(books.organization), as_of_ms) if monthly else None
        return lineage_of(books, year, key, dimensions, monthly_from=believed)


def lineage_of(
    books: Books, year: PeriodName, key: str, dimensions: Mapping[str, str], *, monthly_from: Believed | None = None
) -> Lineage:
    """Return the lineage of a figure of these books, by month when given where their buckets come from.

    Raises UnknownFigure for an unknown key or dimension.
    """
    asked = books.stated.spec(key)
    if asked is not None:
        return _stated(books.stated, asked, dimensions, year)
    spec = next((spec for spec in books.specs if spec.metric.key == key), None)
    if spec is None:
        raise UnknownFigure(f"{books.framework.code} has no figure {key!r}")
    if len(dimensions) > 1 or not set(dimensions) <= set(spec.dimensions):
        broken_down = ", ".join(spec.dimensions) or "nothing"
        raise UnknownFigure(f"{key} is broken down by {broken_down}, one at a time")
    amount = amount_of(spec, dimensions, books.evaluations[year])
    if monthly_from is not None:
        amount = _monthly(monthly_from, books, amount)
    return Lineage(
        key=key,
        dimensions=dict(dimensions),
        value=amount.value,
        unit=books.unit(spec),
        unit_ratio=str(unit_ratio(spec, books.metrics)),
        formula=amount.formula,
        terms=_terms(amount),
        divisor=_divisor(amount.divisor),
        kpi=spec.kpi,
        title=spec.title,
    )


def _stated(years: StatedYears, spec: StatedSpec, dimensions: Mapping[str, str], year: PeriodName) -> Lineage:
    if not set(dimensions) <= set(spec.dimensions):
        raise UnknownFigure(f"{spec.key} is broken down by {', '.join(spec.dimensions) or 'nothing'}")
    stated = years.books[year].at(spec.key, dimensions)
    return Lineage(
        key=spec.key,
        dimensions=dict(dimensions),
        value=years.value(spec, dimensions, year),
        unit=years.unit(spec),
        unit_ratio="1",
        formula="stated",
        terms=(),
        divisor=None,
        stated=None if stated is None else statement_of(stated),
        kpi=spec.kpi,
        title=spec.title,
    )


def _monthly(believed: Believed, books: Books, amount: Amount) -> Amount:
    divisor = None if amount.divisor is None else _monthly(believed, books, amount.divisor)
    return replace(amount, terms=tuple(by_month(believed, books.boundary, amount.terms)), divisor=divisor)


def _divisor(amount: Amount | None) -> Divisor | None:
    return None if amount is None else Divisor(amount.value, amount.unit, _terms(amount))


def _terms(amount: Amount) -> tuple[LineageTerm, ...]:
    return tuple(map(lineage_term, amount.terms))
