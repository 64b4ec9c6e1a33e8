"""The units meters and figures may be in, and exact conversion between them by pint in Decimal."""

from decimal import Context, Decimal, localcontext
from enum import StrEnum
from functools import lru_cache

from pint import UnitRegistry

from app.core.quantities import EXACT
from app.core.unit_definitions import UNIT_DEFINITIONS


class Dimension(StrEnum):
    """What kind of thing a unit measures."""

    ENERGY = "energy"
    VOLUME = "volume"
    MASS = "mass"
    CURRENCY = "currency"
    PERSON = "person"
    CONCENTRATION = "concentration"
    TEMPERATURE = "temperature"
    PRESSURE = "pressure"
    POWER = "power"
    FLOW = "flow"
    AREA = "area"
    TIME = "time"
    WORKING_DAYS = "working days"
    COUNT = "count"
    SHARE = "share"


UNITS: dict[Dimension, tuple[str, ...]] = {
    Dimension.ENERGY: ("Wh", "kWh", "MWh", "GWh", "kJ", "MJ", "GJ", "TJ", "kgce", "tce", "therm", "MMBtu"),
    Dimension.VOLUME: ("mL", "L", "m3", "Nm3", "ML", "km3", "10km3", "Mm3", "ft3", "gal_us"),
    Dimension.MASS: ("mg", "g", "kg", "t", "kt", "Mt", "lb", "10kt"),
    Dimension.CURRENCY: ("currency",),
    Dimension.PERSON: ("person",),
    Dimension.CONCENTRATION: ("ug/m3", "mg/m3", "g/m3"),
    Dimension.TEMPERATURE: ("degC",),
    Dimension.PRESSURE: ("Pa", "kPa", "bar"),
    Dimension.POWER: ("W", "kW", "MW"),
    Dimension.FLOW: ("m3/h", "Nm3/h", "L/s"),
    Dimension.AREA: ("m2", "ha", "km2"),
    Dimension.TIME: ("min", "h", "hour"),
    Dimension.WORKING_DAYS: ("day",),
    Dimension.COUNT: ("number", "item", "case", "company", "set", "participant", "person-time"),
    Dimension.SHARE: ("%", "fraction"),
}
"""Every accepted unit by dimension. A revenue ledger's unit may also be its organization's ISO 4217 code.

Nm3 equals m3 here: the reference condition is stated where it matters (a factor's basis), never converted silently.
tce and kgce are units of heat: 29.3076 GJ and MJ. Words for counts are worth one each; a working day is no stretch of
hours.
"""

_PINT_NAMES = {
    "Nm3": "meter**3",
    "Nm3/h": "meter**3/hour",
    "m3": "meter**3",
    "m3/h": "meter**3/hour",
    "km3": "(1000*meter**3)",
    "10km3": "(10000*meter**3)",
    "Mm3": "(1000000*meter**3)",
    "ft3": "foot**3",
    "gal_us": "gallon",
    "kgce": "(29.3076*MJ)",
    "tce": "(29.3076*GJ)",
    "therm": "(100000*Btu_it)",
    "MMBtu": "(1000000*Btu_it)",
    "10kt": "(10*kilotonne)",
    "t": "tonne",
    "kt": "kilotonne",
    "Mt": "megatonne",
    "ug/m3": "microgram/meter**3",
    "mg/m3": "milligram/meter**3",
    "g/m3": "gram/meter**3",
    "L/s": "liter/second",
    "m2": "meter**2",
    "ha": "hectare",
    "km2": "kilometer**2",
    "min": "minute",
    "h": "hour",
    "%": "percent",
    "fraction": "dimensionless",
    "number": "dimensionless",
    "item": "dimensionless",
    "case": "dimensionless",
    "company": "dimensionless",
    "set": "dimensionless",
    "participant": "dimensionless",
    "person-time": "dimensionless",
    "L": "liter",
    "mL": "milliliter",
    "ML": "megaliter",
}
_WITHOUT_NOISE = Context(prec=60)
"""Pint's definitions divide on the way (an inch is a yard's 36th part): the digits past these are its rounding."""

_DIMENSIONS = {name: dimension for dimension, names in UNITS.items() for name in names}


class UnknownUnit(ValueError):
    """Not a unit the service knows."""


class DimensionMismatch(ValueError):
    """The two units measure different things."""


@lru_cache(maxsize=1)
def _registry() -> "UnitRegistry[Decimal]":
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
def conversion(source: str, target: str) -> Decimal:
    """Return the exact number of `target` units in one `source` unit; raises UnknownUnit, DimensionMismatch."""
    if dimension_of(source) is not dimension_of(target):
        raise DimensionMismatch(f"{source} is {dimension_of(source)}, {target} is {dimension_of(target)}")
    if source == target:
        return Decimal(1)
    with localcontext(EXACT):
        return _WITHOUT_NOISE.plus(_in_base_units(source) / _in_base_units(target))


def _in_base_units(unit: str) -> Decimal:
    quantity = _registry().parse_expression(_PINT_NAMES.get(unit, unit)).to_base_units()
    return Decimal(quantity.magnitude)
