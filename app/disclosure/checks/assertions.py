"""Sentences about figures held against the figures, also per what the sentence does not mention."""

from collections.abc import Iterator
from decimal import Decimal, localcontext

from app.accounting.findings import Finding, Severity
from app.core.sentences import sentence
from app.core.units.quantities import EXACT, Rounding, display
from app.disclosure.checks.relations import parts_of
from app.disclosure.checks.spans import Span
from app.disclosure.checks.statement import AssertedDirection, Assertion, Line, Statement


def assertions_that_do_not_hold(statement: Statement) -> Iterator[Finding]:
    """Yield a finding for each figure that went another way than was said, or goes so per another denominator."""
    for said in statement.assertions:
        for key in said.keys or _ratios(said, statement):
            yield from _held_against_itself(said, key, statement)
        yield from _by_other_denominators(said, statement)


def _ratios(said: Assertion, statement: Statement) -> tuple[str, ...]:
    """Return the ratios that have a value in both years: what "all figures per unit" are."""
    return tuple(
        key
        for key in statement.keys
        if (line := statement.line(key, said.year)) is not None
        and parts_of(line, statement) is not None
        and statement.line(key, said.from_year) is not None
    )


def _held_against_itself(said: Assertion, key: str, statement: Statement) -> Iterator[Finding]:
    before, after = statement.line(key, said.from_year), statement.line(key, said.year)
    if before is None or after is None or before.value is None or after.value is None:
        return
    if _against(said, after.value - before.value):
        words = sentence(
            '"%(text)s": %(key)s went from %(before)s to %(after)s',
            text=said.text,
            key=key,
            before=f"{before.value:f}",
            after=f"{after.value:f}",
        )
        mend = sentence("Correct the sentence or the figure")
        yield Finding("assertion_false", Severity.ERROR, words, mend, key)


def _by_other_denominators(said: Assertion, statement: Statement) -> Iterator[Finding]:
    told: set[tuple[str, str]] = set()
    for key in said.keys or _ratios(said, statement):
        line = statement.line(key, said.year)
        parts = None if line is None else parts_of(line, statement)
        for other in statement.metrics.denominators if parts else ():
            if parts is None or other == parts.denominator or (parts.numerator, other) in told:
                continue
            told.add((parts.numerator, other))
            change = _change(parts.numerator, other, said, statement)
            if change is not None and _against(said, change):
                shown = display(change, decimals=1, rounding=Rounding.HALF_UP)
                words = sentence(
                    '"%(text)s": per %(other)s, %(numerator)s changed by %(shown)s %%, '
                    "whatever it did per %(denominator)s",
                    text=said.text,
                    other=other,
                    numerator=parts.numerator,
                    shown=shown,
                    denominator=parts.denominator,
                )
                mend = sentence("Say per what it holds, and state the figures per %(other)s as well", other=other)
                yield Finding("assertion_contradicted", Severity.WARNING, words, mend, parts.numerator)


def _change(numerator: str, denominator: str, said: Assertion, statement: Statement) -> Decimal | None:
    """Return by how many % a quotient changed; None where it cannot be told or may have changed either way."""
    lines = [statement.line(key, year) for key in (numerator, denominator) for year in (said.from_year, said.year)]
    top_before, top_after, below_before, below_after = lines
    if top_before is None or top_after is None or below_before is None or below_after is None:
        return None
    before, after = _quotient(top_before, below_before), _quotient(top_after, below_after)
    if before is None or after is None or before.meets(after):
        return None
    with localcontext(EXACT):
        old, new = (before.low + before.high) / 2, (after.low + after.high) / 2
        return (new / old - 1) * 100


def _quotient(top: Line, below: Line) -> Span | None:
    return top.span().over(below.span())


def _against(said: Assertion, change: Decimal) -> bool:
    return change > 0 if said.direction is AssertedDirection.DECREASE else change < 0
