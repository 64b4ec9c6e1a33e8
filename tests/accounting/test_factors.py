"""The shipped factors: sources, units, and the derived fuel factors against printed values."""

import re
from datetime import date
from decimal import Decimal

import pytest

from app.accounting.factors.gwp import gwp_set_named, gwp_words, kg_co2e_of, kg_co2e_per_unit
from app.accounting.factors.regions import regions
from app.accounting.selection.selection import Choice, FactorBook, Need, Place, choose
from app.accounting.selection.shipped import GLOBAL, check_series, shipped_factors

_BY_CODE = {factor.code: factor for factor in shipped_factors()}

# t CO2 per t as the tables that carry these sets print them.
_PRINTED = {
    "ef_cn_ndrc_mg_2013_diesel": "3.09591",
    "ef_cn_ndrc_mg_2013_gasoline": "2.925056",
    "ef_cn_ndrc_mg_2013_lpg": "3.10133",
    "ef_cn_ndrc_mg_2013_anthracite": "1.923781",
    "ef_cn_ndrc_mg_2013_lignite": "1.387725",
    "ef_cn_ndrc_mg_2013_coke": "2.861626",
    "ef_cn_ndrc_mg_2013_cleaned_coal": "2.208154",
    "ef_cn_ndrc_mg_2013_other_washed_coal": "0.700987",
    "ef_cn_ndrc_mg_2013_other_coal_products": "1.935965",
    "ef_cn_ndrc_mg_2013_blue_coke_semi_coke": "2.852662",
    "ef_cn_ndrc_mg_2013_crude_oil": "3.020202",
    "ef_cn_ndrc_mg_2013_fuel_oil": "3.170461",
    "ef_cn_ndrc_mg_2013_kerosene": "3.151713",
    "ef_cn_ndrc_mg_2013_coal_tar": "2.644571",
    "ef_cn_mee_default_2025_diesel": "3.09591",
    "ef_cn_mee_default_2025_gasoline": "2.925056",
    "ef_cn_mee_default_2025_lpg": "3.10133",
    "ef_cn_mee_default_2025_bituminous": "1.74175",
    "ef_cn_mee_default_2025_lignite": "1.172864",
    "ef_cn_mee_default_2025_coke": "2.860419",
    "ef_cn_mee_default_2025_petroleum_coke": "3.211542",
    "ef_cn_mee_default_2025_crude_oil": "3.020202",
    "ef_cn_mee_default_2025_fuel_oil": "3.170461",
    "ef_cn_mee_default_2025_lng": "2.831257",
    "ef_cn_ndrc_other_2015_diesel": "3.145122",
    "ef_cn_ndrc_other_2015_gasoline": "3.042547",
    "ef_cn_ndrc_other_2015_anthracite": "2.322768",
    "ef_cn_ndrc_other_2015_bituminous": "2.071509",
    "ef_cn_ndrc_other_2015_lignite": "1.424093",
    "ef_cn_ndrc_other_2015_coke": "2.851825",
    "ef_cn_ndrc_other_2015_cleaned_coal": "2.281759",
    "ef_cn_ndrc_other_2015_other_washed_coal": "1.288565",
    "ef_cn_ndrc_other_2015_briquette": "1.935965",
    "ef_cn_ndrc_other_2015_crude_oil": "3.078272",
    "ef_cn_ndrc_other_2015_fuel_oil": "3.047179",
}

# t CO2 per 10,000 m3 at 0 degrees C.
_PRINTED_GASES = {
    "ef_cn_ndrc_mg_2013_coke_oven_gas": "7.622397",
    "ef_cn_ndrc_mg_2013_blast_furnace_gas": "8.481132",
    "ef_cn_ndrc_mg_2013_converter_gas": "15.124032",
    "ef_cn_ndrc_mg_2013_producer_gas": "2.314829",
    "ef_cn_ndrc_mg_2013_semi_coke_gas": "3.516599",
    "ef_cn_mee_default_2025_coke_oven_gas": "8.863806",
    "ef_cn_mee_default_2025_blast_furnace_gas": "8.481132",
    "ef_cn_mee_default_2025_converter_gas": "15.124032",
}


