"""Units convert by exact numbers, and only within their dimension."""

from decimal import Decimal
from fractions import Fraction

import pytest

from app.core.units.units import UNITS, Dimension, DimensionMismatch, UnknownUnit, conversion, dimension_of, ratio


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
        ("kL", "m3", "1"),
        ("ccf", "ft3", "100"),
        ("hcf", "ccf", "1"),
        ("Mcf", "m3", "28.316846592"),
        ("MMcf", "Mcf", "1000"),
        ("gal_uk", "L", "4.54609"),
        ("bbl", "gal_us", "42"),
        ("short_ton", "kg", "907.18474"),
        ("long_ton", "kg", "1016.0469088"),
        ("Gcal", "GJ", "4.1868"),
        ("toe", "GJ", "41.868"),
        ("toe", "Gcal", "10"),
        ("Dth", "therm", "10"),
        ("therm_us", "MJ", "105.4804"),
        ("MMBtu", "therm", "10"),
        ("10kNm3", "Nm3", "10000"),
        ("Mscf", "scf", "1000"),
        ("kg/L", "kg/m3", "1000"),
        ("t/m3", "g/mL", "1"),
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


def test_a_normal_cubic_metre_takes_up_five_and_a_half_percent_more_at_15_degrees() -> None:
    assert ratio("Nm3", "Sm3") == Fraction(28815, 27315)
    assert round(conversion("Nm3", "Sm3"), 6) == Decimal("1.054915")
    # 60 degrees F are (60 - 32) x 5/9 = 15.5555... degrees C
    assert ratio("scf", "Sm3") == Fraction("0.028316846592") * Fraction("288.15") * 9 / Fraction("2598.35")
    assert round(conversion("scf", "Nm3"), 9) == Decimal("0.026791125")


@pytest.mark.parametrize("unit", ["m3", "ft3", "L"])
def test_a_gas_at_a_stated_state_is_no_volume_without_one(unit: str) -> None:
    with pytest.raises(DimensionMismatch):
        conversion("Nm3", unit)


def test_a_unit_of_another_dimension_is_refused() -> None:
    with pytest.raises(DimensionMismatch):
        conversion("kWh", "t")


@pytest.mark.parametrize("unit", ["", "kwh", "KWH", "m^3", "m3 ", "tonne", "1000*kWh", "__import__"])
def test_a_name_that_is_no_unit_is_refused(unit: str) -> None:
    with pytest.raises(UnknownUnit):
        dimension_of(unit)
