"""Factors that are used past their time: the newest edition of their series, carried forward for years."""

from sqlmodel import Session

from app.core.calendar.fiscal_years import PeriodName
from app.disclosure.figures.books import open_books
from app.disclosure.figures.figures import amount_of


def carried_forward(session: Session, *, organization: str, framework: str, year: PeriodName) -> dict[str, int]:
    """Return the age in years of each factor that a year's figures use past its window, by code."""
    books = open_books(session, organization=organization, framework=framework, year=year, plant=None, earlier=0)
    ages: dict[str, int] = {}
    for spec in books.specs:
        for term in amount_of(spec, {}, books.evaluations[year]).terms:
            if term.choice is not None and term.choice.carried_forward_years is not None:
                ages[term.choice.factor.code] = term.choice.carried_forward_years
    return dict(sorted(ages.items()))
