"""Quotients and conversions that stay addable: exact where they end, else to a stated number of places."""

from decimal import Decimal, localcontext
from functools import lru_cache

from app.core.quantities import EXACT
from app.core.units import conversion

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
    """Return `value` in another unit of its dimension; raises UnknownUnit, DimensionMismatch.

    Exact where the ratio of the units ends either way (1 GJ is 1 / 0.0036 kWh), else to twenty decimal places.
    """
    ratio, ends, inverse = _ratio(source, target)
    if ends:
        return EXACT.multiply(value, ratio)
    if inverse is not None:
        return quotient(value, inverse)
    return EXACT.multiply(value, ratio).quantize(QUOTIENT_PLACES, context=EXACT)


@lru_cache(maxsize=4096)
def _ratio(source: str, target: str) -> tuple[Decimal, bool, Decimal | None]:
    """Return how many `target` one `source` is, whether that ends, and the inverse where only that one does."""
    ratio, inverse = conversion(source, target), conversion(target, source)
    ends = _ends(ratio)
    return ratio, ends, inverse if not ends and _ends(inverse) else None


def _ends(ratio: Decimal) -> bool:
    return ratio == ratio.quantize(QUOTIENT_PLACES, context=EXACT)
