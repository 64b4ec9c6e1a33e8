"""Quotients that stay addable: division to a stated number of places, in the exact context."""

from decimal import Decimal, localcontext

from app.core.quantities import EXACT

QUOTIENT_PLACES = Decimal(1).scaleb(-20)
"""A quotient that does not end is carried to twenty decimal places, half-even.

Sums and products of such values with metered quantities fit the eighty digits of the exact context, so that the terms
of a figure add up to it to the last digit.
"""


def quotient(dividend: Decimal, divisor: Decimal) -> Decimal:
    """Return dividend / divisor to twenty decimal places; raises ZeroDivisionError for a divisor of zero."""
    with localcontext(EXACT):
        return (dividend / divisor).quantize(QUOTIENT_PLACES).normalize()
