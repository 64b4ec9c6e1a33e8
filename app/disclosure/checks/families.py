"""Series of emissions that go over from one family of factors to another, among the years of one table."""

from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING

from app.accounting.evaluate import NOWHERE
from app.accounting.families import changed_families
from app.accounting.findings import Finding, Severity
from app.accounting.formulas import Emissions

if TYPE_CHECKING:
    from app.disclosure.service import Books

_MEND = "Set the organization's factor_set, or pin factors of one family for all these years"


def factors_of_another_family(books: "Books") -> Iterator[Finding]:
    """Yield a finding for each figure and two factors of two families, with the plants where one follows the other."""
    for key in dict.fromkeys(spec.metric.key for spec in books.specs):
        formula = books.metrics.metrics[key].formula
        if not isinstance(formula, Emissions) or formula.gases:
            continue
        by_year = {year: found.amount(key, NOWHERE).plain_terms for year, found in books.evaluations.items()}
        told: dict[tuple[str, str], dict[str, None]] = defaultdict(dict)
        for change in changed_families(by_year, books.organization.factor_set):
            told[change.resource, change.words][change.plant] = None
        for (resource, words), plants in told.items():
            detail = f"{key}: {resource} of {', '.join(plants)} goes over from {words}"
            yield Finding("factor_family_changed", Severity.WARNING, detail, _MEND, key)