@pytest.mark.parametrize(("code", "t_per_t"), _PRINTED.items())
def test_a_derived_fuel_factor_is_the_printed_one(code: str, t_per_t: str) -> None:
    factor = _BY_CODE[code]
    assert factor.per == "t"
    assert factor.kg_co2 is not None
    # The printed values have six decimals, rounded by several hands: half a unit of the last place, either way.
    assert abs(factor.kg_co2 - Decimal(t_per_t) * 1000) <= Decimal("0.0005000001")


@pytest.mark.parametrize(("code", "t_per_10km3"), _PRINTED_GASES.items())
def test_a_derived_factor_of_a_gas_is_the_printed_one(code: str, t_per_10km3: str) -> None:
    factor = _BY_CODE[code]
    assert (factor.per, factor.reference_condition) == ("m3", "0 degrees C, 101.325 kPa")
    assert factor.kg_co2 is not None
    assert abs(factor.kg_co2 * 10 - Decimal(t_per_10km3)) <= Decimal("0.0000005000001")


@pytest.mark.parametrize("factor_set", ["cn_ndrc_mg_2013", "cn_mee_default_2025"])
def test_natural_gas_is_derived_exactly_and_shows_how(factor_set: str) -> None:
    factor = _BY_CODE[f"ef_{factor_set}_natural_gas"]
    assert (factor.kg_co2, factor.per) == (Decimal("2.162188809"), "m3")
    assert factor.derivation == "389.31 GJ/10km3 x 15.3 tC/TJ x 0.99 x 44/12 = 2.162188809 kg CO2 per m3"
    assert factor.reference_condition == "0 degrees C, 101.325 kPa"


def test_every_factor_names_its_source_and_how_it_was_read() -> None:
    assert [factor.code for factor in shipped_factors() if "; read from: " not in factor.source] == []


def test_windows_of_every_series_neither_overlap_nor_leave_an_unexplained_hole() -> None:
    check_series(shipped_factors())


def test_each_year_of_the_provincial_statistics_has_thirty_provinces() -> None:
    starts = [factor.valid_from.year for factor in shipped_factors() if "_prov_" in factor.code]
    assert {year: starts.count(year) for year in starts} == {2021: 30, 2022: 30, 2023: 30}


def test_a_window_ends_on_the_day_after_the_last() -> None:
    assert _BY_CODE["cn_grid_mee_prov_2021_jx"].valid_to == date(2022, 1, 1)


def test_a_product_footprint_is_not_a_factor() -> None:
    assert [factor.code for factor in shipped_factors() if Decimal("0.5777") in (factor.kg_co2, factor.kg_co2e)] == []


def test_gases_become_co2e_by_the_chosen_set() -> None:
    diesel = _BY_CODE["ipcc2006_gas_diesel_oil"]
    assert kg_co2e_per_unit(diesel, gwp_set_named("AR5")) == Decimal("74343.0")  # 74100 + 3 x 28 + 0.6 x 265
    assert kg_co2e_per_unit(diesel, gwp_set_named("AR4")) == Decimal("74353.8")  # 74100 + 3 x 25 + 0.6 x 298


def test_a_factor_stated_as_co2e_is_not_rebased() -> None:
    electricity = _BY_CODE["uk_desnz_2024_electricity"]
    assert kg_co2e_per_unit(electricity, gwp_set_named("AR6")) == Decimal("0.20705")


def test_a_gas_that_was_not_read_is_left_out() -> None:
    spirit = _BY_CODE["ipcc2006_white_spirit"]
    assert (spirit.kg_co2, spirit.kg_ch4_nonfossil, spirit.kg_n2o) == (Decimal(73300), None, None)


def test_pounds_per_megawatt_hour_are_converted_exactly() -> None:
    assert _BY_CODE["egrid2022_us_avg"].kg_co2 == Decimal("373.351879747")  # 823.1 x 0.45359237
    assert _BY_CODE["egrid2022_us_co2"].kg_co2 == Decimal("373.3745593655")  # 823.15 x 0.45359237
    assert _BY_CODE["egrid2023r2_rfcw_co2e"].kg_co2e == Decimal("415.51510490798")  # 916.054 x 0.45359237


def test_the_subregion_whose_gases_were_read_states_them() -> None:
    camx = _BY_CODE["egrid2023r2_camx_co2"]
    # 428.464, 0.025 and 0.003 lb per MWh
    assert (camx.kg_co2, camx.kg_ch4_nonfossil, camx.kg_n2o) == (
        Decimal("194.34800121968"),
        Decimal("0.01133980925"),
        Decimal("0.00136077711"),
    )
    assert kg_co2e_per_unit(camx, gwp_set_named("AR5")) == Decimal("195.02612181283")  # + 28 and 265 times


