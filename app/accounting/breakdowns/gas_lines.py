"""Emissions by gas: each term's CO2e taken apart by the gases of its factor, with the mass of each gas."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal, localcontext

from app.accounting.exact import quotient
from app.accounting.factors.factor import Factor
from app.accounting.factors.gwp import UNSPLIT, GasPart, GwpSet, scope_parts
from app.accounting.ledger.amounts import Amount, Gap, Term
from app.accounting.metrics.breakdown import Line, Slices, line, spread
from app.accounting.metrics.emission_terms import may_hold, unsplit_gap
from app.core.units.quantities import EXACT

_T = "t"


@dataclass(frozen=True, slots=True)
class GasLine:
    """One gas of one scope: its CO2e, and its mass, which an unsplit CO2e does not have."""

    co2e: Line
    mass: Line | None


def gas_lines(amount: Amount, slices: Slices, gwp_set: GwpSet, labels: Mapping[str, str]) -> list[GasLine]:
    """Return a line for each gas of an amount in t CO2e; their CO2e adds up to its exactly.

    Biogenic CO2 is not among them. Each lacks what has no factor, or one that states CO2e alone.
    """
    co2e: dict[str, list[Term]] = defaultdict(list)
    mass: dict[str, list[Term]] = defaultdict(list)
    for term in amount.terms:
        if term.choice is None:
            continue
        gases = _gases(term.choice.factor, gwp_set)
        with localcontext(EXACT):
            weights = [part.kg_co2e for part in gases]
        for part, value in zip(gases, spread(term.value, weights, rate=Decimal(0)), strict=True):
            co2e[part.gas].append(replace(term, value=value or Decimal(0)))
            if part.gas != UNSPLIT:
                mass[part.gas].append(replace(term, value=_mass(term, part.kg)))
    return [
        GasLine(
            co2e=line(_of(amount, gas, amount.unit, co2e[gas]), slices, {**labels, "gas": gas}),
            mass=line(_of(amount, gas, _T, mass[gas]), slices, {**labels, "gas": gas}) if gas in mass else None,
        )
        for gas in sorted(co2e)
    ]


def _gases(factor: Factor, gwp_set: GwpSet) -> list[GasPart]:
    if factor.kg_co2e is not None:
        return [GasPart(UNSPLIT, factor.kg_co2e, factor.kg_co2e)]
    return scope_parts(factor, gwp_set)


def _mass(term: Term, kg: Decimal) -> Decimal:
    """Return the t of a gas in a term in t CO2e, whose factor has `kg` of it; to twenty places where that divides."""
    with localcontext(EXACT):
        if term.per_unit:
            return quotient(term.value * kg, term.per_unit)
        return term.quantity * term.activity.site.share * term.multiplier * kg / 1000


def _of(amount: Amount, gas: str, unit: str, terms: list[Term]) -> Amount:
    """Return the part of an amount that these terms are; it asks only the activities they are of, and its gaps."""
    with localcontext(EXACT):
        value = sum((term.value for term in terms), Decimal(0))
    gaps = tuple(_gaps(amount, gas))
    metered = {each.activity.group for each in terms} | {each.activity.group for each in gaps}
    activities = tuple(each for each in amount.activities if each.group in metered)
    findings = tuple(dict.fromkeys(gap.finding for gap in gaps))
    return Amount(value, unit, tuple(terms), activities, findings, amount.formula, gaps=gaps)


def _gaps(amount: Amount, gas: str) -> Iterator[Gap]:
    yield from (gap for gap in amount.gaps if may_hold(gap.activity, (gas,)))
    for term in amount.terms:
        gap = None if term.choice is None else unsplit_gap(term.activity, term.choice.factor, (gas,))
        if gap is not None:
            yield gap
