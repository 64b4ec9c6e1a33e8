"""What is shown of a year's figures now, without comparatives and checks: enough to tell which of them moved."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlmodel import Session

from app.core.calendar.fiscal_years import PeriodName
from app.core.units.quantities import Rounding
from app.disclosure.figures.books import dimensions_of, open_books
from app.disclosure.figures.figures import amount_of, shown, unit_of
from app.disclosure.figures.stated import stated_figures


@dataclass(frozen=True, slots=True)
class ShownFigure:
    """A figure that has a value, and the digits that are printed of it."""

    kpi: str
    key: str
    dimensions: Mapping[str, str]
    unit: str
    display: str


def shown_now(session: Session, *, organization: str, framework: str, year: PeriodName) -> list[ShownFigure]:
    """Return every figure of a reporting period that has a value; raises NotThere and UnknownFramework."""
    books = open_books(session, organization=organization, framework=framework, year=year, plant=None, earlier=0)
    rounding = Rounding(books.organization.rounding)
    found: list[ShownFigure] = []
    for spec in books.specs:
        unit = unit_of(spec, books.metrics, currency=books.organization.currency)
        for where in dimensions_of(spec, books.boundary):
            digits = shown(amount_of(spec, where, books.evaluations[year]).value, spec, rounding)
            if digits is not None:
                found.append(ShownFigure(spec.kpi, spec.metric.key, where, unit, digits))
    found += [
        ShownFigure(figure.kpi, figure.key, figure.dimensions, figure.unit, figure.display)
        for figure in stated_figures(books.stated, year)
        if figure.display is not None
    ]
    return found
