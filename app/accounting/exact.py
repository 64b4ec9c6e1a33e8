"""Quotients and conversions that stay addable: exact where they end, else to a stated number of places."""

from decimal import Decimal, localcontext
from fractions import Fraction
from functools import lru_cache

from app.core.units.quantities import EXACT
from app.core.units.units import ratio

QUOTIENT_PLACES = Decimal(1).scaleb(-20)
"""A quotient that does not end is carried to twenty decimal places, half-even.

Sums and products of such values with metered quantities fit the eighty digits of the exact context, so that the terms
of a figure add up to it to the last digit.
"""


def quotient(dividend: Decimal, divisor: Decimal) -> Decimal:
    """Return dividend / divisor to twenty decimal places; raises ZeroDivisionError for a divisor of zero."""
    # Zero over zero is a division by zero too, not an invalid operation.
    if not divisor:
        raise ZeroDivisionError
    with localcontext(EXACT):
        return (dividend / divisor).quantize(QUOTIENT_PLACES).normalize()


def converted(value: Decimal, source: str, target: str) -> Decimal:
    """Return `value` in another unit of its dimension, as `scaled` does; raises UnknownUnit, DimensionMismatch."""
    return scaled(value, ratio(source, target))


def scaled(value: Decimal, by: Fraction) -> Decimal:
    """Return value x `by`: exact where that fraction ends in decimal digits, else to twenty decimal places."""
    numerator, denominator, ends = _parts(by)
    if ends:
        return EXACT.divide(EXACT.multiply(value, numerator), denominator)
    return quotient(EXACT.multiply(value, numerator), denominator)


@lru_cache(maxsize=4096)
def _parts(fraction: Fraction) -> tuple[Decimal, Decimal, bool]:
    """Return a fraction's numerator and denominator, and whether it ends: 2 and 5 alone divide the denominator."""
    rest = fraction.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    return Decimal(fraction.numerator), Decimal(fraction.denominator), rest == 1
