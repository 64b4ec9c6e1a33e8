"""What is metered and in no figure that needs it: said of each of them, and once for the disclosure as a whole."""

from collections.abc import Iterator, Sequence

from app.accounting.findings import Finding, Severity
from app.disclosure.figures.figures import Figure

_OF_ACTIVITIES = ("no_calorific_value", "no_factor", "not_convertible", "overflow", "no_quantity")


def what_is_missing(figures: Sequence[Figure]) -> Iterator[Finding]:
    """Yield an error for each activity that has data and cannot be counted, once, whatever figures need it."""
    told = dict.fromkeys(
        check
        for figure in figures
        for check in figure.checks
        if check.code in _OF_ACTIVITIES and check.severity is Severity.ERROR
    )
    yield from told
