"""Ratios beside what they divide: intensities, shares, averages, and denominators that were not told."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

from app.accounting.findings import Finding, Severity
from app.accounting.metrics.formulas import Ratio
from app.core.sentences import Sentence, listed, sentence
from app.core.units.quantities import Rounding, display, plain
from app.core.units.units import PERCENT
from app.disclosure.checks.relations import Parts, agrees, parts_of, recomputed
from app.disclosure.checks.spans import Span
from app.disclosure.checks.statement import Line, Statement


def ratios_that_are_not_their_terms(statement: Statement) -> Iterator[Finding]:
    """Yield a finding for each ratio whose printed digits its printed terms do not give."""
    for line in statement.valued:
        parts = None if line.computed else parts_of(line, statement)
        computed = None if parts is None else recomputed(line, parts, statement)
        if parts is None or computed is None or agrees(line, computed, statement.rounding):
            continue
        terms = f"{parts.numerator} / {parts.denominator}"
        words = sentence(
            "%(line)s is printed as %(printed)s, but %(terms)s is %(computed)s",
            line=line.name,
            printed=_printed(line),
            terms=terms,
            computed=_shown(computed, line),
        )
        whose, by = _whose(line, parts, statement), _other_denominators(line, parts, statement)
        words = listed(
            (
                words,
                *(sentence("the printed digits are those of %(part)s", part=each) for each in whose),
                *(sentence("%(denominator)s gives them", denominator=each) for each in by),
            ),
            "; ",
        )
        mend = sentence("Compute the ratio from its terms, or state the denominator that was used")
        yield Finding("ratio_differs", Severity.ERROR, words, mend, line.key)


def _whose(line: Line, parts: Parts, statement: Statement) -> Iterator[str]:
    """Yield the parts of a breakdown whose own ratio prints the digits of the total."""
    if line.dimensions:
        return
    for name, members in statement.broken_down(parts.numerator, line.year).items():
        for member in members:
            computed = recomputed(replace(line, dimensions={name: member}), parts, statement)
            if computed is not None and agrees(line, computed, statement.rounding):
                yield f"{name} {member}"


def _other_denominators(line: Line, parts: Parts, statement: Statement) -> Iterator[str]:
    for key, denominator in statement.metrics.denominators.items():
        other = statement.line(key, line.year)
        if other is None or key == parts.denominator:
            continue
        computed = recomputed(
            line, replace(parts, denominator=key, step=line.per or denominator.step), statement, by=other
        )
        if computed is not None and agrees(line, computed, statement.rounding):
            yield key


def denominators_that_are_not_told(statement: Statement) -> Iterator[Finding]:
    """Yield a finding for each intensity whose denominator is nowhere printed, with what printed ones would give."""
    untold: dict[str, list[tuple[Line, Parts]]] = defaultdict(list)
    for line in statement.valued:
        parts = None if line.computed else parts_of(line, statement)
        if parts is None or line.unit == PERCENT or parts.denominator not in statement.metrics.denominators:
            continue
        if statement.line(parts.denominator, line.year) is None:
            untold[line.key].append((line, parts))
    implied = _implied([pair for pairs in untold.values() for pair in pairs], statement)
    for key, pairs in untold.items():
        denominator = pairs[0][1].denominator
        years = listed(str(line.year) for line, _ in sorted(pairs, key=lambda pair: pair[0].year))
        words = sentence(
            "%(key)s is per %(denominator)s, which is printed for none of %(years)s",
            key=key,
            denominator=denominator,
            years=years,
        )
        spans = implied.get(denominator, {}).items()
        words = listed(
            (
                words,
                *(each for line, parts in pairs for each in _would_give(line, parts, statement)),
                *(sentence("the %(year)s figures imply %(span)s", year=year, span=span) for year, span in spans),
            ),
            "; ",
        )
        mend = sentence(
            "Disclose %(denominator)s beside the intensities, as a figure of its own", denominator=denominator
        )
        yield Finding("denominator_undisclosed", Severity.WARNING, words, mend, key)


def _would_give(line: Line, parts: Parts, statement: Statement) -> Iterator[Sentence]:
    standard = statement.metrics.denominators[parts.denominator]
    for key, denominator in statement.metrics.denominators.items():
        other = statement.line(key, line.year)
        if other is None or denominator.unit != standard.unit:
            continue
        computed = recomputed(line, replace(parts, denominator=key), statement, by=other)
        if computed is None:
            continue
        if agrees(line, computed, statement.rounding):
            yield sentence("%(key)s fits in %(year)s", key=key, year=line.year)
        else:
            yield sentence(
                "%(key)s would give %(computed)s in %(year)s, not %(printed)s",
                key=key,
                computed=_shown(computed, line),
                year=line.year,
                printed=_printed(line),
            )


def _implied(pairs: list[tuple[Line, Parts]], statement: Statement) -> dict[str, dict[int, Sentence]]:
    """Return the values of a denominator, by year, that all its intensities together leave open."""
    left: dict[tuple[str, int], Span | None] = {}
    for line, parts in pairs:
        top = statement.line(parts.numerator, line.year, line.where)
        above = None if top is None else statement.in_unit(top, line.unit, statement.rounding)
        span = None if above is None else above.over(line.span(statement.rounding))
        if span is None:
            continue
        whole, place = span.times(parts.step), (parts.denominator, line.year)
        if place not in left:
            left[place] = whole
        elif (before := left[place]) is not None:
            left[place] = before.common(whole)
    found: dict[str, dict[int, Sentence]] = defaultdict(dict)
    for (denominator, year), span in sorted(left.items()):
        unit = statement.metrics.denominators[denominator].unit.replace("currency", statement.currency)
        found[denominator][year] = (
            sentence("no %(denominator)s at all: they contradict each other", denominator=denominator)
            if span is None
            else sentence(
                "%(low)s to %(high)s %(unit)s of it", low=_rounded(span.low), high=_rounded(span.high), unit=unit
            )
        )
    return found


def _rounded(value: Decimal) -> str:
    return display(value, decimals=0, rounding=Rounding.HALF_UP)


def intensities_that_are_missing(statement: Statement) -> Iterator[Finding]:
    """Yield a finding for each figure that the framework asks to be stated per something too, and is not."""
    asked: dict[str, str] = {}
    for spec in statement.specs:
        formula = getattr(getattr(spec, "metric", None), "formula", None)
        if isinstance(formula, Ratio):
            asked.setdefault(formula.of, spec.kpi)
    given = {parts.numerator for line in statement.valued if (parts := parts_of(line, statement)) is not None}
    for key, kpi in asked.items():
        if key not in given and any(line.year == statement.year for line in statement.of(key)):
            words = sentence("%(kpi)s: %(key)s is given without an intensity", kpi=kpi, key=key)
            mend = sentence(
                "State %(key)s per tonne of product, per revenue or per employee as well, or say why that is not apt",
                key=key,
            )
            yield Finding("intensity_missing", Severity.WARNING, words, mend, key)


def _shown(computed: Span, line: Line) -> str:
    """Return the middle of what was computed with one digit more than is printed."""
    middle = (computed.low + computed.high) / 2
    return display(middle, decimals=line.decimals + 1, rounding=Rounding.HALF_UP)


def _printed(line: Line) -> str:
    return plain(line.value or Decimal(0))
