"""Checking a printed result against the quantity and factor it cites."""

from decimal import Decimal

from app.accounting.exact import quotient
from app.accounting.findings import Finding, Severity
from app.core.units.quantities import EXACT, Rounding, display, plain


def claim_check(*, quantity: Decimal, factor: Decimal, printed: Decimal) -> Finding | None:
    """Return a finding when quantity x factor is not what was printed, by either rounding rule; None when it is.

    quantity is in the factor's unit, and the product in the printed unit; `printed` carries its decimals.
    """
    exact = EXACT.multiply(quantity, factor)
    exponent = printed.as_tuple().exponent
    decimals = max(-exponent, 0) if isinstance(exponent, int) else 0
    if any(Decimal(display(exact, decimals=decimals, rounding=rule)) == printed for rule in Rounding):
        return None
    implied = f", which implies a factor of {plain(quotient(printed, quantity))}" if quantity else ""
    words = f"{plain(quantity)} x {plain(factor)} is {plain(exact)}, but {plain(printed)} is printed{implied}"
    return Finding("stated_factor_not_used", Severity.WARNING, words)
