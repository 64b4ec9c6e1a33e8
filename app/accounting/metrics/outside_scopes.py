"""What is emitted of gases that are in no scope: told beside the scope, never added to it."""

from collections.abc import Iterable
from decimal import Decimal, localcontext

from app.accounting.factors.gwp import GwpSet, gases_of, kg_co2e_of, outside_scopes
from app.accounting.findings import Finding, Severity
from app.accounting.ledger.amounts import Term
from app.core.sentences import listed, sentence
from app.core.units.quantities import EXACT, plain


def outside_scopes_apart(terms: Iterable[Term], gwp_set: GwpSet) -> list[Finding]:
    """Say how much CO2e the factors of these terms leave out, because the Kyoto Protocol does not cover the gas.

    The scopes of the GHG Protocol hold its seven gases; what the Montreal Protocol controls, such as R-22, is reported
    apart from them (Corporate Standard, chapter 9).
    """
    kg, gases = Decimal(0), set[str]()
    with localcontext(EXACT):
        for term in terms:
            held = outside_scopes() & gases_of(term.choice.factor) if term.choice is not None else frozenset()
            if term.choice is not None and held:
                consolidated = term.quantity * term.activity.site.share * term.multiplier
                kg += consolidated * kg_co2e_of(term.choice.factor, gwp_set, held)
                gases |= held
    words = sentence(
        "%(kg)s kg CO2e of %(gases)s are reported apart (ghg.outside_scopes): the Kyoto Protocol "
        "does not cover the gas, and no scope holds it",
        kg=plain(kg),
        gases=listed(sorted(gases)),
    )
    return [Finding("outside_scopes", Severity.INFO, words)] if kg else []
