"""Fuels metered in energy, in gas volumes and by mass: energy, emissions and consumption of one plant."""

from datetime import date
from decimal import Decimal

from app.accounting.factors.factor import HeatingValueBasis
from app.accounting.factors.gwp import gwp_set_named
from app.accounting.ledger.amounts import Amount
from app.accounting.ledger.ledger import Ledger
from app.accounting.metrics.evaluate import Evaluation
from app.accounting.metrics.vocabulary import metric_book
from app.core.units.gas_volumes import ReferenceConditions
from tests.support.factors import bucket, ledger, meter, site

_US, _GB, _DE = (site(country=country, region=None, grid_region=None) for country in ("US", "GB", "DE"))


def _amount(found: Ledger, key: str) -> Amount:
    return Evaluation(found, metric_book(()), gwp_set_named("AR5")).amount(key, {})


def _at(value: Decimal | None, places: str) -> Decimal:
    assert value is not None
    return value.quantize(Decimal(places))


def test_a_thousand_gallons_of_distillate_are_the_published_emissions() -> None:
    found = ledger([_US], [meter(1, "fuel.diesel", "gal_us")], [bucket(1, "1000", start=date(2024, 1, 1))], year=2024)
    # 138 MMBtu x (73.96 + 0.003 x 28 + 0.0006 x 265) kg
    assert _amount(found, "ghg.scope1").value == Decimal("10240.014")
    assert _at(_amount(found, "consumption.fuel.diesel").value, "0.000001") == Decimal("3785.411784")
    # 138 MMBtu gross x 0.95: 38.4211... MWh
    assert _at(_amount(found, "energy.fuel.diesel").value, "0.001") == Decimal("38421.617")


def test_therms_reach_a_factor_per_mmbtu_without_a_calorific_value() -> None:
    gas = meter(1, "fuel.natural_gas", "therm", basis=HeatingValueBasis.HHV)
    found = ledger([_US], [gas], [bucket(1, "1000", start=date(2024, 1, 1))], year=2024)
    scope1 = _amount(found, "ghg.scope1")
    assert scope1.value == Decimal("5311.45")  # 100 MMBtu x 53.1145
    assert [note for note in scope1.terms[0].notes if "calorific" in note] == []
    # 1,000 therms back to m3 at 60 degrees F: 100 MMBtu / 0.001026 per scf
    used = _amount(found, "consumption.fuel.natural_gas")
    assert _at(used.value, "0.0001") == Decimal("2759.9266")
    assert "m3 of fuel.natural_gas are given at 60 degrees F, 101.325 kPa" in used.terms[0].notes


def test_gross_and_net_kilowatt_hours_of_gas_are_two_quantities() -> None:
    meters = [
        meter(1, "fuel.natural_gas", "kWh", basis=HeatingValueBasis.HHV),
        meter(2, "fuel.natural_gas", "kWh", basis=HeatingValueBasis.LHV),
    ]
    buckets = [bucket(1, "100000", start=date(2024, 1, 1)), bucket(2, "100000", start=date(2024, 1, 1))]
    found = ledger([_GB], meters, buckets, year=2024)
    energy = _amount(found, "energy.fuel.natural_gas")
    # the gross part x 45.62 / 50.55, the net one as it is
    assert _at(energy.value, "0.0001") == Decimal("190247.2799")
    assert [term.quantity for term in energy.terms] == [Decimal(100000), Decimal(100000)]
    assert energy.terms[0].notes == (
        "assumption: heating values desnz2024_natural_gas 45.62 / 50.55 (LHV / HHV) chosen by country",
    )
    assert energy.terms[1].notes == ()


def test_a_normal_and_a_standard_cubic_metre_differ_by_five_and_a_half_percent() -> None:
    normal, standard, stated = (
        ledger([site()], [gas], [bucket(1, "1000")])
        for gas in (
            meter(1, "fuel.natural_gas", "Nm3"),
            meter(1, "fuel.natural_gas", "Sm3"),
            meter(1, "fuel.natural_gas", "m3", conditions=ReferenceConditions.C20),
        )
    )
    assert _amount(normal, "ghg.scope1").value == Decimal("2162.188809")
    assert _at(_amount(standard, "ghg.scope1").value, "0.000001") == Decimal("2049.633431")  # x 273.15 / 288.15
    assert _at(_amount(stated, "ghg.scope1").value, "0.000001") == Decimal("2014.674648")  # x 273.15 / 293.15
    assert _at(_amount(standard, "energy.fuel.natural_gas").value, "0.001") == Decimal("10251.222")
    assert not any("assumption: metered" in note for note in _amount(normal, "ghg.scope1").terms[0].notes)


