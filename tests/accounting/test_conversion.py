"""A quantity of fuel becomes another measure of it by exact fractions, by the nearest value, and says by what."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from app.accounting.factors.calorific import CalorificValue
from app.accounting.factors.calorific_choice import CalorificBook
from app.accounting.factors.conversion import NotConvertible, convert
from app.accounting.factors.factor import HeatingValueBasis
from app.accounting.factors.fuel import Fuel
from app.accounting.factors.fuel_days import Fuelled
from app.accounting.factors.measure import Measure, measure_of
from app.accounting.factors.need import Place
from app.accounting.selection.shipped import shipped_factors
from app.core.calendar.periods import day_of
from app.core.inventory.resources import SHIPPED
from app.core.units.gas_volumes import ReferenceConditions
from tests.support.calorific_values import value

_C0, _C15, _F60 = ReferenceConditions.C0, ReferenceConditions.C15, ReferenceConditions.F60
_NET_KWH, _GROSS_KWH = Measure("kWh", HeatingValueBasis.LHV), Measure("kWh", HeatingValueBasis.HHV)
_HERE = Place(plant="works", region="DE-BY", grid_region=None, country="DE")


def fuel(*values: CalorificValue, resource: str = "fuel.natural_gas", on: date = date(2024, 6, 1)) -> Fuel:
    used = Fuelled(SHIPPED.named(resource), {}, _HERE, Measure("m3"), CalorificBook(values), "preferred")
    return used.on(day_of(on))


_PER_NM3 = value("gas", per="Nm3", hhv=Decimal(40), lhv=Decimal(36), energy_unit="MJ")


@pytest.mark.parametrize(
    ("source", "target", "number"),
    [
        (Measure("Nm3"), _GROSS_KWH, "11.11111111111111111111"),
        (Measure("m3", None, _C0), _GROSS_KWH, "11.11111111111111111111"),
        (Measure("Sm3"), _GROSS_KWH, "10.53270865868471282318"),  # x 273.15 / 288.15
        (Measure("m3", None, _C15), _GROSS_KWH, "10.53270865868471282318"),
        (Measure("Nm3"), _NET_KWH, "10"),
        (Measure("therm", HeatingValueBasis.HHV), Measure("Nm3"), "2.63763963155"),  # 105.505585262 / 40
        (Measure("therm", HeatingValueBasis.LHV), Measure("Nm3"), "2.93071070172222222222"),
        (_GROSS_KWH, _NET_KWH, "0.9"),
        (_NET_KWH, _GROSS_KWH, "1.11111111111111111111"),
        (Measure("MMBtu", HeatingValueBasis.HHV), Measure("therm", HeatingValueBasis.HHV), "10"),
        (Measure("Nm3"), Measure("Sm3"), "1.05491488193300384404"),
        (Measure("scf"), Measure("ft3", None, _F60), "1"),
    ],
)
def test_gas_in_any_state_and_on_either_heating_value(source: Measure, target: Measure, number: str) -> None:
    found = convert(fuel(_PER_NM3), source, target)
    assert found.multiplier == Decimal(number)
    assert found.unit == target.unit


def test_a_volume_without_a_state_is_taken_at_that_of_the_value_and_says_so() -> None:
    found = convert(fuel(_PER_NM3), Measure("m3"), _NET_KWH)
    assert found.multiplier == 10
    assert found.rests_on == (
        "assumption: metered m3 of fuel.natural_gas are at 0 degrees C, 101.325 kPa",
        "calorific value gas 36 MJ/Nm3 (LHV) chosen by country",
    )


def test_gas_brought_to_another_state_says_by_what() -> None:
    found = convert(fuel(_PER_NM3), Measure("scf"), _NET_KWH)
    before, after = "gas at 60 degrees F, 101.325 kPa", "0 degrees C, 101.325 kPa"
    assert found.rests_on[0] == f"{before} brought to {after} by the ideal gas law: x 273.15 / 288.705556"


def test_gas_brought_to_another_pressure_says_by_what() -> None:
    found = convert(fuel(), Measure("Nm3"), Measure("m3", None, ReferenceConditions.SATP))
    assert found.apply(Decimal(1)) == Decimal("1.10598750686436024163")
    before, after = "gas at 0 degrees C, 101.325 kPa", "25 degrees C, 100 kPa"
    assert found.rests_on == (f"{before} brought to {after} by the ideal gas law: x 298.15 / 273.15 x 101.325 / 100",)


def test_a_value_that_states_no_state_is_taken_at_the_metered_one() -> None:
    unstated = value("gas", per="m3", lhv=Decimal(36), energy_unit="MJ")
    assert convert(fuel(unstated), Measure("Sm3"), _NET_KWH).rests_on[0] == (
        "assumption: calorific value gas is per m3 at 15 degrees C, 101.325 kPa; it states no reference conditions"
    )
    assert convert(fuel(unstated), Measure("m3"), _NET_KWH).rests_on[0] == (
        "assumption: metered m3 of fuel.natural_gas are at the reference conditions of calorific value gas;"
        " neither states any"
    )


def test_a_stated_ratio_serves_where_one_heating_value_is_stated() -> None:
    ratio = value("share", region="GLOBAL", ratio=Decimal("0.9"), assumption=True)
    gross = value("gross", per="m3", hhv=Decimal(40), energy_unit="MJ")
    found = convert(fuel(gross, ratio), Measure("m3"), _NET_KWH)
    assert found.multiplier == 10
    assert found.rests_on[1:] == (
        "calorific value gross 40 MJ/m3 (HHV) chosen by country",
        "assumption: share LHV / HHV 0.9 chosen by global",
    )
    with pytest.raises(NotConvertible, match=r"no LHV calorific value of fuel\.natural_gas for DE"):
        convert(fuel(gross), Measure("m3"), _NET_KWH)


def test_of_values_of_one_place_the_one_on_the_wanted_basis_is_taken() -> None:
    both = [
        value("a-gross", per="m3", hhv=Decimal(40), energy_unit="MJ"),
        value("b-net", per="m3", lhv=Decimal(35), energy_unit="MJ"),
        value("share", region="GLOBAL", ratio=Decimal("0.9")),
    ]
    assert [each.value.code for each in convert(fuel(*both), Measure("m3"), _NET_KWH).values] == ["b-net"]
    assert [each.value.code for each in convert(fuel(*both), Measure("m3"), _GROSS_KWH).values] == ["a-gross"]


@pytest.mark.parametrize(
    ("values", "chosen"),
    [
        ({"far": {"region": "GLOBAL"}, "near": {}}, "near"),
        ({"near": {}, "own": {"region": "GLOBAL", "own": True}}, "own"),
        ({"here": {"region": "works"}, "own": {"own": True, "region": "works"}, "z": {}}, "own"),
        ({"here": {"region": "works"}, "land": {"region": "DE-BY"}}, "here"),
        ({"land": {"region": "DE-BY"}, "near": {}}, "land"),
        ({"a": {}, "b": {"factor_set": "preferred"}}, "b"),
        ({"a": {"published_on": date(2020, 1, 1)}, "b": {"factor_set": "c", "published_on": date(2021, 1, 1)}}, "b"),
        # What has ended gives way to what is in force, own or not.
        ({"own": {"own": True, "valid_to": date(2024, 1, 1)}, "far": {"region": "GLOBAL"}}, "far"),
        ({"own": {"own": True, "valid_to": date(2024, 1, 1)}}, "own"),
        ({"old": {}, "new": {"supersedes": "old"}}, "new"),
    ],
)
def test_the_nearest_value_in_force_is_taken(values: dict[str, dict[str, Any]], chosen: str) -> None:
    known = [value(code, per="m3", lhv=Decimal(36), **fields) for code, fields in values.items()]
    found = convert(fuel(*known), Measure("m3"), _NET_KWH)
    assert [each.value.code for each in found.values] == [chosen]


def test_a_value_past_its_end_says_how_old_it_is() -> None:
    ended = value("old", per="m3", lhv=Decimal(36), valid_to=date(2022, 1, 1))
    assert (
        convert(fuel(ended), Measure("m3"), _NET_KWH).rests_on[1].endswith("chosen by country, carried_forward 3 years")
    )
    with pytest.raises(NotConvertible):
        convert(fuel(ended, on=date(1999, 12, 31)), Measure("m3"), _NET_KWH)


def test_the_nearest_value_that_can_be_reached_wins() -> None:
    by_mass = value("per-tonne", per="t", lhv=Decimal(45))
    far = value("far", per="m3", region="GLOBAL", lhv=Decimal("0.036"))
    density = value("weight", density=Decimal("0.8"), density_unit="kg/m3")
    assert [each.value.code for each in convert(fuel(by_mass, far), Measure("m3"), _NET_KWH).values] == ["far"]
    found = convert(fuel(by_mass, far, density), Measure("m3"), _NET_KWH)
    assert [each.value.code for each in found.values] == ["weight", "per-tonne"]
    assert found.multiplier == 10  # 0.8 kg x 45 MJ / 3.6


def test_liquids_go_both_ways_through_a_density() -> None:
    diesel = fuel(
        value("light", "fuel.diesel", density=Decimal("0.8"), density_unit="kg/L", own=True), resource="fuel.diesel"
    )
    assert convert(diesel, Measure("gal_uk"), Measure("kg")).multiplier == Decimal("3.636872")
    back = convert(diesel, Measure("t"), Measure("L"))
    assert back.multiplier == 1250
    assert back.rests_on == ("diesel density 0.8 kg/L, light chosen by own",)


def test_the_density_of_a_liquid_is_not_that_of_its_gas() -> None:
    lpg = fuel(value("liquid", "fuel.lpg", density=Decimal("0.54"), density_unit="kg/L"), resource="fuel.lpg")
    assert convert(lpg, Measure("L"), Measure("kg")).multiplier == Decimal("0.54")
    with pytest.raises(NotConvertible, match=r"no density of fuel\.lpg for DE leads from m3 at 0 degrees C"):
        convert(lpg, Measure("Nm3"), Measure("kg"))
    vapour = value("vapour", "fuel.lpg", density=Decimal("1.97"), density_unit="kg/m3", conditions=_C0)
    both = fuel(value("liquid", "fuel.lpg", density=Decimal("0.54"), density_unit="kg/L"), vapour, resource="fuel.lpg")
    assert convert(both, Measure("Nm3"), Measure("kg")).multiplier == Decimal("1.97")


def test_a_refusal_says_what_to_state() -> None:
    with pytest.raises(NotConvertible) as refused:
        convert(fuel(value("tonnes", per="t", lhv=Decimal(45))), Measure("m3"), _NET_KWH)
    assert str(refused.value) == (
        "no LHV calorific value of fuel.natural_gas for DE: no density of fuel.natural_gas for DE leads from m3 to t"
    )
    assert refused.value.mend == "state the lhv of fuel.natural_gas per m3 for DE by POST {org}/calorific-values"
    with pytest.raises(NotConvertible) as refused:
        convert(fuel(), _GROSS_KWH, _NET_KWH)
    assert refused.value.mend == "state lhv and hhv of fuel.natural_gas for DE by POST {org}/calorific-values"


def test_energy_on_no_heating_value_is_refused() -> None:
    with pytest.raises(NotConvertible, match="without a heating value basis"):
        convert(fuel(_PER_NM3), Measure("m3"), Measure("kWh"))


def test_japanese_city_gas_from_normal_cubic_metres_takes_the_state_of_its_factor() -> None:
    (factor,) = (each for each in shipped_factors() if each.code == "jp_citygas")
    found = convert(fuel(resource="fuel.city_gas"), Measure("Nm3"), measure_of(factor))
    assert (factor.kg_co2, found.apply(Decimal(1000))) == (Decimal("2.05"), Decimal("1105.98750686436024162548"))
