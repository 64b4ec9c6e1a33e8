"""Spans: every exact value that printed digits may stand for, and what can be computed with them."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal, localcontext

from app.accounting.exact import quotient
from app.core.units.quantities import EXACT, Rounding


@dataclass(frozen=True, slots=True)
class Span:
    """All values from `low` to `high`, both included: a value on the edge is given the benefit of the doubt."""

    low: Decimal
    high: Decimal

    def meets(self, other: "Span") -> bool:
        """Tell whether a value lies in both."""
        return self.low <= other.high and other.low <= self.high

    def times(self, by: Decimal) -> "Span":
        """Return the span of every value times a number."""
        with localcontext(EXACT):
            ends = self.low * by, self.high * by
        return Span(min(ends), max(ends))

    def plus(self, other: "Span") -> "Span":
        """Return the span of every sum."""
        with localcontext(EXACT):
            return Span(self.low + other.low, self.high + other.high)

    def product(self, other: "Span") -> "Span":
        """Return the span of every product."""
        with localcontext(EXACT):
            ends = [one * two for one in (self.low, self.high) for two in (other.low, other.high)]
        return Span(min(ends), max(ends))

    def over(self, other: "Span") -> "Span | None":
        """Return the span of every quotient; None when the divisor may be zero or less."""
        if other.low <= 0:
            return None
        ends = [quotient(one, two) for one in (self.low, self.high) for two in (other.low, other.high)]
        return Span(min(ends), max(ends))

    def common(self, other: "Span") -> "Span | None":
        """Return the values that lie in both; None without any."""
        return Span(max(self.low, other.low), min(self.high, other.high)) if self.meets(other) else None


def span_of(value: Decimal, *, decimals: int, rule: Rounding | None) -> Span:
    """Return what was rounded to `value` with so many decimals; by either rule where none is known."""
    unit = Decimal(1).scaleb(-decimals)
    with localcontext(EXACT):
        half_up = Span(value - unit / 2, value + unit / 2)
        down = Span(value, value + unit) if value >= 0 else Span(value - unit, value)
    if rule is not None:
        return half_up if rule is Rounding.HALF_UP else down
    return Span(min(half_up.low, down.low), max(half_up.high, down.high))


def exactly(value: Decimal) -> Span:
    """Return the span of a value that was not rounded."""
    return Span(value, value)


def total_of(spans: Iterable[Span]) -> Span:
    """Return the span of a sum; zero for none."""
    found = exactly(Decimal(0))
    for span in spans:
        found = found.plus(span)
    return found
