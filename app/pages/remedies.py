"""What mends a finding, as a link to the page where it is done."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from app.accounting.findings import Finding, Statement
from app.core.calendar.fiscal_years import ReportingPeriod
from app.core.calendar.periods import date_of
from app.core.inventory.resources import Catalogue
from app.core.sentences import N_
from app.pages.frame.words import gettext as _

_FORMS: Mapping[Statement, tuple[str, str]] = {
    Statement.CALORIFIC_VALUE: ("calorific-value", N_("State the calorific value: %(what)s, %(plant)s")),
    Statement.FACTOR: ("factor", N_("Add an emission factor: %(what)s, %(plant)s")),
}


@dataclass(frozen=True, slots=True)
class Remedy:
    """What is to be done, and the address of the form for it, filled in with what is known."""

    words: str
    address: str


@dataclass(frozen=True, slots=True)
class Remedies:
    """Knows the forms by which an organization mends findings of a period."""

    organization: str
    catalogue: Catalogue
    period: ReportingPeriod

    def of(self, finding: Finding) -> Remedy | None:
        """Return the remedy of a finding; None where no page has one.

        Of gas in m3 without a calorific value at the plant berlin in 2024 it is the form of one, of natural gas, for
        berlin, per m3, from 1 January 2024 on.
        """
        lack = finding.lack
        if lack is None:
            return None
        form, words = _FORMS[lack.statement]
        said = {"what": _(self.catalogue.named(lack.resource).title), "plant": lack.plant}
        first_day, end_day = (date_of(day).isoformat() for day in self.period.bounds)
        query = {"resource": lack.resource, "at": lack.plant, "unit": lack.unit, "since": first_day, "until": end_day}
        return Remedy(_(words) % said, f"/organizations/{quote(self.organization)}/factors/{form}?{urlencode(query)}")
