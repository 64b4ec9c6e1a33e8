"""Tonnes of coal equivalent: measured heat by its heating value, other fuels by the standard's default coefficients.

1,000 t of coal are 714.3 tce by the default for raw coal; once a laboratory states 25 GJ/t they are 25,000 / 29.3076.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal, localcontext
from fractions import Fraction
from functools import lru_cache

from app.accounting.exact import quotient, scaled
from app.accounting.factors.conversion import NotConvertible, convert
from app.accounting.factors.fuel_days import ENERGY
from app.accounting.factors.measure import Measure
from app.accounting.factors.sources import source_words
from app.accounting.ledger.amounts import Amount, Term
from app.accounting.metrics.energy import gj_of
from app.core.datafile import BadDataFile, Row, documents
from app.core.inventory.resources import SHIPPED
from app.core.sentences import Sentence, sentence
from app.core.units.quantities import EXACT, plain

TCE = "tce"
GJ_PER_TCE = Decimal("29.3076")
TCE_PER_KWH = Decimal("0.0001229")
_TCE_PER_KWH_OF_HEAT = Fraction("0.0036") / Fraction(GJ_PER_TCE)
TCE_WORDS = (
    "electricity at 0.1229 kgce/kWh (GB/T 2589), other energy at its lower heating value in GJ / 29.3076, but a fuel "
    "of which neither heat nor heating value was measured by the default coefficient of GB/T 2589 where it has one"
)


@dataclass(frozen=True, slots=True)
class Coefficient:
    """What a kg of a fuel is in kgce when nobody measured its heat; `name` is what the standard calls it."""

    name: str
    kgce_per_kg: Decimal
    source: str

    @property
    def words(self) -> Sentence:
        """Return what a figure says of it."""
        return sentence(
            "tce by the default coefficient of GB/T 2589 for %(fuel)s, %(coefficient)s kgce/kg",
            fuel=self.name,
            coefficient=plain(self.kgce_per_kg),
        )


@lru_cache(maxsize=1)
def coefficients() -> Mapping[str, Coefficient]:
    """Return the default coefficients by resource; raises BadDataFile."""
    table = Row(documents("standard_coal.yaml")[0], where="standard_coal.yaml")
    source = source_words(table.row("source"))
    found: dict[str, Coefficient] = {}
    for row in table.rows("coefficients"):
        coefficient = Coefficient(row.text("name"), row.decimal("kgce_per_kg"), source)
        for resource in row.texts("resources"):
            if found.setdefault(SHIPPED.named(resource).key, coefficient) is not coefficient:
                raise BadDataFile(f"{row.where}: {resource} has two coefficients")
        row.close()
    table.close()
    return found


def in_standard_coal(source: str, target: str) -> bool:
    """Tell whether energy in `source`, the unit of an amount, is printed in standard coal."""
    return source == ENERGY.unit and target in (TCE, "kgce")


def in_tce(kwh: Amount) -> Amount:
    """Return kWh in tonnes of coal equivalent; each term says by which rule."""
    terms = tuple(map(_in_tce, kwh.terms))
    with localcontext(EXACT):
        value = None if kwh.value is None else sum((term.value for term in terms), Decimal(0))
    return replace(kwh, unit=TCE, value=value, terms=terms)


def _in_tce(term: Term) -> Term:
    if term.activity.resource.startswith("electricity."):
        with localcontext(EXACT):
            return _by(Fraction(TCE_PER_KWH), term, term.value * TCE_PER_KWH)
    coefficient, measured = coefficients().get(term.activity.resource), _measured(term)
    if coefficient is not None and measured is None:
        by_mass = _by_mass(term, coefficient)
        if by_mass is not None:
            return _by(by_mass, term, scaled(term.value, by_mass), coefficient.words)
    said = (
        ()
        if coefficient is None
        else (sentence("tce by %(measured)s, GJ / 29.3076", measured=measured or sentence("its heating value")),)
    )
    return _by(_TCE_PER_KWH_OF_HEAT, term, quotient(gj_of(term.value), GJ_PER_TCE), *said)


def _by(tce_per_kwh: Fraction, term: Term, value: Decimal, *said: Sentence) -> Term:
    """Return a term of kWh in tce, its multiplier with it."""
    ratio = term.exact_multiplier * tce_per_kwh
    shown = quotient(Decimal(ratio.numerator), Decimal(ratio.denominator))
    return replace(term, value=value, multiplier=shown, converted_to=TCE, ratio=ratio, notes=(*term.notes, *said))


def _measured(term: Term) -> Sentence | None:
    """Return by what the heat of a fuel was measured: its meter, or a heating value the organization states."""
    if term.activity.basis is not None:
        return sentence("metered heat")
    own = next((each.value for each in term.values if each.value.own and each.value.states & {"lhv", "hhv"}), None)
    return None if own is None else sentence("the measured heating value %(code)s", code=own.code)


def _by_mass(term: Term, coefficient: Coefficient) -> Fraction | None:
    """Return the tce of a kWh of a term by its mass; None where no density leads to a mass."""
    if term.fuel is None:
        return None
    try:
        kg = convert(term.fuel, term.activity.measure, Measure("kg")).factor
        kwh = convert(term.fuel, term.activity.measure, ENERGY).factor
    except NotConvertible:
        return None
    return kg / kwh * Fraction(coefficient.kgce_per_kg) / 1000
