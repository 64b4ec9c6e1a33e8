"""Tonnes of coal equivalent: by measured heat, or by a default coefficient, and the figure says which."""

from datetime import date
from decimal import Decimal

import pytest

from app.accounting.factors.calorific_choice import CalorificBook
from app.accounting.factors.calorific_data import calorific_values
from app.accounting.factors.factor import HeatingValueBasis
from app.accounting.factors.gwp import gwp_set_named
from app.accounting.ledger.amounts import Amount
from app.accounting.ledger.ledger import Ledger
from app.accounting.metrics.evaluate import Evaluation
from app.accounting.metrics.standard_coal import coefficients, in_tce
from app.accounting.metrics.vocabulary import metric_book
from tests.support.calorific_values import value
from tests.support.factors import bucket, ledger, meter, site


def _tce(found: Ledger, key: str = "energy.total") -> Amount:
    return in_tce(Evaluation(found, metric_book(()), gwp_set_named("AR5")).amount(key, {}))


@pytest.mark.parametrize(
    ("resource", "unit", "tce", "words"),
    [
        ("fuel.coal.bituminous", "t", "714.3", "raw coal, 0.7143 kgce/kg"),
        ("fuel.coal.anthracite", "t", "714.3", "raw coal, 0.7143 kgce/kg"),
        ("fuel.coal.cleaned", "t", "900", "cleaned coal, 0.9 kgce/kg"),
        ("fuel.coke", "t", "971.4", "coke, 0.9714 kgce/kg"),
        ("fuel.lpg", "t", "1714.3", "liquefied petroleum gas, 1.7143 kgce/kg"),
        ("fuel.diesel", "t", "1457.1", "diesel, 1.4571 kgce/kg"),
        ("fuel.diesel", "kL", "1223.964", "diesel, 1.4571 kgce/kg"),  # 840 kg a kL, assumed
        ("fuel.petrol", "t", "1471.4", "petrol, 1.4714 kgce/kg"),
        ("fuel.fuel_oil.residual", "t", "1428.6", "fuel oil, 1.4286 kgce/kg"),
    ],
)
def test_a_fuel_nobody_measured_is_taken_at_the_default_coefficient(
    resource: str, unit: str, tce: str, words: str
) -> None:
    amount = _tce(ledger([site()], [meter(1, resource, unit)], [bucket(1, "1000")]))
    assert amount.value == Decimal(tce)
    assert amount.terms[0].notes[-1] == f"tce by the default coefficient of GB/T 2589 for {words}"


def test_a_measured_heating_value_goes_before_the_default() -> None:
    measured = value(
        "lab", "fuel.coal.bituminous", region="ganzhou", per="t", lhv=Decimal("29.3076"), own=True, factor_set=None
    )
    found = ledger(
        [site()],
        [meter(1, "fuel.coal.bituminous", "t")],
        [bucket(1, "1000")],
        values=CalorificBook((measured, *calorific_values())),
    )
    amount = _tce(found)
    assert amount.value == Decimal(1000)
    assert amount.terms[0].notes[-1] == "tce by the measured heating value lab, GJ / 29.3076"


def test_metered_heat_is_measured_and_gas_has_no_single_default() -> None:
    heat = ledger([site()], [meter(1, "fuel.lpg", "GJ", basis=HeatingValueBasis.LHV)], [bucket(1, "29307.6")])
    assert _tce(heat).value == Decimal(1000)
    assert _tce(heat).terms[0].notes[-1] == "tce by metered heat, GJ / 29.3076"
    gas = ledger([site()], [meter(1, "fuel.natural_gas", "m3")], [bucket(1, "1184947")])
    assert _tce(gas).value == Decimal("1574.0344366990132252385")
    assert not any("tce" in note for note in _tce(gas).terms[0].notes)
    lignite = ledger([site()], [meter(1, "fuel.coal.lignite", "t")], [bucket(1, "29.3076")])
    assert _tce(lignite).value == Decimal("11.9")


def test_a_share_of_a_plant_and_a_renewable_share_are_in_proportion() -> None:
    diesel = meter(1, "fuel.diesel", "t", attributes={"renewable_share": "0.1"})
    found = ledger([site(share="0.5")], [diesel], [bucket(1, "1000")])
    assert _tce(found).value == Decimal("728.55")
    assert _tce(found, "energy.renewable.fuels").value == Decimal("72.855")


def test_without_a_density_a_volume_is_taken_by_its_heat() -> None:
    gallons = meter(1, "fuel.lpg", "gal_us")
    found = ledger(
        [site(country="US", region=None, grid_region=None)],
        [gallons],
        [bucket(1, "1000", start=date(2024, 1, 1))],
        year=2024,
    )
    amount = _tce(found)
    assert amount.terms[0].notes[-1] == "tce by its heating value, GJ / 29.3076"
    # 92 MMBtu x 1.05505585262 x 0.95 / 29.3076
    assert amount.value is not None
    assert amount.value.quantize(Decimal("0.00001")) == Decimal("3.14635")


def test_every_coefficient_is_near_the_heating_value_of_its_fuel() -> None:
    assert len(coefficients()) == 9
    for coefficient in coefficients().values():
        assert Decimal("0.7") < coefficient.kgce_per_kg < Decimal("1.8")
