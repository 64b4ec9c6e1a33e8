"""A number that is a unit's slip away from anything there is is refused; all that ships is far from that."""

from decimal import Decimal

import pytest

from app.accounting.factors.calorific_data import calorific_values
from app.accounting.selection.shipped import shipped_factors
from app.core.inventory.plausible import emission_problem, heat_problem
from app.core.inventory.resources import SHIPPED


@pytest.mark.parametrize(
    ("resource", "heat", "unit", "per", "is_refused"),
    [
        ("fuel.natural_gas", "38.9", "MJ", "m3", False),
        ("fuel.natural_gas", "38.9", "GJ", "m3", True),  # MJ were meant
        ("fuel.natural_gas", "0.5", "GJ", "Nm3", False),
        ("fuel.natural_gas", "0.501", "GJ", "Nm3", True),
        ("fuel.natural_gas", "11200", "kWh", "m3", True),  # Wh
        ("fuel.natural_gas", "1026", "Btu", "scf", False),
        ("fuel.natural_gas", "1026", "MMBtu", "Mscf", True),
        ("fuel.diesel", "42652", "kJ", "kg", False),
        ("fuel.diesel", "42652", "GJ", "t", True),
        ("fuel.diesel", "38.6", "GJ", "kL", False),
        ("fuel.diesel", "38.6", "GJ", "L", True),
        ("fuel.hydrogen", "141.8", "GJ", "t", False),
        ("fuel.hydrogen", "150.1", "GJ", "t", True),
        ("fuel.cng", "8", "GJ", "m3", False),  # compressed, in its cylinder
        ("fuel.cng", "101", "GJ", "m3", True),
    ],
)
def test_a_heat_that_no_fuel_has_is_refused(resource: str, heat: str, unit: str, per: str, is_refused: bool) -> None:
    found = heat_problem(Decimal(heat), unit, per, SHIPPED.named(resource), field="lhv")
    assert (found is not None) == is_refused
    assert found is None or (found.field, found.code) == ("lhv", "implausible")


@pytest.mark.parametrize(
    ("resource", "kg", "per", "is_refused"),
    [
        ("electricity.grid", "0.581", "kWh", False),
        ("electricity.grid", "581", "kWh", True),  # grams, or per MWh
        ("electricity.grid", "581", "MWh", False),
        ("electricity.grid", "20", "kWh", False),
        ("electricity.grid", "20.01", "kWh", True),
        ("heat.purchased", "66.33", "MMBtu", False),
        ("fuel.coke", "3214", "t", False),
        ("fuel.coke", "3214", "kg", True),
        ("fuel.diesel", "2.57", "L", False),
        ("fuel.diesel", "2570", "L", True),
        ("fuel.natural_gas", "2.02", "m3", False),
        ("fuel.natural_gas", "2020", "m3", True),
        ("fuel.natural_gas", "2020", "km3", False),  # per 1,000 m3
        ("fuel.natural_gas", "56100", "TJ", False),
        ("process.dolomite", "4770000", "t", False),  # nothing is known of processes
    ],
)
def test_a_mass_that_nothing_leaves_is_refused(resource: str, kg: str, per: str, is_refused: bool) -> None:
    found = emission_problem(Decimal(kg), per, SHIPPED.named(resource), field="kg_co2e")
    assert (found is not None) == is_refused
    assert found is None or (found.field, found.code) == ("kg_co2e", "implausible")


def test_the_words_name_what_it_would_be_and_what_may_be_meant() -> None:
    gas, grid = SHIPPED.named("fuel.natural_gas"), SHIPPED.named("electricity.grid")
    heat = heat_problem(Decimal("38.9"), "GJ", "m3", gas, field="lhv")
    assert heat is not None
    assert heat.detail == (
        "38.9 GJ in one m3 cannot be: 38.9 GJ/m3, and nothing of the kind has more than 0.5; is it in another"
        " unit, such as MJ?"
    )
    mass = emission_problem(Decimal(581), "kWh", grid, field="kg_co2")
    assert mass is not None
    assert mass.detail == (
        "581 kg per kWh cannot be: 581 kg per kWh, and nothing leaves more than 20; is it per another unit than"
        " kWh, or in grams?"
    )


def test_everything_that_ships_is_far_within_the_bounds() -> None:
    for value in calorific_values():
        if value.per is not None:
            for heat in (value.lhv, value.hhv):
                assert heat_problem(heat, value.energy_unit, value.per, SHIPPED.named(value.resource), field="") is None
    for factor in shipped_factors():
        if factor.resource.startswith(("fuel.", "electricity.", "heat.")):
            for kg in (factor.kg_co2, factor.kg_co2_biogenic, factor.kg_co2e):
                ten = None if kg is None else kg * 10
                assert emission_problem(ten, factor.per, SHIPPED.named(factor.resource), field="") is None, factor.code
