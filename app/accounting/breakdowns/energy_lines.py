"""The energy metrics: each resource in kWh, GJ and tonnes of coal equivalent, on one heating value."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal, localcontext

from app.accounting.factors.factor import HeatingValueBasis
from app.accounting.ledger.activity import Activity
from app.accounting.ledger.amounts import Amount, Term, total
from app.accounting.metrics.breakdown import Labels, Line, Slices, line, lines
from app.accounting.metrics.divisors import share_of
from app.accounting.metrics.energy import GJ, KWH, gj_of
from app.accounting.metrics.standard_coal import in_tce
from app.core.inventory.resources import Origin
from app.core.units.quantities import EXACT


@dataclass(frozen=True, slots=True)
class EnergyLine:
    """One line of energy in its three units; MWh are kWh / 1,000."""

    kwh: Line
    gj: Line
    tce: Line


@dataclass(frozen=True, slots=True)
class EnergyMetrics:
    """Energy of a year; shares are 0 to 1, null without a denominator.

    `renewable_share_metered` overlooks what instruments cover.
    """

    basis: HeatingValueBasis
    total: EnergyLine
    by_resource: tuple[EnergyLine, ...]
    by_plant: tuple[EnergyLine, ...]
    by_origin: tuple[EnergyLine, ...]
    by_instrument: tuple[Line, ...]
    electricity: Line
    renewable_electricity: Line
    renewable_share: Decimal | None
    renewable_share_metered: Decimal | None
    renewable_energy_kwh: Decimal | None
    renewable_energy_share: Decimal | None


@dataclass(frozen=True, slots=True)
class EnergyAmounts:
    """A year's energy in kWh: all of it, by where it comes from, and its electricity with the renewable part.

    `renewable_metered` is that part by what meters state, instruments overlooked.
    """

    total: Amount
    by_origin: Mapping[Origin, Amount]
    electricity: Amount
    renewable: Amount
    renewable_metered: Amount

    @property
    def every(self) -> tuple[Amount, ...]:
        """Return all of them."""
        return self.total, *self.by_origin.values(), self.electricity, self.renewable, self.renewable_metered


def energy_metrics(of: EnergyAmounts, slices: Slices) -> EnergyMetrics:
    """Return the metrics of a year's energy.

    Every fuel of it is on the lower heating value: one that has a higher one alone is a gap, and is not added.
    """
    units, renewable = _units(of.total), of.by_origin[Origin.RENEWABLE]
    return EnergyMetrics(
        basis=HeatingValueBasis.LHV,
        total=_line(of.total, slices, {}),
        by_resource=_broken_down(units, slices, lambda activity: {"resource": activity.resource}),
        by_plant=_broken_down(units, slices, lambda activity: {"plant": activity.site.place.plant}),
        by_origin=tuple(_line(amount, slices, {"origin": origin}) for origin, amount in of.by_origin.items()),
        by_instrument=tuple(_by_instrument(of.by_origin.values(), slices)),
        electricity=line(of.electricity, slices, {"resource": "electricity"}),
        renewable_electricity=line(of.renewable, slices, {"resource": "electricity", "renewable": "true"}),
        renewable_share=_share(of.renewable, of.electricity),
        renewable_share_metered=_share(of.renewable_metered, of.electricity),
        renewable_energy_kwh=None if renewable.gaps else renewable.value,
        renewable_energy_share=_share(renewable, of.total),
    )


def _units(amount: Amount) -> tuple[Amount, Amount, Amount]:
    return amount, in_gj(amount), in_tce(amount)


def _line(amount: Amount, slices: Slices, labels: Labels) -> EnergyLine:
    return EnergyLine(*(line(each, slices, labels) for each in _units(amount)))


def _by_instrument(amounts: Iterable[Amount], slices: Slices) -> Iterator[Line]:
    """Yield what each instrument covers of a resource at a plant, in kWh."""
    covered: dict[tuple[str, str, str], list[Term]] = defaultdict(list)
    for term in (term for amount in amounts for term in amount.terms):
        if term.instrument is not None:
            activity = term.activity
            covered[term.instrument.code, activity.site.place.plant, activity.resource].append(term)
    for (code, plant, resource), terms in sorted(covered.items()):
        activities = tuple(dict.fromkeys(term.activity for term in terms))
        formula = f"energy covered by the instrument {code}"
        amount = total(terms, unit=KWH, activities=activities, findings=(), formula=formula)
        source = terms[0].instrument and terms[0].instrument.energy_source
        labels = {"instrument": code, "energy_source": source or "unspecified", "plant": plant, "resource": resource}
        yield line(amount, slices, labels)


def mwh(kwh: Decimal | None) -> Decimal | None:
    """Return kWh in MWh."""
    return None if kwh is None else kwh.scaleb(-3, context=EXACT)


def in_gj(kwh: Amount) -> Amount:
    """Return kWh in GJ, each term to twenty places: the calorific value it came from is met again exactly."""
    with localcontext(EXACT):
        terms = tuple(replace(term, value=gj_of(term.value)) for term in kwh.terms)
        value = None if kwh.value is None else sum((term.value for term in terms), Decimal(0))
    return replace(kwh, unit=GJ, value=value, terms=terms)


def _broken_down(
    units: Iterable[Amount], slices: Slices, label: Callable[[Activity], Labels | None]
) -> tuple[EnergyLine, ...]:
    each = [lines(amount, slices, label) for amount in units]
    return tuple(EnergyLine(*found) for found in zip(*each, strict=True))


def _share(part: Amount, whole: Amount) -> Decimal | None:
    return None if part.gaps else share_of(part.value, whole)
