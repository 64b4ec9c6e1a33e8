"""The shipped calorific values and densities say what their sources print, and hang together."""

from datetime import date
from decimal import Decimal

import pytest

from app.accounting.factors.calorific_choice import shipped_book
from app.accounting.factors.calorific_data import calorific_values
from app.accounting.factors.conversion import NotConvertible, convert
from app.accounting.factors.factor import GLOBAL, HeatingValueBasis
from app.accounting.factors.fuel_days import Fuelled
from app.accounting.factors.measure import Measure
from app.accounting.factors.need import Place
from app.core.calendar.periods import day_of
from app.core.inventory.resources import SHIPPED

_GROSS, _NET = HeatingValueBasis.HHV, HeatingValueBasis.LHV


def _one(
    country: str, resource: str, unit: str, target: Measure, on: date = date(2024, 6, 1)
) -> tuple[Decimal, list[str]]:
    place = Place(plant="p", region=None, grid_region=None, country=country)
    used = Fuelled(SHIPPED.named(f"fuel.{resource}"), {}, place, Measure(unit), shipped_book(), None)
    found = convert(used.on(day_of(on)), Measure(unit), target)
    return found.multiplier, [each.value.code for each in found.values]


@pytest.mark.parametrize(
    ("country", "resource", "unit", "target", "number", "codes"),
    [
        ("US", "diesel", "gal_us", Measure("MMBtu", _GROSS), "0.138", ["epa_distillate2_hhv"]),
        ("US", "natural_gas", "Mcf", Measure("MMBtu", _GROSS), "1.026", ["epa_ng_hhv"]),
        ("US", "coal.bituminous", "short_ton", Measure("MMBtu", _GROSS), "24.93", ["epa_bituminous_hhv"]),
        ("US", "lpg", "gal_us", Measure("MMBtu", _GROSS), "0.092", ["epa_lpg_hhv"]),
        (
            "US",
            "natural_gas",
            "scf",
            Measure("MMBtu", _NET),
            "0.0009234",
            ["epa_ng_hhv", "ipcc2006_ncv_gcv_natural_gas"],
        ),
        ("US", "lpg", "t", Measure("GJ", _NET), "47.3", ["ipcc2006_lpg_ncv"]),
        ("CN", "natural_gas", "10kNm3", Measure("GJ", _NET), "389.31", ["cn_mee_default_2025_natural_gas"]),
        ("CN", "coke_oven_gas", "10kNm3", Measure("GJ", _NET), "179.81", ["cn_mee_default_2025_coke_oven_gas"]),
        ("CN", "coal.anthracite", "t", Measure("GJ", _NET), "24.515", ["cn_ndrc_other_2015_anthracite"]),
        ("GB", "natural_gas", "m3", Measure("MJ", _GROSS), "40.26", ["desnz2024_natural_gas_gcv_m3"]),
        ("GB", "natural_gas", "t", Measure("GJ", _NET), "45.62", ["desnz2024_natural_gas"]),
        ("GB", "heating_oil", "L", Measure("MJ", _NET), "36.35478", ["desnz2023_gas_oil"]),
        ("AU", "natural_gas", "m3", Measure("GJ", _GROSS), "0.0393", ["nga_ng_gcv"]),
        ("AU", "diesel", "kL", Measure("GJ", _GROSS), "38.6", ["nga_diesel_gcv"]),
        ("JP", "city_gas", "Nm3", Measure("MJ", _GROSS), "45", ["jp_13a_gcv"]),
        ("DE", "diesel", "t", Measure("GJ", _NET), "43", ["ipcc2006_gas_diesel_oil_ncv"]),
        ("KR", "lng", "t", Measure("GJ", _NET), "48", ["ipcc2006_lng_ncv"]),
        ("FR", "hydrogen", "kg", Measure("MJ", _GROSS), "141.8", ["hydrogen"]),
    ],
)
def test_a_unit_of_fuel_holds_what_its_source_prints(
    country: str, resource: str, unit: str, target: Measure, number: str, codes: list[str]
) -> None:
    assert _one(country, resource, unit, target) == (Decimal(number), codes)


@pytest.mark.parametrize(
    ("on", "number"),
    [
        (date(2022, 12, 31), "39.6"),
        (date(2023, 1, 1), "40.117"),
        (date(2023, 12, 31), "40.117"),
        (date(2024, 1, 1), "40.26"),
        (date(2025, 7, 1), "40.67"),
        (date(2030, 1, 1), "40.01"),
    ],
)
def test_gas_in_britain_has_the_value_of_the_day(on: date, number: str) -> None:
    assert _one("GB", "natural_gas", "m3", Measure("MJ", _GROSS), on)[0] == Decimal(number)


def test_japanese_values_end_with_the_fiscal_year_2022() -> None:
    measure = Measure("GJ", _GROSS)
    assert _one("JP", "coal.bituminous", "t", measure, date(2023, 3, 31)) == (Decimal("25.7"), ["jp_old_steam_coal"])
    # What is in force everywhere goes before what has ended: 25.8 GJ/t net, over 0.95.
    number, codes = _one("JP", "coal.bituminous", "t", measure, date(2023, 4, 1))
    assert (round(number, 6), codes) == (
        Decimal("27.157895"),
        ["ipcc2006_other_bituminous_ncv", "ipcc2006_ncv_gcv_coal_bituminous"],
    )


@pytest.mark.parametrize("country", ["DE", "FR", "KR", "IN", "SG"])
def test_nothing_is_borrowed_for_gas_by_volume(country: str) -> None:
    with pytest.raises(NotConvertible) as refused:
        _one(country, "natural_gas", "m3", Measure("kWh", _NET))
    assert (
        refused.value.mend == f"state the lhv of fuel.natural_gas per m3 for {country} by POST {{org}}/calorific-values"
    )


def test_every_row_states_one_fuel_of_one_place_with_a_source() -> None:
    values = calorific_values()
    assert len(values) > 250
    assert {value.region for value in values} == {"AU", "CN", "GB", "JP", "US", GLOBAL}
    for value in values:
        assert SHIPPED.named(value.resource).is_fuel
        assert not value.own
        assert "; read from: " in value.source
        if value.lhv is not None and value.hhv is not None:
            assert Decimal("0.84") < value.lhv / value.hhv < 1, value.code
        if "derived" in value.source or value.source.startswith("assumption"):
            assert value.assumption, value.code


def test_a_litre_of_every_liquid_holds_between_five_and_twelve_kwh() -> None:
    net = [
        _one(country, resource, "L", Measure("kWh", _NET))[0]
        for country in ("US", "GB", "CN", "DE")
        for resource in ("diesel", "petrol")
    ]
    assert all(Decimal("8.7") < kwh < Decimal("10.4") for kwh in net)
