"""The units meters and figures may be in, and exact conversion between them: magnitudes by pint in Decimal."""

from decimal import Context, Decimal, localcontext
from enum import StrEnum
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING

from app.core.units.gas_volumes import ReferenceConditions, expansion
from app.core.units.quantities import EXACT
from app.core.units.unit_definitions import UNIT_DEFINITIONS

if TYPE_CHECKING:
    from pint import UnitRegistry


class Dimension(StrEnum):
    """What kind of thing a unit measures."""

    ENERGY = "energy"
    VOLUME = "volume"
    GAS_VOLUME = "gas volume at reference conditions"
    MASS = "mass"
    DENSITY = "density"
    CURRENCY = "currency"
    PERSON = "person"
    FULL_TIME = "full-time equivalents"
    CONCENTRATION = "concentration"
    TEMPERATURE = "temperature"
    PRESSURE = "pressure"
    POWER = "power"
    FLOW = "flow"
    GAS_FLOW = "gas flow at reference conditions"
    AREA = "area"
    TIME = "time"
    WORKING_DAYS = "working days"
    COUNT = "count"
    SHARE = "share"


PERCENT = "%"
_HEAT = ("kgce", "tce", "therm", "MMBtu", "Dth", "therm_us", "Btu", "kcal", "Mcal", "Gcal", "toe", "ktoe")
_CUBIC_FEET = ("ft3", "ccf", "hcf", "Mcf", "MMcf")

UNITS: dict[Dimension, tuple[str, ...]] = {
    Dimension.ENERGY: ("Wh", "kWh", "MWh", "GWh", "kJ", "MJ", "GJ", "TJ", *_HEAT),
    Dimension.VOLUME: ("mL", "L", "kL", "m3", "ML", "km3", "10km3", "Mm3", *_CUBIC_FEET, "gal_us", "gal_uk", "bbl"),
    Dimension.GAS_VOLUME: ("Nm3", "10kNm3", "Sm3", "scf", "Mscf", "MMscf"),
    Dimension.MASS: ("mg", "g", "kg", "t", "kt", "Mt", "lb", "short_ton", "long_ton", "10kt"),
    Dimension.DENSITY: ("kg/m3", "kg/L", "t/m3", "g/mL", "lb/gal_us", "lb/ft3"),
    Dimension.CURRENCY: ("currency",),
    Dimension.PERSON: ("person",),
    Dimension.FULL_TIME: ("FTE",),
    Dimension.CONCENTRATION: ("ug/m3", "mg/m3", "g/m3"),
    Dimension.TEMPERATURE: ("degC",),
    Dimension.PRESSURE: ("Pa", "kPa", "bar"),
    Dimension.POWER: ("W", "kW", "MW"),
    Dimension.FLOW: ("m3/h", "L/s"),
    Dimension.GAS_FLOW: ("Nm3/h",),
    Dimension.AREA: ("m2", "ha", "km2"),
    Dimension.TIME: ("min", "h", "hour"),
    Dimension.WORKING_DAYS: ("day",),
    Dimension.COUNT: ("number", "item", "piece", "case", "company", "set", "participant", "person-time"),
    Dimension.SHARE: ("%", "fraction"),
}
"""Every accepted unit by dimension. A revenue ledger's unit may also be its organization's ISO 4217 code.

Nm3 is a cubic metre at 0 degrees C, Sm3 at 15 degrees C, scf a cubic foot at 60 degrees F, all at 101.325 kPa: they
convert among themselves by the ideal gas law, and to m3 or ft3 only where the state of those is known. ccf and hcf are
100, Mcf 1,000 and MMcf 1,000,000 cubic feet in whatever state. tce and kgce are units of heat: 29.3076 GJ and MJ. Words
for counts are worth one each; a working day is no stretch of hours.
"""

GAS_UNITS: dict[str, tuple[str, ReferenceConditions]] = {
    "Nm3": ("m3", ReferenceConditions.C0),
    "10kNm3": ("10km3", ReferenceConditions.C0),
    "Sm3": ("m3", ReferenceConditions.C15),
    "scf": ("ft3", ReferenceConditions.F60),
    "Mscf": ("Mcf", ReferenceConditions.F60),
    "MMscf": ("MMcf", ReferenceConditions.F60),
    "Nm3/h": ("m3/h", ReferenceConditions.C0),
}
"""The plain unit and the state that each unit of a gas at reference conditions stands for."""

