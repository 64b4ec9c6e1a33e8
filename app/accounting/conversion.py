"""From a metered quantity to the unit a factor is stated in, by stated densities and calorific values."""

from dataclasses import dataclass
from decimal import Decimal, localcontext
from functools import cached_property, lru_cache

from app.accounting.calorific import CalorificValue, calorific_value_for, densities
from app.accounting.exact import converted
from app.accounting.factor import Basis
from app.core.quantities import EXACT, plain
from app.core.units import Dimension, dimension_of


class NotConvertible(ValueError):
    """No stated density or calorific value leads from one unit to the other."""


@dataclass(frozen=True)
class Conversion:
    """From a quantity to `unit`: `rate` gives `rate_unit`, which is then converted. `rests_on` names stated values."""

    rate: Decimal
    rate_unit: str
    unit: str
    rests_on: tuple[str, ...] = ()

    def apply(self, quantity: Decimal) -> Decimal:
        """Return the quantity in `unit`."""
        with localcontext(EXACT):
            return converted(quantity * self.rate, self.rate_unit, self.unit)

    @cached_property
    def multiplier(self) -> Decimal:
        """Return how many `unit` one unit of the quantity is, to twenty decimal places where it does not end."""
        return self.apply(Decimal(1))


@dataclass(frozen=True, slots=True)
class Fuel:
    """What is converted, where: `prefer` lists factor sets whose calorific value is taken first."""

    resource: str
    country: str
    prefer: tuple[str | None, ...]


@lru_cache(maxsize=4096)
def convert(fuel: Fuel, source: str, target: str, *, basis: Basis | None) -> Conversion:
    """Return the conversion of a resource's unit; heat from a fuel is taken on `basis`.

    Raises NotConvertible where no stated value leads there, and where energy from a fuel is wanted on no basis.
    """
    if dimension_of(source) is dimension_of(target):
        return Conversion(Decimal(1), source, target)
    if dimension_of(target) is not Dimension.ENERGY:
        return _by_density(fuel, source, target)
    value = _calorific(fuel, basis)
    to_per = convert(fuel, source, value.per, basis=None)
    words = f"calorific value {value.code} {plain(value.gj)} GJ/{value.per} ({value.basis})"
    with localcontext(EXACT):
        gj = to_per.multiplier * value.gj
    return Conversion(gj, "GJ", target, (*to_per.rests_on, words))


def _calorific(fuel: Fuel, basis: Basis | None) -> CalorificValue:
    if basis is None:
        raise NotConvertible(f"energy of {fuel.resource} without a heating value basis")
    value = calorific_value_for(fuel.resource, country=fuel.country, basis=basis, prefer=fuel.prefer)
    if value is None:
        raise NotConvertible(f"no {basis} calorific value of {fuel.resource} for {fuel.country}")
    return value


def _by_density(fuel: Fuel, source: str, target: str) -> Conversion:
    if {dimension_of(source), dimension_of(target)} != {Dimension.VOLUME, Dimension.MASS}:
        raise NotConvertible(f"{fuel.resource} from {source} to {target}")
    density = densities().get(fuel.resource)
    if density is None:
        raise NotConvertible(f"no density of {fuel.resource}")
    if dimension_of(source) is Dimension.MASS:
        raise NotConvertible(f"{fuel.resource} from a mass in {source} to a volume in {target}")
    words = f"{density.basis}: {fuel.resource.removeprefix('fuel.')} density {plain(density.kg_per_l)} kg/L"
    with localcontext(EXACT):
        kg = converted(Decimal(1), source, "L") * density.kg_per_l
    return Conversion(kg, "kg", target, (words,))
