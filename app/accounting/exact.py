"""Quotients and conversions that stay addable: exact where they end, else to a stated number of places."""

from decimal import Decimal, localcontext

from app.core.quantities import EXACT
from app.core.units import conversion

QUOTIENT_PLACES = Decimal(1).scaleb(-20)
"""A quotient that does not end is carried to twenty decimal places, half-even.

Sums and products of such values with metered quantities fit the eighty digits of the exact context, so that the terms
of a figure add up to it to the last digit.
"""


def quotient(dividend: Decimal, divisor: Decimal) -> Decimal:
    """Return dividend / divisor to twenty decimal places; raises ZeroDivisionError for a divisor of zero."""
    with localcontext(EXACT):
        return (dividend / divisor).quantize(QUOTIENT_PLACES).normalize()


def converted(value: Decimal, source: str, target: str) -> Decimal:
    """Return `value` in another unit of its dimension; raises UnknownUnit, DimensionMismatch.

    Exact where the ratio of the units ends either way (1 GJ is 1 / 0.0036 kWh), else to twenty decimal places.
    """
    ratio, inverse = conversion(source, target), conversion(target, source)
    with localcontext(EXACT):
        if _ends(ratio):
            return value * ratio
        if _ends(inverse):
            return quotient(value, inverse)
        return (value * ratio).quantize(QUOTIENT_PLACES)


def _ends(ratio: Decimal) -> bool:
    with localcontext(EXACT):
        return ratio == ratio.quantize(QUOTIENT_PLACES)
