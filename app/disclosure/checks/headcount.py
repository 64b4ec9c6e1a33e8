"""The head-count rolled forward: opening, joiners and leavers beside the closing count and the turnover printed."""

from collections.abc import Iterator
from decimal import Decimal, localcontext

from app.accounting.findings import Finding, Severity
from app.core.sentences import listed, sentence
from app.core.units.quantities import EXACT, Rounding, display, plain
from app.disclosure.checks.averages import weighted
from app.disclosure.checks.spans import Span
from app.disclosure.checks.statement import Statement

_LEVEL, _JOINED, _LEFT, _RATE = "workforce.total", "workforce.new_hires", "workforce.leavers", "workforce.turnover_rate"
_MEND = sentence(
    "Reconcile joiners and leavers with the two head-counts, and state over which head-count turnover is taken"
)


def headcount_that_does_not_roll(statement: Statement) -> Iterator[Finding]:
    """Yield a finding where opening + joiners - closing is not the leavers, or not the turnover, that are printed."""
    for closing in statement.of(_LEVEL):
        opening = statement.line(_LEVEL, closing.year - 1)
        joined = statement.line(_JOINED, closing.year)
        if closing.dimensions or opening is None or joined is None:
            continue
        before, after, came = (line.value or Decimal(0) for line in (opening, closing, joined))
        gone = before + came - after
        words = sentence(
            "%(before)s + %(came)s joiners - %(after)s leaves %(gone)s leavers in %(year)s",
            before=plain(before),
            came=plain(came),
            after=plain(after),
            gone=plain(gone),
            year=closing.year,
        )
        left = statement.line(_LEFT, closing.year)
        if gone < 0:
            yield Finding(
                "roll_forward", Severity.ERROR, sentence("%(found)s: fewer than nobody", found=words), _MEND, _LEVEL
            )
        elif left is not None and left.value is not None and left.value != gone:
            yield Finding(
                "roll_forward",
                Severity.WARNING,
                sentence("%(found)s, but %(left)s are printed", found=words, left=plain(left.value)),
                _MEND,
                _LEFT,
            )
        elif (printed := _turnover(closing.year, statement)) is not None:
            rates = _rates(gone, before, after)
            if not any(printed.low <= rate <= printed.high for rate in rates):
                said = listed(dict.fromkeys((_percent(printed.low), _percent(printed.high))), " to ")
                means = listed(dict.fromkeys((_percent(min(rates)), _percent(max(rates)))), " to ")
                words = sentence(
                    "%(found)s, a turnover of %(means)s %%, but %(said)s %% is printed",
                    found=words,
                    means=means,
                    said=said,
                )
                yield Finding("roll_forward", Severity.WARNING, words, _MEND, _RATE)


def _rates(gone: Decimal, before: Decimal, after: Decimal) -> list[Decimal]:
    """Return the turnover in % over each head-count it is customarily taken over, those of zero left out."""
    with localcontext(EXACT):
        bases = (before, after, (before + after) / 2, after + gone)
        return [gone * 100 / base for base in bases if base] or [Decimal(0)]


def _turnover(year: int, statement: Statement) -> Span | None:
    """Return the turnover printed for the whole, or the span of what its parts average to."""
    total = statement.line(_RATE, year)
    if total is not None:
        return total.span(statement.rounding)
    spans = [each.span for each in weighted(_RATE, year, statement)]
    return Span(min(span.low for span in spans), max(span.high for span in spans)) if spans else None


def _percent(value: Decimal) -> str:
    return display(value, decimals=1, rounding=Rounding.HALF_UP)
