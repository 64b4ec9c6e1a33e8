"""Numbers that nothing can have: somebody meant another unit, MJ for GJ or grams for kilograms, and is a thousand off.

The bounds lie well above all there is, so that only a slip of the unit passes them:

    heat in a tonne                 hydrogen 142 GJ, other fuels below 56               150 GJ
    heat in a m3 of gas             butane 0.13 GJ at 0 degrees C                       0.5 GJ
    heat in a m3 of anything else   bitumen 42 GJ                                       100 GJ
    CO2 of a kWh                    blast-furnace gas 0.94 kg, power of lignite 1.3     20 kg
    CO2 of a kg, L or m3 of fuel    coke 3.2 kg, fuel oil 3.2, butane gas 5.9           50 kg

*Example.* `"lhv": 38.9, "per": "m3"` of natural gas without `energy_unit` is 38.9 GJ in a m3, where 38.9 MJ were meant.
"""

from decimal import Decimal
from fractions import Fraction

from app.core.inventory.inventory import FieldProblem
from app.core.inventory.resources import Resource
from app.core.units.quantities import plain
from app.core.units.units import Dimension, dimension_of, ratio

MATTER = (Dimension.MASS, Dimension.VOLUME, Dimension.GAS_VOLUME)
_VOLUMES = (Dimension.VOLUME, Dimension.GAS_VOLUME)
_MOST_GJ_PER_T, _MOST_GJ_PER_M3_OF_GAS, _MOST_GJ_PER_M3 = Fraction(150), Fraction(1, 2), Fraction(100)
_MOST_KG_PER_T, _MOST_KG_PER_M3_OF_GAS, _MOST_KG_PER_M3 = Fraction(50_000), Fraction(50), Fraction(50_000)
_MOST_KG_PER_KWH = 20


def heat_problem(
    heat: Decimal | None, energy_unit: str, per: str, resource: Resource, *, field: str
) -> FieldProblem | None:
    """Return that a heat in one `per` is one that no such matter has, or None; the units are known to fit."""
    if heat is None:
        return None
    unit, most = _of_matter(per, resource, (_MOST_GJ_PER_T, _MOST_GJ_PER_M3_OF_GAS, _MOST_GJ_PER_M3))
    gj = Fraction(heat) * ratio(energy_unit, "GJ") / ratio(per, unit)
    if gj <= most:
        return None
    words = (
        f"{plain(heat)} {energy_unit} in one {per} cannot be: {_number(gj)} GJ/{unit}, and nothing of the kind has more"
        f" than {_number(most)}; is it in another unit, such as MJ?"
    )
    return FieldProblem(field, "implausible", words)


def emission_problem(kg: Decimal | None, per: str, resource: Resource, *, field: str) -> FieldProblem | None:
    """Return that a mass of CO2 is one that no unit of energy or fuel leaves, or None; `per` is known to fit."""
    if dimension_of(per) is Dimension.ENERGY:
        unit, most = "kWh", Fraction(_MOST_KG_PER_KWH)
    elif resource.is_fuel:
        unit, most = _of_matter(per, resource, (_MOST_KG_PER_T, _MOST_KG_PER_M3_OF_GAS, _MOST_KG_PER_M3))
    else:
        return None
    if kg is None or (found := Fraction(kg) / ratio(per, unit)) <= most:
        return None
    words = (
        f"{plain(kg)} kg per {per} cannot be: {_number(found)} kg per {unit}, and nothing leaves more than"
        f" {_number(most)}; is it per another unit than {per}, or in grams?"
    )
    return FieldProblem(field, "implausible", words)


def _of_matter(per: str, resource: Resource, most: tuple[Fraction, Fraction, Fraction]) -> tuple[str, Fraction]:
    """Return the unit a bound is per, and the bound: of a tonne, of a m3 of gas or of a m3 of anything else."""
    of_mass, of_gas, of_volume = most
    dimension = dimension_of(per)
    if dimension is Dimension.MASS:
        return "t", of_mass
    if dimension is Dimension.GAS_VOLUME:
        return "Nm3", of_gas
    is_gas = Dimension.GAS_VOLUME in resource.dimensions and dimension_of(resource.unit) in _VOLUMES
    return "m3", of_gas if is_gas else of_volume


def _number(value: Fraction) -> str:
    return f"{float(value):.6g}"
