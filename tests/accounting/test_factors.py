"""The shipped factors: sources, units, and the derived fuel factors against printed values."""

from datetime import date
from decimal import Decimal

import pytest

from app.accounting.factors import check_series, shipped_factors
from app.accounting.gwp import gwp_set_named, kg_co2e_per_unit

_BY_CODE = {factor.code: factor for factor in shipped_factors()}

# t CO2 per t as the tables that carry these sets print them.
_PRINTED = {
    "ef_cn_ndrc_mg_2013_diesel": "3.09591",
    "ef_cn_ndrc_mg_2013_gasoline": "2.925056",
    "ef_cn_ndrc_mg_2013_lpg": "3.10133",
    "ef_cn_ndrc_mg_2013_anthracite": "1.923781",
    "ef_cn_ndrc_mg_2013_lignite": "1.387725",
    "ef_cn_ndrc_mg_2013_coke": "2.861626",
    "ef_cn_mee_default_2025_diesel": "3.09591",
    "ef_cn_mee_default_2025_gasoline": "2.925056",
    "ef_cn_mee_default_2025_lpg": "3.10133",
    "ef_cn_mee_default_2025_bituminous": "1.74175",
    "ef_cn_mee_default_2025_lignite": "1.172864",
    "ef_cn_mee_default_2025_coke": "2.860419",
    "ef_cn_ndrc_other_2015_diesel": "3.145122",
    "ef_cn_ndrc_other_2015_gasoline": "3.042547",
    "ef_cn_ndrc_other_2015_anthracite": "2.322768",
    "ef_cn_ndrc_other_2015_bituminous": "2.071509",
    "ef_cn_ndrc_other_2015_lignite": "1.424093",
    "ef_cn_ndrc_other_2015_coke": "2.851825",
}


@pytest.mark.parametrize(("code", "t_per_t"), _PRINTED.items())
def test_a_derived_fuel_factor_is_the_printed_one(code: str, t_per_t: str) -> None:
    factor = _BY_CODE[code]
    assert factor.per == "t"
    assert factor.kg_co2 is not None
    # The printed values have six decimals, rounded by several hands: half a unit of the last place, either way.
    assert abs(factor.kg_co2 - Decimal(t_per_t) * 1000) <= Decimal("0.0005000001")


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
    assert _BY_CODE["ipcc2006_other_bituminous"].kg_ch4 is None
    assert _BY_CODE["ipcc2006_other_bituminous"].kg_n2o == Decimal("1.5")


def test_pounds_per_megawatt_hour_are_converted_exactly() -> None:
    assert _BY_CODE["egrid2022_us_avg"].kg_co2 == Decimal("373.351879747")  # 823.1 x 0.45359237
