"""Factors of one fuel per several units stand in the ratio of its heating value and density."""

from decimal import ROUND_HALF_UP, Decimal

import pytest

from app.accounting.factors.calorific import CalorificValue
from app.accounting.factors.calorific_data import calorific_values
from app.accounting.factors.factor import Factor
from app.accounting.selection.shipped import shipped_factors

_GJ_PER_MWH = Decimal("3.6")


def _factor(code: str) -> Factor:
    return next(factor for factor in shipped_factors() if factor.code == code)


def _rate(code: str) -> Decimal:
    rate = _factor(code).kg_co2e
    assert rate is not None
    return rate


def _value(code: str) -> CalorificValue:
    return next(value for value in calorific_values() if value.code == code)


def _differ(stated: Decimal | None, ratio: Decimal) -> Decimal:
    assert stated is not None
    return abs(stated / ratio - 1)


@pytest.mark.parametrize(
    ("volume", "gross", "value"),
    [
        ("desnz2023_ng_m3", "desnz2023_ng_kwh_gross", "desnz2023_natural_gas_gcv_m3"),
        ("desnz2024_ng_m3_avg", "desnz2024_ng_kwh_gross", "desnz2024_natural_gas_gcv_m3"),
        ("uk_desnz_2025_natgas_m3", "desnz2025_ng_kwh_gross", "desnz2025_natural_gas_gcv_m3"),
        ("desnz2026_ng_m3_avg", "desnz2026_ng_kwh_gross", "desnz2026_natural_gas_gcv_m3"),
    ],
)
def test_british_gas_per_m3_and_per_gross_kwh_agree_by_the_heating_value_of_the_edition(
    volume: str, gross: str, value: str
) -> None:
    # 2025: 2.06672 kg/m3 / 0.18296 kg/kWh x 3.6 = 40.6657 MJ/m3, stated 40.67.
    assert _differ(_value(value).hhv, _rate(volume) / _rate(gross) * _GJ_PER_MWH) < Decimal("0.00015")


@pytest.mark.parametrize("fuel", ["butane", "cng", "lng"])
def test_british_fuels_per_tonne_litre_and_kwh_agree_by_density_and_heating_values(fuel: str) -> None:
    # LNG: 1.16832965 kg/L / 2581.984411 kg/t x 1000 = 0.45249 kg/L, stated 0.4525.
    value, per_t = _value(f"desnz2023_{fuel}"), _rate(f"desnz2023_{fuel}_t")
    gross, net = _rate(f"desnz2023_{fuel}_kwh_gross"), _rate(f"desnz2023_{fuel}_kwh_net")
    assert _differ(value.density, 1000 * _rate(f"desnz2023_{fuel}_l") / per_t) < Decimal("0.0003")
    assert _differ(value.hhv, per_t / gross * _GJ_PER_MWH / 1000) < Decimal("0.0003")
    assert _differ(value.lhv, per_t / net * _GJ_PER_MWH / 1000) < Decimal("0.0003")


@pytest.mark.parametrize(
    ("factor", "value", "printed"),
    [
        ("epa_distillate_no2", "epa_distillate2_hhv", "10.21"),
        ("epa_propane", "epa_propane_hhv", "5.72"),
        ("epa_kerosene", "epa_kerosene_hhv", "10.15"),
        ("epa_residual6", "epa_residual6_hhv", "11.27"),
        ("epa_gasoline", "epa_gasoline_hhv", "8.78"),
        ("epa_lpg", "epa_lpg_hhv", "5.68"),
        ("epa_natgas", "epa_ng_hhv", "0.05444"),
        ("epa_bituminous", "epa_bituminous_hhv", "2325"),
        ("epa_anthracite", "epa_anthracite_hhv", "2602"),
        ("epa_sub_bituminous", "epa_subbituminous_hhv", "1676"),
        ("epa_mixed_industrial", "epa_mixed_industrial_hhv", "2116"),
        ("epa_coal_coke", "epa_coal_coke_hhv", "2819"),
        ("epa_tires", "epa_tires_hhv", "2407"),
    ],
)
def test_american_heat_times_factor_is_what_the_hub_prints_per_gallon_short_ton_and_cubic_foot(
    factor: str, value: str, printed: str
) -> None:
    # Diesel: 0.138 MMBtu per gallon x 73.96 kg per MMBtu = 10.206, printed 10.21.
    heat, rate = _value(value).hhv, _factor(factor).kg_co2
    assert heat is not None
    assert rate is not None
    assert (heat * rate).quantize(Decimal(printed), ROUND_HALF_UP) == Decimal(printed)