def test_volumes_of_gas_are_added_in_the_state_they_share_or_in_the_normal_one() -> None:
    one = ledger([site()], [meter(1, "fuel.natural_gas", "Sm3")], [bucket(1, "1000")])
    assert _amount(one, "consumption.fuel.natural_gas").value == Decimal(1000)
    meters = [meter(1, "fuel.natural_gas", "Sm3"), meter(2, "fuel.natural_gas", "m3")]
    with_unstated = ledger([site()], meters, [bucket(1, "1000"), bucket(2, "10")])
    amount = _amount(with_unstated, "consumption.fuel.natural_gas")
    assert amount.value == Decimal(1010)
    assert [note for term in amount.terms for note in term.notes] == [
        "assumption: metered m3 of fuel.natural_gas are at 15 degrees C, 101.325 kPa"
    ]
    mixed = ledger(
        [site()],
        [meter(1, "fuel.natural_gas", "Sm3"), meter(2, "fuel.natural_gas", "Nm3")],
        [bucket(1, "288.15"), bucket(2, "10")],
    )
    assert _amount(mixed, "consumption.fuel.natural_gas").value == Decimal("283.15")


def test_what_cannot_be_converted_is_null_and_says_what_to_add() -> None:
    found = ledger([_DE], [meter(1, "fuel.natural_gas", "m3")], [bucket(1, "1000", start=date(2024, 1, 1))], year=2024)
    for key, where in (("energy.fuel.natural_gas", "energy"), ("ghg.scope1", "emissions")):
        amount = _amount(found, key)
        assert amount.value is None, where
        (finding,) = [each for each in amount.findings if each.severity == "error"]
        assert "fuel.natural_gas per m3 for DE by POST {org}/calorific-values" in finding.mend
    by_heat = ledger(
        [_DE],
        [meter(1, "fuel.natural_gas", "kWh", basis=HeatingValueBasis.HHV)],
        [bucket(1, "100000", start=date(2024, 1, 1))],
        year=2024,
    )
    assert _amount(by_heat, "energy.fuel.natural_gas").value == Decimal(90000)
    # 324 GJ net x (56,100 + 1 x 28 + 0.1 x 265) kg per TJ
    assert _amount(by_heat, "ghg.scope1").value == Decimal("18194.058")
    used = _amount(by_heat, "consumption.fuel.natural_gas")
    assert used.value is None
    assert [each.code for each in used.findings] == ["not_convertible"]


def test_uk_gallons_and_tonnes_of_diesel() -> None:
    meters = [meter(1, "fuel.diesel", "gal_uk"), meter(2, "fuel.diesel", "t")]
    buckets = [bucket(1, "1000", start=date(2023, 1, 1)), bucket(2, "1", start=date(2023, 1, 1))]
    found = ledger([_GB], meters, buckets, year=2023)
    scope1 = _amount(found, "ghg.scope1")
    # 4,546.09 L, and 1 t / 0.8328 kg per L = 1,200.768... L, each x 2.512063885
    assert [_at(term.value, "0.0001") for term in scope1.terms] == [Decimal("11420.0685"), Decimal("3016.4072")]
    assert _at(_amount(found, "consumption.fuel.diesel").value, "0.0001") == Decimal("5746.8585")


def test_a_value_that_changes_within_the_year_splits_energy_by_day() -> None:
    days = [
        bucket(1, "10", start=date(2023, 12, 31), count=1, covered_s=86400),
        bucket(1, "30", start=date(2024, 1, 1), count=1, covered_s=86400),
    ]
    gas = meter(1, "fuel.natural_gas", "kWh", basis=HeatingValueBasis.HHV)
    found = ledger([_GB], [gas], [bucket(1, "40", start=date(2023, 7, 1), count=2)], year=2023, starts=7, finer=days)
    energy = _amount(found, "energy.fuel.natural_gas")
    assert [(term.quantity, term.activity.first_day) for term in energy.terms] == [
        (Decimal(10), 19539),
        (Decimal(30), 19723),
    ]
    # 10 x 45.52 / 50.43 + 30 x 45.62 / 50.55
    assert _at(energy.value, "0.000001") == Decimal("36.100557")
