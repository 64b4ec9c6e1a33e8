"""Footing: printed totals beside the sum of their printed parts."""

from collections.abc import Iterator, Sequence
from decimal import Decimal, localcontext

from app.accounting.findings import Finding, Severity
from app.accounting.metrics.formulas import Sum
from app.core.sentences import Sentence, listed, sentence
from app.core.units.quantities import EXACT, plain
from app.disclosure.checks.relations import adds_up, components, parts_whole
from app.disclosure.checks.spans import total_of
from app.disclosure.checks.statement import Line, Statement


def totals_that_do_not_foot(statement: Statement) -> Iterator[Finding]:
    """Yield a finding for each total that is not the sum of the figures it is made of, be it by one digit."""
    for total in statement.valued:
        if not total.dimensions and (parts := _components(total, statement)):
            yield from _difference("does_not_foot", total, parts, statement, listed(part.key for part in parts))


def parts_that_do_not_add_up(statement: Statement) -> Iterator[Finding]:
    """Yield a finding for each total that is not the sum of its own parts by a dimension."""
    for total in statement.valued:
        if total.dimensions or total.computed or not adds_up(total.key, statement):
            continue
        for name, members in statement.broken_down(total.key, total.year).items():
            if len(members) > 1 and parts_whole(total.key, name):
                words = sentence("its parts by %(name)s", name=name)
                yield from _difference("parts_do_not_add_up", total, list(members.values()), statement, words)


def _components(total: Line, statement: Statement) -> list[Line]:
    keys = components(total.key, statement)
    found = [statement.line(key, total.year) for key in keys]
    parts = [line for line in found if line is not None and line.boundary == total.boundary]
    metric = statement.metrics.metrics.get(total.key)
    if metric is not None and isinstance(metric.formula, Sum):
        return parts if len(parts) == len(keys) else []
    # What our own figures sum up is theirs; a printed table may leave out the parts that are nothing.
    return parts if len(parts) > 1 and not total.computed else []


def _difference(code: str, total: Line, parts: Sequence[Line], statement: Statement, of: Sentence) -> Iterator[Finding]:
    ratios = [statement.ratio(part.unit, total.unit, total.key) for part in parts]
    units = [(part, ratio) for part, ratio in zip(parts, ratios, strict=True) if ratio is not None]
    if total.value is None or len(units) < len(parts):
        return
    with localcontext(EXACT):
        added = sum(((part.value or Decimal(0)) * ratio for part, ratio in units), Decimal(0))
    if added == total.value:
        return
    spans = [part.span(statement.rounding).times(ratio) for part, ratio in units]
    words = sentence(
        "%(total)s is printed as %(printed)s, but %(of)s add up to %(added)s %(unit)s",
        total=total.name,
        printed=plain(total.value),
        of=of,
        added=plain(added),
        unit=total.unit,
    )
    if total.span(statement.rounding).meets(total_of(spans)):
        mend = sentence("State that totals are computed from unrounded parts and by which rule all of them are rounded")
        yield Finding(code, Severity.INFO, sentence("%(found)s: rounding explains it", found=words), mend, total.key)
    else:
        mend = sentence("Correct the total or the part that is wrong; rounding does not explain the difference")
        yield Finding(code, Severity.ERROR, words, mend, total.key)
