"""The energy metrics: each resource in kWh, GJ and tonnes of coal equivalent, on one heating value."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from decimal import Decimal, localcontext

from app.accounting.activity import Activity
from app.accounting.amounts import Amount, Term
from app.accounting.breakdown import Labels, Line, Slices, line, lines
from app.accounting.divisors import share_of
from app.accounting.energy import GJ, gj_of
from app.accounting.exact import quotient
from app.accounting.factor import Basis
from app.accounting.origin import part_from
from app.core.quantities import EXACT
from app.core.resources import Origin

TCE = "tce"
GJ_PER_TCE = Decimal("29.3076")
TCE_PER_KWH = Decimal("0.0001229")
TCE_WORDS = "electricity at 0.1229 kgce/kWh (GB/T 2589), other energy at its lower heating value in GJ / 29.3076"


@dataclass(frozen=True, slots=True)
class EnergyLine:
    """One line of energy in its three units; MWh are kWh / 1,000."""

    kwh: Line
    gj: Line
    tce: Line


@dataclass(frozen=True, slots=True)
class EnergyMetrics:
    """Energy of a year; shares are 0 to 1, null without a denominator."""

    basis: Basis
    total: EnergyLine
    by_resource: tuple[EnergyLine, ...]
    by_plant: tuple[EnergyLine, ...]
    electricity: Line
    renewable_electricity: Line
    renewable_share: Decimal | None
    renewable_energy_kwh: Decimal | None
    renewable_energy_share: Decimal | None


def energy_metrics(total: Amount, electricity: Amount, renewable: Amount, slices: Slices) -> EnergyMetrics:
    """Return the metrics of `total`, kWh of all energy, and of the electricity within it.

    Every fuel of it is on the lower heating value: one that has a higher one alone is a gap, and is not added.
    """
    units = (total, in_gj(total), in_tce(total))
    renewable_kwh = _renewable_kwh(total)
    return EnergyMetrics(
        basis=Basis.LHV,
        total=EnergyLine(*(line(amount, slices, {}) for amount in units)),
        by_resource=_broken_down(units, slices, lambda activity: {"resource": activity.resource}),
        by_plant=_broken_down(units, slices, lambda activity: {"plant": activity.site.place.plant}),
        electricity=line(electricity, slices, {"resource": "electricity"}),
        renewable_electricity=line(renewable, slices, {"resource": "electricity", "renewable": "true"}),
        renewable_share=None if renewable.gaps else share_of(renewable.value, electricity),
        renewable_energy_kwh=renewable_kwh,
        renewable_energy_share=share_of(renewable_kwh, total),
    )


def mwh(kwh: Decimal | None) -> Decimal | None:
    """Return kWh in MWh."""
    return None if kwh is None else kwh.scaleb(-3, context=EXACT)


def in_gj(kwh: Amount) -> Amount:
    """Return kWh in GJ, each term to twenty places: the calorific value it came from is met again exactly."""
    return _termwise(kwh, GJ, lambda term: gj_of(term.value))


def in_tce(kwh: Amount) -> Amount:
    """Return kWh in tonnes of coal equivalent: electricity by its own equivalent, the rest by its heating value."""
    return _termwise(kwh, TCE, _tce)


def _tce(term: Term) -> Decimal:
    if term.activity.resource.startswith("electricity."):
        with localcontext(EXACT):
            return term.value * TCE_PER_KWH
    return quotient(gj_of(term.value), GJ_PER_TCE)


def _termwise(amount: Amount, unit: str, change: Callable[[Term], Decimal]) -> Amount:
    with localcontext(EXACT):
        terms = tuple(replace(term, value=change(term)) for term in amount.terms)
        value = None if amount.value is None else sum((term.value for term in terms), Decimal(0))
    return replace(amount, unit=unit, value=value, terms=terms)


def _broken_down(
    units: Iterable[Amount], slices: Slices, label: Callable[[Activity], Labels | None]
) -> tuple[EnergyLine, ...]:
    each = [lines(amount, slices, label) for amount in units]
    return tuple(EnergyLine(*found) for found in zip(*each, strict=True))


def _renewable_kwh(total: Amount) -> Decimal | None:
    """Return the renewable part of energy: green and solar power, biomass, and the stated share of other fuels.

    None where something of it has no calorific value.
    """
    if total.value is None or any(part_from(gap.activity, Origin.RENEWABLE) for gap in total.gaps):
        return None
    with localcontext(EXACT):
        return sum((term.value * part_from(term.activity, Origin.RENEWABLE) for term in total.terms), Decimal(0))
