"""What mends a finding, as a link to the page where it is done."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from app.accounting.findings import Finding, Lack, Statement
from app.core.calendar.fiscal_years import ReportingPeriod
from app.core.calendar.periods import date_of
from app.core.inventory.resources import Catalogue
from app.core.sentences import N_
from app.disclosure.checks.kpis import EXPLANATION_MISSING, KPI_MISSING
from app.disclosure.live.comparatives import OTHER_GWP_SET
from app.pages.frame.words import gettext as _

_FORMS: Mapping[Statement, tuple[str, str]] = {
    Statement.CALORIFIC_VALUE: ("factors/calorific-value", N_("State the calorific value: %(what)s, %(plant)s")),
    Statement.FACTOR: ("factors/factor", N_("Add an emission factor: %(what)s, %(plant)s")),
}
_OF_READINGS = frozenset(
    {
        "register_reset",
        "register_drop_out",
        "register_spike",
        "implausible_rise",
        "register_silent_for_years",
        "overlap",
    }
)
"""Findings about readings of meters, which the page of what to mend lists one by one."""


@dataclass(frozen=True, slots=True)
class Remedy:
    """What is to be done, and the address of the page for it; empty for who may not do it."""

    words: str
    address: str


@dataclass(frozen=True, slots=True)
class Remedies:
    """Knows the pages by which an organization mends findings of a period, and whether who reads may state things."""

    organization: str
    catalogue: Catalogue
    period: ReportingPeriod
    framework: str
    may_state: bool

    def of(self, finding: Finding) -> Remedy | None:
        """Return the remedy of a finding; None where no page has one.

        Of gas in m3 without a calorific value at the plant berlin in 2024 it is the form of one, of natural gas, for
        berlin, per m3, from 1 January 2024 on.
        """
        if finding.lack is not None:
            return self._form_of(finding.lack)
        year = urlencode({"year": self.period.name})
        if finding.code in _OF_READINGS:
            return Remedy(_("See the readings, and mend them"), f"{self._root}/issues?{year}")
        if finding.code in (KPI_MISSING, EXPLANATION_MISSING):
            words = _("State them, or explain why they are left out")
            return Remedy(words, f"{self._root}/reports/{self.framework}/{self.period.name}")
        if finding.code == OTHER_GWP_SET:
            words = _("Choose one GWP set for both years, or say so beside the table")
            return self._stated(words, f"factors/gwp-set?framework={self.framework}&{year}")
        return None

    def _form_of(self, lack: Lack) -> Remedy:
        form, words = _FORMS[lack.statement]
        said = {"what": _(self.catalogue.named(lack.resource).title), "plant": lack.plant}
        first_day, end_day = (date_of(day).isoformat() for day in self.period.bounds)
        query = {"resource": lack.resource, "at": lack.plant, "unit": lack.unit, "since": first_day, "until": end_day}
        return self._stated(_(words) % said, f"{form}?{urlencode(query)}")

    def _stated(self, words: str, path: str) -> Remedy:
        return Remedy(words, f"{self._root}/{path}" if self.may_state else "")

    @property
    def _root(self) -> str:
        return f"/organizations/{quote(self.organization)}"