def test_each_year_of_egrid_has_its_27_subregions_and_the_country() -> None:
    rows = [each for each in shipped_factors() if each.code.startswith("egrid") and each.code != "egrid2023r2_camx_co2"]
    regions = {year: {each.region for each in rows if each.valid_from.year == year} for year in (2022, 2023)}
    assert {year: len(found) for year, found in regions.items()} == {2022: 28, 2023: 28}
    assert regions[2022] == regions[2023]


@pytest.mark.parametrize(
    ("code", "per", "basis", "co2", "ch4", "n2o"),
    [
        ("epa_distillate_no2", "MMBtu", "HHV", "73.96", "0.003", "0.0006"),
        ("epa_bituminous", "MMBtu", "HHV", "93.28", "0.011", "0.0016"),
        ("epa_natgas", "MMBtu", "HHV", "53.06", "0.001", "0.0001"),
        ("epa_residual6", "MMBtu", "HHV", "75.1", "0.003", "0.0006"),
        ("epa_petroleum_coke", "MMBtu", "HHV", "102.41", "0.003", "0.0006"),
        ("ipcc2006_other_bituminous", "TJ", "LHV", "94600", "10", "1.5"),
        ("ipcc2006_other_bituminous_commercial", "TJ", "LHV", "94600", "10", "1.5"),
        ("ipcc2006_other_bituminous_energy_industries", "TJ", "LHV", "94600", "1", "1.5"),
        ("ipcc2006_lpg_commercial", "TJ", "LHV", "63100", "5", "0.1"),
        ("ipcc2006_mobile_diesel_onroad", "TJ", "LHV", "74100", "3.9", "3.9"),
        ("ipcc2006_mobile_diesel_offroad", "TJ", "LHV", "74100", "4.15", "28.6"),
        ("ipcc2006_blast_furnace_gas", "TJ", "LHV", "260000", "1", "0.1"),
        ("ipcc2006_peat", "TJ", "LHV", "106000", "2", "1.5"),
    ],
)
def test_a_fuel_states_its_three_gases_on_its_heating_value(
    code: str, per: str, basis: str, co2: str, ch4: str, n2o: str
) -> None:
    found = _BY_CODE[code]
    assert (found.per, found.basis, found.kg_ch4) == (per, basis, None)
    assert (found.kg_co2, found.kg_ch4_nonfossil, found.kg_n2o) == (Decimal(co2), Decimal(ch4), Decimal(n2o))


@pytest.mark.parametrize(
    ("code", "biogenic"),
    [
        ("ipcc2006_wood", "112000"),
        ("ipcc2006_biogas", "54600"),
        ("epa_ethanol", "68.44"),
        ("epa_landfill_gas", "52.07"),
    ],
)
def test_the_carbon_dioxide_of_biomass_is_biogenic(code: str, biogenic: str) -> None:
    found = _BY_CODE[code]
    assert (found.kg_co2, found.kg_co2_biogenic, found.kg_ch4) == (None, Decimal(biogenic), None)


def test_methane_that_burning_leaves_counts_by_the_potential_that_leaves_out_its_carbon_dioxide() -> None:
    gas = _BY_CODE["ipcc2006_natural_gas"]
    # 56,100 + 27.0 + 0.1 x 273; the potential of escaping fossil methane, 29.8, would count CO2 twice
    assert kg_co2e_per_unit(gas, gwp_set_named("AR6", splits_methane=True)) == Decimal("56154.3")


def test_gases_printed_as_co2e_add_up_to_the_printed_total_and_are_restated_under_another_set() -> None:
    gas = _BY_CODE["nga2024_ng"]
    assert kg_co2e_per_unit(gas, gwp_set_named("AR5")) == Decimal("51.53")  # 51.4 + 0.1 + 0.03
    # 51.4 + 0.1 x 27.9 / 28 + 0.03 x 273 / 265
    assert kg_co2e_per_unit(gas, gwp_set_named("AR6")) == Decimal("51.53054851752021563343")
    assert gwp_words(gas, gwp_set_named("AR5")) == "GWP set AR5 (CH4 28, N2O 265)"
    assert gwp_words(gas, gwp_set_named("AR6")) == "GWP set AR6 (CH4 27.9, N2O 273), restated from AR5"
    power = _BY_CODE["desnz2026_grid"]
    assert kg_co2e_per_unit(power, gwp_set_named("AR5")) == Decimal("0.13096")
    assert kg_co2e_of(power, gwp_set_named("AR5"), ["N2O"]) == Decimal("0.00086")


