"""The United Kingdom's factors of one fuel per several units: what is metered takes the one per its own unit."""

from datetime import date
from decimal import Decimal

import pytest

from app.accounting.factors.calorific_data import calorific_values
from app.accounting.factors.choice import Choice
from app.accounting.factors.factor import Factor, HeatingValueBasis
from app.accounting.factors.measure import Measure
from app.accounting.factors.need import Metered, Need, Place
from app.accounting.selection.selection import FactorBook, choose
from app.accounting.selection.shipped import shipped_factors
from app.core.inventory.resources import SHIPPED

_M3, _GROSS, _NET = Measure("m3"), Measure("kWh", HeatingValueBasis.HHV), Measure("kWh", HeatingValueBasis.LHV)


def _chosen(
    resource: str, measure: Measure, year: int, factor_set: str | None = None, without: str | None = None
) -> Choice:
    place = Place(plant="p", region=None, grid_region=None, country="GB")
    metered = Metered(SHIPPED.named(resource), measure)
    need = Need(resource, resource, attributes={}, method=None, place=place, year=year, quantity=metered)
    shipped = tuple(factor for factor in shipped_factors() if factor.code != without)
    choice = choose(FactorBook(shipped, (), factor_set), need, on=date(year, 5, 1))
    assert isinstance(choice, Choice)
    return choice


def _stated(factor: Factor) -> tuple[Decimal | None, str, HeatingValueBasis | None]:
    return factor.kg_co2e, factor.per, factor.basis


@pytest.mark.parametrize(
    ("year", "measure", "kg_co2e"),
    [
        (2023, _M3, "2.03839031"),
        (2023, _GROSS, "0.182928926"),
        (2023, _NET, "0.202671419"),
        (2024, _M3, "2.04542"),
        (2024, _GROSS, "0.1829"),
        (2024, _NET, "0.20264"),
        (2025, _M3, "2.06672"),
        (2025, _GROSS, "0.18296"),
        (2025, _NET, "0.2027"),
        (2026, _M3, "2.02633"),
        (2026, _GROSS, "0.18231"),
        (2026, _NET, "0.20199"),
    ],
)
def test_gas_takes_the_factor_of_its_year_and_unit(year: int, measure: Measure, kg_co2e: str) -> None:
    choice = _chosen("fuel.natural_gas", measure, year)
    assert _stated(choice.factor) == (Decimal(kg_co2e), measure.unit, measure.basis)
    assert (choice.factor.factor_set, choice.carried_forward_years) == ("uk_desnz_average", None)


def test_gas_in_another_unit_of_energy_takes_the_factor_on_its_heating_value() -> None:
    choice = _chosen("fuel.natural_gas", Measure("GJ", HeatingValueBasis.LHV), 2025)
    assert _stated(choice.factor) == (Decimal("0.2027"), "kWh", HeatingValueBasis.LHV)


def test_net_energy_of_a_year_that_states_gross_alone_takes_that() -> None:
    choice = _chosen("fuel.natural_gas", _NET, 2026, without="desnz2026_ng_kwh_net")
    assert _stated(choice.factor) == (Decimal("0.18231"), "kWh", HeatingValueBasis.HHV)
    assert choice.carried_forward_years is None


@pytest.mark.parametrize(
    ("unit", "basis", "kg_co2e"),
    [
        ("t", None, "2581.984411"),
        ("L", None, "1.16832965"),
        ("kWh", HeatingValueBasis.HHV, "0.184318926"),
        ("kWh", HeatingValueBasis.LHV, "0.204201419"),
    ],
)
def test_liquefied_gas_takes_the_factor_of_its_unit(unit: str, basis: HeatingValueBasis | None, kg_co2e: str) -> None:
    choice = _chosen("fuel.lng", Measure(unit, basis), 2023)
    assert _stated(choice.factor) == (Decimal(kg_co2e), unit, basis)


@pytest.mark.parametrize(
    ("resource", "average", "mineral"),
    [
        ("fuel.diesel", "2.51279", "2.66155"),
        ("fuel.petrol", "2.0844", "2.35372"),
        ("fuel.natural_gas", "2.04542", "2.06318"),
    ],
)
def test_the_average_blend_and_the_mineral_one_are_families_of_their_own(
    resource: str, average: str, mineral: str
) -> None:
    measure = Measure(SHIPPED.named(resource).unit)
    assert _chosen(resource, measure, 2024).factor.kg_co2e == Decimal(average)
    chosen = _chosen(resource, measure, 2024, factor_set="uk_desnz_mineral")
    assert (chosen.factor.kg_co2e, chosen.family) == (Decimal(mineral), "uk_desnz_mineral")


def test_a_year_without_the_mineral_blend_takes_the_average_and_names_its_family() -> None:
    after = _chosen("fuel.diesel", Measure("L"), 2025, factor_set="uk_desnz_mineral")
    assert (after.factor.kg_co2e, after.family) == (Decimal("2.57082"), "uk_desnz_average")


@pytest.mark.parametrize(
    ("code", "kg_co2e"),
    [
        ("desnz2026_petrol_avg", "2.075"),
        ("uk_desnz_2025_water_supply", "0.1913"),
        ("uk_desnz_2024_water_supply", "0.15311"),
        ("desnz2025_heat_steam", "0.17529"),
        ("desnz2023_grid", "0.207074289"),
        ("desnz2025_gas_oil_l", "2.75541"),
    ],
)
def test_what_lists_of_one_row_mix_up_is_as_the_full_set_prints_it(code: str, kg_co2e: str) -> None:
    (factor,) = (factor for factor in shipped_factors() if factor.code == code)
    assert (factor.kg_co2e, factor.kg_co2, factor.gases_co2e) == (Decimal(kg_co2e), None, {})


def test_straw_has_the_heating_value_of_its_own_factors() -> None:
    # 47.35709 kg CO2e per t / 0.01273 per kWh x 3.6 = 13.392 MJ/kg; the sheet of upstream emissions implies 15.41.
    (straw,) = (value for value in calorific_values() if value.code == "desnz2025_grass_straw")
    assert (straw.lhv, straw.energy_unit, straw.per) == (Decimal("13.39"), "MJ", "kg")
