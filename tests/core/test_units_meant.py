"""A word that is no unit is refused with the units that were likely meant."""

import pytest

from app.core.inventory.inventory import unit_problem
from app.core.units.units import UNITS, Dimension
from app.core.units.units_meant import meant_by

_OF_FUELS = [each for name in ("VOLUME", "GAS_VOLUME", "MASS", "ENERGY") for each in UNITS[Dimension[name]]]


@pytest.mark.parametrize(
    ("word", "units"),
    [
        ("therms", ["therm"]),
        ("CCF", ["ccf"]),
        ("MCF", ["Mcf"]),
        ("gal", ["gal_us", "gal_uk"]),
        ("Gallons", ["gal_us", "gal_uk"]),
        ("tons", ["t", "short_ton", "long_ton"]),
        ("tonnes", ["t"]),
        ("liters", ["L"]),
        ("kwh", ["kWh"]),
        ("mmbtu", ["MMBtu"]),
        ("m³", ["m3"]),
        ("Nm³", ["Nm3"]),
        ("ml", ["mL", "ML"]),
        ("furlong", []),
        ("s", []),
    ],
)
def test_a_word_of_bills_means_units(word: str, units: list[str]) -> None:
    assert meant_by(word, _OF_FUELS) == units


def test_only_units_that_fit_are_meant() -> None:
    assert meant_by("gal", UNITS[Dimension.MASS]) == []
    problem = unit_problem("Tonne", Dimension.MASS)
    assert problem is not None
    assert problem.detail.startswith("'Tonne' is not a unit of mass: did you mean t? use one of mg, g, kg, t,")
    unknown = unit_problem("furlong", Dimension.MASS)
    assert unknown is not None
    assert unknown.detail.startswith("'furlong' is not a unit of mass; use one of mg, g, kg, t,")
