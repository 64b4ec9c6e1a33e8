"""Series of emissions that go over from one family of factors to another, among the years of one table."""

from collections.abc import Iterator

from app.accounting.findings import Finding
from app.accounting.ledger.families import family_findings
from app.accounting.metrics.evaluate import NOWHERE
from app.accounting.metrics.formulas import Emissions
from app.disclosure.figures.books import Books


def factors_of_another_family(books: Books) -> Iterator[Finding]:
    """Yield a finding for each figure and two factors of two families, with the plants where one follows the other."""
    for key in dict.fromkeys(spec.metric.key for spec in books.specs):
        formula = books.metrics.metrics[key].formula
        if isinstance(formula, Emissions) and not formula.gases:
            by_year = {year: found.amount(key, NOWHERE).plain_terms for year, found in books.evaluations.items()}
            yield from family_findings(key, by_year, books.organization.factor_set)
