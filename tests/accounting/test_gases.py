"""Gases: methane's split, refrigerants and blends, what is recovered, and biogenic CO2 apart."""

from decimal import Decimal

import pytest

from app.accounting.amounts import Amount
from app.accounting.evaluate import Evaluation
from app.accounting.gwp import gwp_set_named, gwp_words, kg_co2e_per_unit
from app.accounting.ledger import Ledger
from app.accounting.metrics import metric_book
from tests.accounting.build import bucket, factor, ledger, meter, site


def _amount(found: Ledger, key: str, gwp_set: str = "AR5") -> Amount:
    return Evaluation(found, metric_book(()), gwp_set_named(gwp_set)).amount(key, {})


_METHANE = factor("f", kg_co2=None, kg_ch4=Decimal(2), kg_ch4_nonfossil=Decimal(3))


@pytest.mark.parametrize(
    ("name", "split", "kg"),
    [
        ("AR4", False, "125"),
        ("AR5", False, "140"),
        ("AR6", False, "139.5"),
        ("AR4", True, "125"),  # AR4 has one value
        ("AR5", True, "144"),  # 2 x 30 + 3 x 28
        ("AR6", True, "140.6"),  # 2 x 29.8 + 3 x 27.0
    ],
)
def test_fossil_methane_has_its_own_potential_where_the_set_has_one_and_it_is_asked_for(
    name: str, split: bool, kg: str
) -> None:
    assert kg_co2e_per_unit(_METHANE, gwp_set_named(name, splits_methane=split)) == Decimal(kg)


def test_a_split_of_methane_is_said() -> None:
    words = gwp_words(_METHANE, gwp_set_named("AR6", splits_methane=True))
    assert words == "GWP set AR6 (fossil CH4 29.8, other CH4 27, N2O 273)"


@pytest.mark.parametrize(
    ("gas", "gwp_set", "kg"),
    [
        ("R404A", "AR5", "3942.8"),  # 0.44 x 3170 + 0.04 x 1300 + 0.52 x 4800
        ("R407C", "AR4", "1773.85"),  # 0.23 x 675 + 0.25 x 3500 + 0.52 x 1430
        ("R507A", "AR6", "4775"),  # 0.5 x 3740 + 0.5 x 5810
        ("HFC134a", "AR5", "1300"),
        ("R134a", "AR5", "1300"),
        ("SF6", "AR6", "25200"),
    ],
)
def test_a_kilogram_topped_up_is_worth_the_potential_of_its_gases(gas: str, gwp_set: str, kg: str) -> None:
    found = ledger([site()], [meter(1, f"refrigerant.{gas}", "kg")], [bucket(1, "1")])
    assert _amount(found, "ghg.scope1", gwp_set).value == Decimal(kg)


def test_what_was_recovered_did_not_escape() -> None:
    meters = [
        meter(1, "refrigerant.R410A", "kg", attributes={"flow": "topped_up"}),
        meter(2, "refrigerant.R410A", "kg", attributes={"flow": "recovered"}),
    ]
    amount = _amount(ledger([site()], meters, [bucket(1, "10"), bucket(2, "4")]), "ghg.scope1")
    assert amount.value == Decimal("11541.0")  # 6 kg x 1923.5
    assert sorted(term.value for term in amount.terms) == [Decimal("-7694.0"), Decimal("19235.0")]
    assert any("recovered refrigerant.R410A is deducted" in term.notes for term in amount.terms)


def test_a_refrigerant_nobody_has_a_potential_for_is_a_gap() -> None:
    amount = _amount(ledger([site()], [meter(1, "refrigerant.R9999", "kg")], [bucket(1, "1")]), "ghg.scope1")
    assert amount.value is None
    assert "no emission factor of refrigerant.R9999" in amount.findings[0].detail


def test_biogenic_carbon_dioxide_is_reported_apart() -> None:
    straw = factor(
        "straw",
        resource="fuel.biomass",
        method=None,
        per="t",
        kg_co2=None,
        kg_co2_biogenic=Decimal(1500),
        kg_ch4_nonfossil=Decimal("0.5"),
    )
    found = ledger([site(share="0.6")], [meter(1, "fuel.biomass", "t")], [bucket(1, "10")], factors=[straw])
    scope1, apart = _amount(found, "ghg.scope1"), _amount(found, "ghg.biogenic")
    assert scope1.value == Decimal("84.0")  # 10 t x 0.6 x 0.5 x 28
    assert apart.value == Decimal("9000.0")
    assert [finding.code for finding in scope1.findings] == ["biogenic_apart"]
    assert scope1.findings[0].detail.startswith("9000 kg of biogenic CO2 are reported apart")


def test_without_a_factor_that_states_it_there_is_no_biogenic_carbon_dioxide() -> None:
    found = ledger([site()], [meter(1, "fuel.natural_gas", "m3")], [bucket(1, "10")])
    assert _amount(found, "ghg.biogenic").value is None


def test_dolomite_without_a_factor_is_a_gap_and_with_an_own_one_is_not() -> None:
    meters, buckets = [meter(1, "process.dolomite", "t")], [bucket(1, "10")]
    gap = _amount(ledger([site()], meters, buckets), "ghg.scope1")
    assert gap.value is None
    assert "no emission factor of process.dolomite for CN-JX / CN-CENTRAL / CN" in gap.findings[0].detail
    own = factor("kiln", resource="process.dolomite", method=None, per="t", kg_co2=Decimal(470), own=True)
    assert _amount(ledger([site()], meters, buckets, factors=[own]), "ghg.scope1").value == Decimal(4700)


def test_steam_is_bought_on_the_factor_of_heat_and_cooling_without_one_is_a_gap() -> None:
    meters = [meter(1, "steam.purchased", "GJ"), meter(2, "cooling.purchased", "GJ"), meter(3, "heat.purchased", "GJ")]
    amount = _amount(ledger([site()], meters, [bucket(n, "100") for n in (1, 2, 3)]), "ghg.scope2")
    assert amount.value == Decimal("22000.00")
    assert [finding.detail[:50] for finding in amount.findings] == [
        "no emission factor of cooling.purchased for CN-JX "
    ]
