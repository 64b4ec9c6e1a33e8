"""Activity data, energy, emissions and intensities: literal values, and terms that add up to the last digit."""

from datetime import date
from decimal import Decimal, localcontext

import pytest

from app.accounting.factors.factor import HeatingValueBasis, Method
from app.accounting.factors.gwp import gwp_set_named
from app.accounting.ledger.amounts import Amount
from app.accounting.ledger.ledger import Ledger
from app.accounting.metrics.evaluate import Evaluation
from app.accounting.metrics.vocabulary import metric_book
from app.accounting.selection.selection import Pin
from app.core.inventory.resources import MeterKind
from app.core.units.quantities import EXACT
from tests.support.factors import bucket, factor, ledger, meter, site, stock_bucket

_NORTHWEST = Pin(None, "electricity.*", None, None, "cn_grid_regional_2012_northwest")


def _amount(found: Ledger, key: str, gwp_set: str = "AR5", **where: str) -> Amount:
    return Evaluation(found, metric_book(()), gwp_set_named(gwp_set)).amount(key, where)


def _sum_of_terms(amount: Amount) -> Decimal:
    with localcontext(EXACT):
        return sum((term.value for term in amount.terms), Decimal(0))


@pytest.mark.parametrize(
    ("pins", "region", "kg"),
    [
        ([Pin(None, "electricity.*", None, None, "cn_grid_regional_2012_central")], "CN-JX", "88443505.15"),
        ([], None, "90075428.3"),
        ([], "CN-JX", "98167748.25"),
    ],
)
def test_scope_2_of_the_first_seed_under_three_factors(pins: list[Pin], region: str | None, kg: str) -> None:
    found = ledger([site(region=region)], [meter(1, "electricity.grid", "kWh")], [bucket(1, "168239500")], pins=pins)
    assert _amount(found, "ghg.scope2").value == Decimal(kg)


def test_scope_1_of_the_first_seed_from_natural_gas() -> None:
    found = ledger([site()], [meter(1, "fuel.natural_gas", "m3")], [bucket(1, "1184947")])
    amount = _amount(found, "ghg.scope1")
    assert amount.value == Decimal("2562079.142658123")
    assert "assumption: metered m3 of fuel.natural_gas are at 0 degrees C, 101.325 kPa" in amount.terms[0].notes


def test_diesel_in_litres_rests_on_a_stated_density() -> None:
    found = ledger([site()], [meter(1, "fuel.diesel", "L")], [bucket(1, "831")])
    amount = _amount(found, "ghg.scope1")
    assert amount.value is not None
    assert amount.value.quantize(Decimal("0.001")) == Decimal("2161.069")
    assert "assumption: diesel density 0.84 kg/L, assumed_density_diesel chosen by global" in amount.terms[0].notes


def test_a_factor_per_terajoule_is_reached_by_its_own_sets_calorific_value() -> None:
    found = ledger([site(country="KR", region=None, grid_region=None)], [meter(1, "fuel.lpg", "t")], [bucket(1, "10")])
    amount = _amount(found, "ghg.scope1")
    # 10 t x 47.3 GJ/t = 0.473 TJ; (63100 + 1 x 28 + 0.1 x 265) kg CO2e per TJ
    assert amount.value == Decimal("29872.0785")
    assert amount.terms[0].notes[1] == "calorific value ipcc2006_lpg_ncv 47.3 GJ/t (LHV) chosen by global"
    assert amount.terms[0].notes[2] == "GWP set AR5 (CH4 28, N2O 265)"