_PINT_NAMES = {
    "m3": "meter**3",
    "km3": "(1000*meter**3)",
    "10km3": "(10000*meter**3)",
    "Mm3": "(1000000*meter**3)",
    "ft3": "foot**3",
    "ccf": "(100*foot**3)",
    "hcf": "(100*foot**3)",
    "Mcf": "(1000*foot**3)",
    "MMcf": "(1000000*foot**3)",
    "gal_us": "gallon",
    "gal_uk": "imperial_gallon",
    "bbl": "barrel",
    "kgce": "(29.3076*MJ)",
    "tce": "(29.3076*GJ)",
    "toe": "(41.868*GJ)",
    "ktoe": "(41868*GJ)",
    "Btu": "Btu_it",
    "therm": "(100000*Btu_it)",
    "therm_us": "(100000*Btu_59F)",
    "MMBtu": "(1000000*Btu_it)",
    "Dth": "(1000000*Btu_it)",
    "short_ton": "(2000*pound)",
    "long_ton": "(2240*pound)",
    "10kt": "(10*kilotonne)",
    "t": "tonne",
    "kt": "kilotonne",
    "Mt": "megatonne",
    "ug": "microgram",
    "mg": "milligram",
    "g": "gram",
    "m2": "meter**2",
    "ha": "hectare",
    "km2": "kilometer**2",
    "s": "second",
    "min": "minute",
    "h": "hour",
    "%": "percent",
    "fraction": "dimensionless",
    "number": "dimensionless",
    "item": "dimensionless",
    "piece": "dimensionless",
    "case": "dimensionless",
    "company": "dimensionless",
    "set": "dimensionless",
    "participant": "dimensionless",
    "person-time": "dimensionless",
    "L": "liter",
    "mL": "milliliter",
    "kL": "kiloliter",
    "ML": "megaliter",
}
_SIXTY_DIGITS = Context(prec=60)
_DIMENSIONS = {name: dimension for dimension, names in UNITS.items() for name in names}


class UnknownUnit(ValueError):
    """Not a unit the service knows."""


class DimensionMismatch(ValueError):
    """The two units measure different things."""


@lru_cache(maxsize=1)
def _registry() -> "UnitRegistry[Decimal]":
    from pint import UnitRegistry

    registry: UnitRegistry[Decimal] = UnitRegistry(None, non_int_type=Decimal, cache_folder=None)
    registry.load_definitions(UNIT_DEFINITIONS)
    return registry


def dimension_of(unit: str) -> Dimension:
    """Return the dimension of `unit`; raises UnknownUnit."""
    try:
        return _DIMENSIONS[unit]
    except KeyError:
        raise UnknownUnit(unit) from None


@lru_cache(maxsize=4096)
def ratio(source: str, target: str) -> Fraction:
    """Return how many `target` one `source` is, as an exact fraction; raises UnknownUnit, DimensionMismatch."""
    if dimension_of(source) is not dimension_of(target):
        raise DimensionMismatch(f"{source} is {dimension_of(source)}, {target} is {dimension_of(target)}")
    if source == target:
        return Fraction(1)
    (volume, state), (other, other_state) = GAS_UNITS.get(source, (source, None)), GAS_UNITS.get(target, (target, None))
    of_states = expansion(state, other_state) if state and other_state else Fraction(1)
    return _in_base_units(volume) / _in_base_units(other) * of_states


def conversion(source: str, target: str) -> Decimal:
    """Return the number of `target` units in one `source` unit, to sixty digits where it does not end.

    Raises UnknownUnit, DimensionMismatch.
    """
    found = ratio(source, target)
    return _SIXTY_DIGITS.divide(Decimal(found.numerator), Decimal(found.denominator))


@lru_cache(maxsize=256)
def _in_base_units(unit: str) -> Fraction:
    """Return a unit's magnitude; what is per a unit is divided here, since pint would round the quotient."""
    over, _, under = unit.partition("/")
    if under:
        return _in_base_units(over) / _in_base_units(under)
    with localcontext(EXACT):
        quantity = _registry().parse_expression(_PINT_NAMES.get(unit, unit)).to_base_units()
        return Fraction(Decimal(quantity.magnitude))
