"""What is wrong with meters, as is said of each figure they enter: once for the disclosure as a whole."""

from collections.abc import Iterator

from app.accounting.findings import Finding
from app.accounting.years.counted_twice import COUNTED_TWICE
from app.accounting.years.negatives import NEGATIVE
from app.disclosure.figures.books import Books

_CODES = (NEGATIVE, COUNTED_TWICE)


def errors_of_meters(books: Books) -> Iterator[Finding]:
    """Yield an error for each meter that is negative in the books' year, or counts beside a whole it is part of."""
    ledger = next(iter(books.evaluations.values())).ledger
    for entry in ledger.entries:
        yield from (finding for finding in entry.activity.findings if finding.code in _CODES)