def test_gas_reaches_a_factor_on_the_higher_heating_value_by_a_value_on_that_basis() -> None:
    us = site(country="US", region=None, grid_region=None)
    found = ledger([us], [meter(1, "fuel.natural_gas", "m3")], [bucket(1, "1000")])
    amount = _amount(found, "ghg.scope1")
    # 1,000 m3 are 35,314.67 scf of 0.001026 MMBtu; 53.06 + 0.001 x 28 + 0.0001 x 265 kg CO2e per MMBtu
    assert amount.value is not None
    assert amount.value.quantize(Decimal("0.0001")) == Decimal("1924.4896")
    assert amount.terms[0].notes[1:3] == (
        "assumption: metered m3 of fuel.natural_gas are at 60 degrees F, 101.325 kPa",
        "calorific value epa_ng_hhv 0.001026 MMBtu/scf (HHV) chosen by country",
    )


def test_a_factor_on_the_higher_heating_value_is_never_used_with_a_lower_one() -> None:
    gross = factor(
        "gross",
        resource="fuel.producer_gas",
        region="CN",
        per="MMBtu",
        basis=HeatingValueBasis.HHV,
        method=None,
        kg_co2=Decimal(50),
    )
    found = ledger([site()], [meter(1, "fuel.producer_gas", "m3")], [bucket(1, "1000")], factors=[gross])
    amount = _amount(found, "ghg.scope1")
    assert amount.value is None
    assert [finding.code for finding in amount.findings] == ["not_convertible"]
    why = "no HHV calorific value of fuel.producer_gas for CN: no ratio of HHV to LHV of fuel.producer_gas for CN"
    assert why in amount.findings[0].detail
    assert amount.findings[0].mend.startswith("state the hhv of fuel.producer_gas per m3 for CN by POST {org}/")


def test_energy_of_gas_is_its_lower_heating_value() -> None:
    found = ledger([site()], [meter(1, "fuel.natural_gas", "m3")], [bucket(1, "1184947")])
    value = _amount(found, "energy.fuel.natural_gas").value
    assert value is not None
    assert value.quantize(Decimal("0.1")) == Decimal("12814214.3")  # 1,184,947 m3 x 38.931 MJ / 3.6


def test_energy_adds_electricity_heat_and_fuel() -> None:
    meters = [meter(1, "electricity.grid", "MWh"), meter(2, "heat.purchased", "GJ"), meter(3, "fuel.lpg", "kg")]
    found = ledger([site()], meters, [bucket(1, "2"), bucket(2, "3.6"), bucket(3, "36")])
    # 2,000 kWh + 1,000 kWh + 0.036 t x 50.179 GJ/t / 0.0036 GJ
    assert _amount(found, "energy.total").value == Decimal("3501.79")


def test_fuel_without_a_calorific_value_is_a_gap() -> None:
    found = ledger([site()], [meter(1, "fuel.biomass", "t")], [bucket(1, "5")])
    amount = _amount(found, "energy.total")
    assert amount.value is None
    assert [finding.code for finding in amount.findings] == ["no_calorific_value"]


def test_a_missing_factor_leaves_a_partial_figure_and_is_named() -> None:
    meters = [meter(1, "fuel.natural_gas", "m3"), meter(2, "process.dolomite", "t")]
    found = ledger([site()], meters, [bucket(1, "1000"), bucket(2, "10")])
    amount = _amount(found, "ghg.scope1")
    assert amount.value == Decimal("2162.188809")
    assert "no emission factor of process.dolomite for CN-JX / CN-CENTRAL / CN on 2021-01-01" in (
        amount.findings[0].detail
    )


def test_multiplier_and_unit_are_applied_exactly() -> None:
    found = ledger([site()], [meter(1, "electricity.grid", "MWh", multiplier="0.1234567")], [bucket(1, "0.000003")])
    assert _amount(found, "consumption.electricity").value == Decimal("0.0003703701")


def test_an_equity_share_of_60_percent_enters_every_figure() -> None:
    found = ledger([site(share="0.6")], [meter(1, "electricity.grid", "kWh")], [bucket(1, "1000")])
    assert _amount(found, "consumption.electricity").value == Decimal("600.0")
    assert _amount(found, "ghg.scope2").value == Decimal("350.1000")  # 0.6 x 1000 x 0.5835


