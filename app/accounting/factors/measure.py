"""What a quantity is stated in: its unit, the heating value of an energy, the state of a gas volume."""

from dataclasses import dataclass

from app.accounting.factors.factor import Factor, HeatingValueBasis
from app.core.inventory.meters import HeatingValue
from app.core.inventory.resources import Resource
from app.core.sentences import Sentence, sentence
from app.core.units.gas_volumes import ReferenceConditions
from app.core.units.units import GAS_UNITS, Dimension, dimension_of

BASES = {HeatingValue.GROSS: HeatingValueBasis.HHV, HeatingValue.NET: HeatingValueBasis.LHV}

CURRENCY = "currency"
"""What money is in, whatever the currency of its organization: it is never converted."""


@dataclass(frozen=True, slots=True)
class Measure:
    """A unit; `basis` says on which heating value a fuel's energy is, `conditions` in which state a gas volume is.

    A unit such as Nm3 is its plain unit in the state it stands for.
    """

    unit: str
    basis: HeatingValueBasis | None = None
    conditions: ReferenceConditions | None = None

    @property
    def dimension(self) -> Dimension:
        """Return what it measures, a gas volume being a volume in a state."""
        return dimension_of(self.plain.unit)

    @property
    def plain(self) -> "Measure":
        """Return the same with the plain unit and the state apart: m3 at 0C for Nm3."""
        if self.unit not in GAS_UNITS:
            return self
        unit, state = GAS_UNITS[self.unit]
        return Measure(unit, self.basis, state)

    @property
    def words(self) -> Sentence:
        """Return how a sentence calls it, such as `kWh (HHV)` and `m3 at 15 degrees C, 101.325 kPa`."""
        unit = f"{self.unit} ({self.basis})" if self.basis else self.unit
        if self.conditions is None:
            return sentence("%(unit)s", unit=unit)
        return sentence("%(unit)s at %(state)s", unit=unit, state=self.conditions.words)


def metered_in(resource: Resource, metered: Measure) -> Measure:
    """Return what quantities are added up in that a meter gives in `metered`: the resource's own unit where it can.

    A volume of gas keeps its state. What measures a fuel otherwise keeps its very unit.
    """
    if not resource.is_fuel:
        return Measure(resource.unit)
    plain = metered.plain
    return Measure(resource.unit, None, plain.conditions) if plain.dimension is resource.dimension else plain


def measure_of(factor: Factor) -> Measure:
    """Return what a factor is per."""
    return Measure(factor.per, factor.basis, conditions_in(factor.reference_condition))


def conditions_in(words: str | None) -> ReferenceConditions | None:
    """Return the state that a factor's file names, by its code or in words; None for any other."""
    return next((each for each in ReferenceConditions if words in (each, each.words)), None)
