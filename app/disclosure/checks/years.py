"""Years beside each other: figures that have no past to be read against."""

from collections.abc import Iterator

from app.accounting.findings import Finding, Severity
from app.disclosure.checks.statement import Statement


def figures_without_comparatives(statement: Statement) -> Iterator[Finding]:
    """Yield a finding for each figure of the year whose earlier years are left empty, or not there at all."""
    kept = [line for line in statement.valued if line.kpi is not None]
    if kept and {line.year for line in kept} == {statement.year}:
        mend = "Print the figures of the year before beside those of the year"
        yield Finding("no_comparatives", Severity.WARNING, f"every figure is of {statement.year} alone", mend)
        return
    for key in dict.fromkeys(line.key for line in kept):
        years = {line.year for line in statement.of(key)}
        if years != {statement.year}:
            continue
        empty = sorted({line.year for line in statement.lines if line.key == key and line.value is None})
        kpi = next(line.kpi for line in kept if line.key == key)
        if empty:
            words = f"{kpi}: {key} is left empty for {', '.join(map(str, empty))}"
            mend = f"Give {key} for the earlier years, or say why it is not there"
            yield Finding("comparative_missing", Severity.WARNING, words, mend, key)
        else:
            words = f"{kpi}: {key} is given for {statement.year} alone, in a table that covers {_covered(statement)}"
            yield Finding("single_year", Severity.INFO, words, f"Give {key} for the earlier years too", key)


def _covered(statement: Statement) -> str:
    return f"{statement.years[0]} to {statement.years[-1]}"