def test_a_factor_that_changes_within_the_year_splits_the_quantity_by_day() -> None:
    factors = [
        factor("old", valid_to=date(2021, 7, 16)),
        factor("new", valid_from=date(2021, 7, 16), kg_co2=Decimal(2)),
    ]
    days = [
        bucket(1, "10", start=date(2021, 7, 15), count=1, covered_s=86400),
        bucket(1, "30", start=date(2021, 7, 16), count=1, covered_s=86400),
    ]
    found = ledger(
        [site()], [meter(1, "electricity.grid", "kWh")], [bucket(1, "40", count=2)], factors=factors, finer=days
    )
    amount = _amount(found, "ghg.scope2")
    assert amount.value == Decimal(70)
    split = [(term.quantity, term.choice.factor.code) for term in amount.terms if term.choice]
    assert split == [(Decimal(10), "old"), (Decimal(30), "new")]


def test_the_terms_of_an_intensity_add_up_to_it_exactly() -> None:
    meters = [meter(n, "electricity.grid", "kWh", attributes={}, plant=f"p{n}") for n in (1, 2, 3)]
    sites = [site(f"p{n}") for n in (1, 2, 3)]
    output = meter(9, "product.output", "t", plant="p1")
    found = ledger(sites, [*meters, output], [*(bucket(n, "1.000001") for n in (1, 2, 3)), bucket(9, "7")])
    amount = _amount(found, "consumption.electricity.intensity.product.output")
    assert amount.value == Decimal("0.42857185714285714286")
    assert _sum_of_terms(amount) == amount.value
    assert amount.divisor is not None
    assert amount.divisor.value == 7


@pytest.mark.parametrize(("denominator", "words"), [("0", "product.output is zero"), (None, "has no value")])
def test_nothing_is_divided_by_nothing(denominator: str | None, words: str) -> None:
    meters = [meter(1, "electricity.grid", "kWh"), meter(2, "product.output", "t")]
    buckets = [bucket(1, "5"), *([bucket(2, denominator)] if denominator else [])]
    amount = _amount(ledger([site()], meters, buckets), "consumption.electricity.intensity.product.output")
    assert amount.value is None
    assert any(words in finding.detail for finding in amount.findings)


def test_money_is_per_thousand() -> None:
    meters = [meter(1, "water.withdrawal", "m3"), meter(2, "revenue.product", "CNY")]
    found = ledger([site()], meters, [bucket(1, "732345"), bucket(2, "3800000000")])
    assert _amount(found, "water.intensity.revenue.product").value == Decimal("0.19272236842105263158")


def test_headcount_is_the_sum_of_the_meters_means() -> None:
    meters = [meter(n, "headcount", "person", kind=MeterKind.STOCK, interval=None, plant=f"p{n}") for n in (1, 2)]
    buckets = [
        stock_bucket(1, mean_micro=(36_000_000, 12), last_micro=4_000_000, count=12),
        stock_bucket(2, mean_micro=(20_000_000, 2), last_micro=15_000_000, count=2),
    ]
    found = ledger([site("p1"), site("p2")], meters, buckets)
    assert _amount(found, "headcount").value == Decimal(13)  # 3 + 10


def test_a_difference_is_null_when_a_part_is() -> None:
    found = ledger([site()], [meter(1, "water.withdrawal", "m3")], [bucket(1, "100")])
    amount = _amount(found, "water.consumption")
    assert amount.value is None
    assert "water.discharge has no value" in amount.findings[-1].detail


def test_a_breakdown_counts_only_meters_with_the_attribute() -> None:
    meters = [
        meter(1, "waste.nonhazardous", "t", attributes={"stream": "dust"}, kind=MeterKind.EVENT, interval=None),
        meter(2, "waste.nonhazardous", "t", kind=MeterKind.EVENT, interval=None),
    ]
    found = ledger([site()], meters, [bucket(1, "339.8"), bucket(2, "173.0")])
    assert _amount(found, "waste.nonhazardous").value == Decimal("512.8")
    assert _amount(found, "waste.nonhazardous", stream="dust").value == Decimal("339.8")


