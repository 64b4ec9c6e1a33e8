"""Years beside each other: figures that have no past to be read against."""

from collections.abc import Iterator

from app.accounting.findings import Finding, Severity
from app.core.sentences import Sentence, listed, sentence
from app.disclosure.checks.statement import Statement


def figures_without_comparatives(statement: Statement) -> Iterator[Finding]:
    """Yield a finding for each figure of the year whose earlier years are left empty, or not there at all."""
    kept = [line for line in statement.valued if line.kpi is not None]
    if kept and {line.year for line in kept} == {statement.year}:
        mend = sentence("Print the figures of the year before beside those of the year")
        yield Finding(
            "no_comparatives",
            Severity.WARNING,
            sentence("every figure is of %(year)s alone", year=statement.year),
            mend,
        )
        return
    for key in dict.fromkeys(line.key for line in kept):
        years = {line.year for line in statement.of(key)}
        if years != {statement.year}:
            continue
        empty = sorted({line.year for line in statement.lines if line.key == key and line.value is None})
        kpi = next(line.kpi for line in kept if line.key == key)
        if empty:
            words = sentence(
                "%(kpi)s: %(key)s is left empty for %(years)s", kpi=kpi, key=key, years=listed(map(str, empty))
            )
            mend = sentence("Give %(key)s for the earlier years, or say why it is not there", key=key)
            yield Finding("comparative_missing", Severity.WARNING, words, mend, key)
        else:
            words = sentence(
                "%(kpi)s: %(key)s is given for %(year)s alone, in a table that covers %(years)s",
                kpi=kpi,
                key=key,
                year=statement.year,
                years=_covered(statement),
            )
            yield Finding(
                "single_year", Severity.INFO, words, sentence("Give %(key)s for the earlier years too", key=key), key
            )


def _covered(statement: Statement) -> Sentence:
    return sentence("%(first)s to %(last)s", first=statement.years[0], last=statement.years[-1])
