"""By which edition of a framework an organization reports a year, unless one is asked for."""

from collections.abc import Iterator, Sequence

from sqlmodel import Session

from app.accounting.breakdowns.reporting_years import GwpSetOf
from app.accounting.factors.gwp import GwpSet
from app.core.calendar.fiscal_years import PeriodName, year_of
from app.core.inventory.inventory import FieldProblem
from app.disclosure.figures.books import gwp_set_in, gwp_sets_of
from app.disclosure.frameworks.editions import default_names, editions_in, framework_names
from app.disclosure.frameworks.frameworks import Framework
from app.models import Organization


def names_of(organization: Organization) -> tuple[str, ...]:
    """Return the families and editions an organization reports by, the main one first; the default without a choice."""
    chosen = organization.frameworks
    return tuple(chosen.split(",")) if chosen else default_names()


def frameworks_for(organization: Organization, year: PeriodName) -> list[Framework]:
    """Return the editions in force in a reporting period among those an organization reports by, the main one first."""
    return editions_in(names_of(organization), year_of(year))


def framework_for(organization: Organization, year: PeriodName) -> Framework:
    """Return the edition by which an organization reports a period: the first that is in force, else the nearest."""
    return frameworks_for(organization, year)[0]


def name_problems(names: Sequence[str]) -> Iterator[FieldProblem]:
    """Yield what is wrong with a choice of frameworks, by their place."""
    if not names:
        yield FieldProblem("frameworks", "missing", "name one framework at least, or null for the default")
    for index, name in enumerate(names):
        if name not in framework_names():
            words = f"There is no framework {name!r}; there are {', '.join(framework_names())}"
            yield FieldProblem("frameworks", "unknown_framework", words, index)
        elif name in names[:index]:
            yield FieldProblem("frameworks", "named_twice", f"{name} is in the list already", index)


def gwp_sets_by(session: Session, organization: Organization, framework: Framework | None) -> GwpSetOf:
    """Return which GWP set a year's figures are stated by: a framework's, or that by which the year is reported."""
    known: dict[str, dict[int | None, str]] = {}

    def of_year(year: PeriodName) -> GwpSet:
        chosen = framework or framework_for(organization, year)
        if chosen.code not in known:
            known[chosen.code] = gwp_sets_of(session, organization, chosen)
        return gwp_set_in(chosen, known[chosen.code], year)

    return of_year
