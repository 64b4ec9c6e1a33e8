"""Units convert by exact numbers, and only within their dimension."""

from decimal import Decimal

import pytest

from app.core.units import UNITS, Dimension, DimensionMismatch, UnknownUnit, conversion, dimension_of


@pytest.mark.parametrize(
    ("source", "target", "number"),
    [
        ("MWh", "kWh", "1000"),
        ("kWh", "GJ", "0.0036"),
        ("kWh", "MJ", "3.6"),
        ("TJ", "GJ", "1000"),
        ("tce", "GJ", "29.3076"),
        ("kgce", "MJ", "29.3076"),
        ("MMBtu", "GJ", "1.05505585262"),
        ("therm", "MJ", "105.505585262"),
        ("t", "kg", "1000"),
        ("10kt", "t", "10000"),
        ("Mt", "kt", "1000"),
        ("lb", "kg", "0.45359237"),
        ("mg", "g", "0.001"),
        ("L", "m3", "0.001"),
        ("ML", "m3", "1000"),
        ("km3", "m3", "1000"),
        ("10km3", "m3", "10000"),
        ("Mm3", "m3", "1000000"),
        ("Nm3", "m3", "1"),
        ("ft3", "m3", "0.028316846592"),
        ("gal_us", "L", "3.785411784"),
        ("g/m3", "mg/m3", "1000"),
        ("ug/m3", "mg/m3", "0.001"),
        ("bar", "kPa", "100"),
        ("MW", "kW", "1000"),
        ("L/s", "m3/h", "3.6"),
        ("kWh", "kWh", "1"),
        ("degC", "degC", "1"),
        ("currency", "currency", "1"),
    ],
)
def test_one_unit_is_exactly_so_many_of_another(source: str, target: str, number: str) -> None:
    assert conversion(source, target) == Decimal(number)


@pytest.mark.parametrize(("dimension", "units"), UNITS.items())
def test_every_accepted_unit_converts_within_its_dimension(dimension: Dimension, units: tuple[str, ...]) -> None:
    for unit in units:
        assert dimension_of(unit) is dimension
        assert conversion(unit, units[0]) > 0


def test_a_unit_of_another_dimension_is_refused() -> None:
    with pytest.raises(DimensionMismatch):
        conversion("kWh", "t")


@pytest.mark.parametrize("unit", ["", "kwh", "KWH", "m^3", "m3 ", "tonne", "1000*kWh", "__import__"])
def test_a_name_that_is_no_unit_is_refused(unit: str) -> None:
    with pytest.raises(UnknownUnit):
        dimension_of(unit)