def test_a_financial_year_is_the_window_of_what_describes_one() -> None:
    windows = {
        code: (_BY_CODE[code].valid_from, _BY_CODE[code].valid_to) for code in ("cea20_in_2023_24", "nga2025_vic")
    }
    assert windows == {
        "cea20_in_2023_24": (date(2023, 4, 1), date(2024, 4, 1)),
        "nga2025_vic": (date(2025, 7, 1), date(2026, 7, 1)),
    }


@pytest.mark.parametrize(
    ("code", "region", "value", "per"),
    [
        ("uba_de_2024", "DE", "363", "MWh"),
        ("cea21_in_2024_25", "IN", "710", "MWh"),
        ("cea20_in_2023_24", "IN", "727", "MWh"),
        ("kr_gir_2023", "KR", "417.3", "MWh"),
        ("tw_2024", "TW", "0.474", "kWh"),
        ("sg_ema_2024", "SG", "0.402", "kWh"),
        ("vn_2023", "VN", "659.2", "MWh"),
        ("th_tgo", "TH", "0.475", "kWh"),
        ("mx_sen_2024", "MX", "444", "MWh"),
        ("za_nggef_2023", "ZA", "906", "MWh"),
        ("desnz2023_grid", "GB", "0.207074289", "kWh"),
        ("nga2024_nsw", "AU-NSW", "0.66", "kWh"),
        ("nga2024_act", "AU-ACT", "0.66", "kWh"),
        ("nga2025_wa-swis", "AU-WA-SWIS", "0.5", "kWh"),
        ("cn_grid_mee_nat_2023", "CN", "0.5306", "kWh"),
    ],
)
def test_a_grid_has_the_printed_average(code: str, region: str, value: str, per: str) -> None:
    found = _BY_CODE[code]
    stated = found.kg_co2e if found.kg_co2 is None else found.kg_co2
    assert (found.resource, found.region, stated, found.per) == ("electricity.grid", region, Decimal(value), per)


def test_every_region_of_a_factor_is_known() -> None:
    assert {each.region for each in shipped_factors()} - {GLOBAL} - set(regions()) == set()


@pytest.mark.parametrize("holder", ["AIB", "IEA", "Green-e", "European Residual Mix"])
def test_nothing_is_shipped_whose_holder_forbids_passing_it_on(holder: str) -> None:
    assert [each.code for each in shipped_factors() if re.search(rf"\b{holder}\b", each.source)] == []


def test_a_licence_that_asks_for_attribution_is_part_of_the_source() -> None:
    assert _BY_CODE["desnz2026_grid"].source.endswith("; licence: Open Government Licence v3.0")
    assert _BY_CODE["nga2024_nsw"].source.endswith("; licence: CC BY 4.0, Commonwealth of Australia")


def test_hydrogen_holds_no_carbon() -> None:
    hydrogen = _BY_CODE["hydrogen_combustion"]
    assert (hydrogen.kg_co2, hydrogen.per, hydrogen.region) == (Decimal(0), "kg", GLOBAL)


def test_the_subregions_of_both_years_are_one_family() -> None:
    grids = [
        each for each in shipped_factors() if each.region.startswith("US-") and each.resource == "electricity.grid"
    ]
    assert [each.code for each in grids if each.factor_set != "us_egrid"] == ["egrid2023r2_camx_co2e"]


def test_without_a_choice_the_defaults_of_manufacturing_count() -> None:
    fuels = {each.resource for each in shipped_factors() if each.factor_set == "ipcc2006" and each.per == "TJ"}
    place = Place(plant="p", region=None, grid_region=None, country="PE")
    book = FactorBook(shipped_factors(), (), None)
    chosen = {}
    for fuel in fuels:
        need = Need(resource=fuel, factors_of=fuel, attributes={}, method=None, place=place, year=2024)
        choice = choose(book, need, on=date(2024, 5, 1))
        assert isinstance(choice, Choice)
        chosen[fuel] = choice.factor.factor_set
    assert set(chosen.values()) == {"ipcc2006"}
    assert len(chosen) == 51
