"""Meters that used less than nothing: what is said of each figure they enter, once for the disclosure as a whole."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from app.accounting.findings import Finding
from app.accounting.negatives import NEGATIVE

if TYPE_CHECKING:
    from app.disclosure.service import Books


def negative_readings(books: "Books") -> Iterator[Finding]:
    """Yield an error for each meter that is negative in a month of the books' year, or in all of it."""
    ledger = next(iter(books.evaluations.values())).ledger
    for entry in ledger.entries:
        yield from (finding for finding in entry.activity.findings if finding.code == NEGATIVE)
