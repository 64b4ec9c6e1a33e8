"""Checking a printed result against the quantity and factor it cites."""

from decimal import Decimal

from app.accounting.exact import quotient
from app.accounting.findings import Finding, Severity
from app.core.sentences import N_, sentence
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
    words = sentence(
        N_("%(quantity)s x %(factor)s is %(exact)s, but %(printed)s is printed, which implies a factor of %(implied)s")
        if quantity
        else N_("%(quantity)s x %(factor)s is %(exact)s, but %(printed)s is printed"),
        quantity=plain(quantity),
        factor=plain(factor),
        exact=plain(exact),
        printed=plain(printed),
        implied=plain(quotient(printed, quantity)) if quantity else None,
    )
    return Finding("stated_factor_not_used", Severity.WARNING, words)