def test_the_renewable_share_counts_green_and_solar() -> None:
    meters = [
        meter(1, "electricity.grid", "kWh"),
        meter(2, "electricity.green", "kWh"),
        meter(3, "electricity.solar", "kWh"),
    ]
    found = ledger([site()], meters, [bucket(1, "90"), bucket(2, "6"), bucket(3, "4")])
    assert _amount(found, "energy.renewable_share").value == Decimal(10)


def test_solar_power_used_on_site_emits_nothing_and_green_power_the_grids() -> None:
    meters = [meter(2, "electricity.green", "kWh"), meter(3, "electricity.solar", "kWh")]
    found = ledger([site()], meters, [bucket(2, "6"), bucket(3, "4")])
    assert _amount(found, "ghg.scope2").value == Decimal("3.5010")  # 6 x 0.5835


def test_steam_is_bought_on_the_factor_of_heat() -> None:
    found = ledger([site()], [meter(1, "steam.purchased", "GJ")], [bucket(1, "10")])
    amount = _amount(found, "ghg.scope2")
    assert amount.value == 1100
    assert amount.terms[0].choice is not None
    assert amount.terms[0].choice.factor.code == "cn_heat_default"


def test_market_based_scope_2_uses_the_residual_mix() -> None:
    found = ledger([site()], [meter(1, "electricity.grid", "kWh")], [bucket(1, "1000")])
    amount = _amount(found, "ghg.scope2.market")
    assert amount.value == Decimal("594.2")
    assert amount.terms[0].choice is not None
    assert amount.terms[0].choice.factor.method is Method.MARKET


def test_the_gwp_set_changes_only_what_has_other_gases() -> None:
    kr = site(country="KR", region=None, grid_region=None)
    meters = [meter(1, "fuel.lpg", "t"), meter(2, "process.magnesium", "t")]
    found = ledger([kr], meters, [bucket(1, "10"), bucket(2, "1")])
    assert _amount(found, "ghg.scope1", "AR5").value == Decimal("35002.0785")
    assert _amount(found, "ghg.scope1", "AR4").value == Decimal("35002.2204")


def test_scope_2_of_the_second_seed_on_the_north_west_grid() -> None:
    found = ledger(
        [site()],
        [meter(1, "electricity.grid", "kWh")],
        [bucket(1, "55320585", start=date(2020, 1, 1))],
        year=2020,
        pins=[_NORTHWEST],
    )
    assert _amount(found, "ghg.scope2").value == Decimal("36904362.2535")


def test_scope_1_of_the_second_seed_from_coal_diesel_and_process() -> None:
    meters = [
        meter(1, "fuel.coal.bituminous", "t"),
        meter(2, "fuel.diesel", "L"),
        meter(3, "process.magnesium", "t"),
    ]
    pins = [Pin(None, "fuel.coal.bituminous", None, None, "ef_cn_mee_default_2025_bituminous")]
    found = ledger([site()], meters, [bucket(1, "106352"), bucket(2, "831"), bucket(3, "39641")], pins=pins)
    amount = _amount(found, "ghg.scope1")
    kg = {term.activity.resource: term.value.quantize(Decimal(1)) for term in amount.terms}
    assert kg == {
        "fuel.coal.bituminous": Decimal(185238550),
        "fuel.diesel": Decimal(2161),
        "process.magnesium": Decimal(203358330),
    }
    assert _sum_of_terms(amount) == amount.value


def test_a_unit_whose_ratio_does_not_end_is_divided_by_its_inverse() -> None:
    found = ledger([site()], [meter(1, "electricity.grid", "GJ")], [bucket(1, "3.6")])
    assert _amount(found, "consumption.electricity").value == Decimal(1000)
