"""Gases: methane's split, refrigerants and blends, what is recovered, and biogenic CO2 apart."""

from decimal import Decimal

import pytest

from app.accounting.factors.gwp import gwp_set_named, gwp_words, kg_co2e_per_unit
from app.accounting.ledger.amounts import Amount
from app.accounting.ledger.ledger import Ledger
from app.accounting.metrics.evaluate import Evaluation
from app.accounting.metrics.vocabulary import metric_book
from app.accounting.selection.shipped import shipped_factors
from tests.support.factors import bucket, factor, ledger, meter, site


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
        ("SF6", "AR6", "24300"),
        ("R410A", "AR4", "2087.5"),
        ("R513A", "AR4", "631.44"),  # printed 631: 0.56 x 4 + 0.44 x 1430
        ("R513A", "AR5", "572.56"),  # printed 573
        ("R448A", "AR4", "1387.09"),  # printed 1387
        ("R454B", "AR6", "531.374811"),  # 0.689 x 771 + 0.311 x 0.501
        ("R450A", "AR6", "643.3946"),  # 0.42 x 1530 + 0.58 x 1.37
        ("R455A", "AR4", "148.175"),  # 0.03 + 0.215 x 675 + 0.755 x 4
        ("R1234ze", "AR6", "1.37"),
        ("RC318", "AR4", "10300"),
        ("R31-10", "AR6", "10000"),
        ("R744", "AR6", "1"),
        ("R717", "AR5", "0"),
        ("R22", "AR5", "0"),
    ],
)
def test_a_kilogram_topped_up_is_worth_the_potential_of_its_gases(gas: str, gwp_set: str, kg: str) -> None:
    found = ledger([site()], [meter(1, f"refrigerant.{gas}", "kg")], [bucket(1, "1")])
    assert _amount(found, "ghg.scope1", gwp_set).value == Decimal(kg)


@pytest.mark.parametrize(("gwp_set", "kg"), [("AR4", "18100"), ("AR5", "17600"), ("AR6", "19600")])
def test_a_gas_that_the_kyoto_protocol_does_not_cover_is_in_no_scope_and_told_apart(gwp_set: str, kg: str) -> None:
    meters = [meter(1, "refrigerant.R22", "kg"), meter(2, "refrigerant.R134a", "kg")]
    world = ledger([site(share="0.5")], meters, [bucket(1, "20"), bucket(2, "0")])
    scope1, apart = _amount(world, "ghg.scope1", gwp_set), _amount(world, "ghg.outside_scopes", gwp_set)
    assert (scope1.value, apart.value) == (Decimal(0), Decimal(kg))  # 20 kg x 0.5 x 1810, 1760, 1960
    (said,) = [finding.detail for finding in scope1.findings if finding.code == "outside_scopes"]
    assert said.startswith(f"{kg} kg CO2e of HCFC22 are reported apart")
    assert _amount(world, "ghg.scope1.hfcs", gwp_set).value == Decimal(0)


_POTENTIALS = {
    "CO2": ("1", "1", "1"),
    "CH4": ("25", "28", "27.9"),
    "CH4_fossil": ("25", "30", "29.8"),
    "N2O": ("298", "265", "273"),
    "SF6": ("22800", "23500", "24300"),
    "NF3": ("17200", "16100", "17400"),
    "CF4": ("7390", "6630", "7380"),
    "C2F6": ("12200", "11100", "12400"),
    "C3F8": ("8830", "8900", "9290"),
    "C4F10": ("8860", "9200", "10000"),
    "cC4F8": ("10300", "9540", "10200"),
    "HFC23": ("14800", "12400", "14600"),
    "HFC32": ("675", "677", "771"),
    "HFC125": ("3500", "3170", "3740"),
    "HFC134a": ("1430", "1300", "1530"),
    "HFC143a": ("4470", "4800", "5810"),
    "HFC152a": ("124", "138", "164"),
    "HFC227ea": ("3220", "3350", "3600"),
    "HFC236fa": ("9810", "8060", "8690"),
    "HFC245fa": ("1030", "858", "962"),
    "HFC365mfc": ("794", "804", "914"),
    "HFC4310mee": ("1640", "1650", "1600"),
    "HCFC22": ("1810", "1760", "1960"),
    "HFO1234yf": ("4", "1", "0.501"),
    "HFO1234zeE": ("7", "1", "1.37"),
}


@pytest.mark.parametrize(("place", "name"), [(0, "AR4"), (1, "AR5"), (2, "AR6")])
def test_every_potential_is_that_of_the_report(place: int, name: str) -> None:
    split = {"AR4": {}, "AR5": {"CH4_nonfossil": Decimal(28)}, "AR6": {"CH4_nonfossil": Decimal("27.0")}}[name]
    assert gwp_set_named(name).gases == {gas: Decimal(values[place]) for gas, values in _POTENTIALS.items()} | split


def test_a_blend_weighs_a_kilogram_but_for_what_is_no_greenhouse_gas() -> None:
    blends = {each.code: each for each in shipped_factors() if each.code.startswith("blend_")}
    rest = {code: 1 - sum(blend.other_gases.values()) - (blend.kg_co2 or 0) for code, blend in blends.items()}
    assert {code: part for code, part in rest.items() if part} == {
        "blend_r417a": Decimal("0.034"),  # butane
        "blend_r422d": Decimal("0.034"),  # isobutane
    }
    assert len(blends) == 20


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
