"""By which edition of a framework an organization reports a year, unless one is asked for."""

from sqlmodel import Session

from app.accounting.breakdown_service import GwpSetOf
from app.accounting.gwp import GwpSet
from app.core.fiscal_years import PeriodName
from app.disclosure.frameworks import Framework, framework_named
from app.disclosure.service import gwp_set_in, gwp_sets_of
from app.models import Organization


def framework_for(organization: Organization, year: PeriodName) -> Framework:
    """Return the edition by which an organization reports a year."""
    return framework_named("hkex-2020")


def gwp_sets_by(session: Session, organization: Organization, framework: Framework | None) -> GwpSetOf:
    """Return which GWP set a year's figures are stated by: a framework's, or that by which the year is reported."""
    known: dict[str, dict[int | None, str]] = {}

    def of_year(year: PeriodName) -> GwpSet:
        chosen = framework or framework_for(organization, year)
        if chosen.code not in known:
            known[chosen.code] = gwp_sets_of(session, organization, chosen)
        return gwp_set_in(chosen, known[chosen.code], year)

    return of_year
