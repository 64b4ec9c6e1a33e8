"""Values spread over months, and the metrics' own arithmetic, without a database."""

from decimal import Decimal

import pytest

from app.accounting.breakdowns.energy_lines import in_gj
from app.accounting.breakdowns.water import classified, recycling_rate
from app.accounting.ledger.amounts import Amount
from app.accounting.ledger.origin import part_from
from app.accounting.metrics.breakdown import spread
from app.accounting.metrics.consumption import quantity
from app.accounting.metrics.energy import energy
from app.accounting.metrics.standard_coal import in_tce
from app.core.inventory.resources import Origin
from tests.support.factors import bucket, ledger, meter, site

ONE = Decimal(1)


def _decimals(*texts: str | None) -> list[Decimal | None]:
    return [None if text is None else Decimal(text) for text in texts]


def test_a_value_is_spread_in_proportion_and_adds_up_to_its_last_digit() -> None:
    parts = spread(Decimal(10), _decimals("1", "1", "1"), rate=ONE)
    assert parts == _decimals("3.33333333333333333333", "3.33333333333333333334", "3.33333333333333333333")


def test_a_month_without_data_is_null_and_one_that_used_nothing_is_zero() -> None:
    assert spread(Decimal(6), _decimals("1", None, "0", "2"), rate=ONE) == _decimals("2", None, "0", "4")


def test_months_that_cancel_out_keep_their_own_values() -> None:
    assert spread(Decimal(0), _decimals("5", "-5"), rate=Decimal("0.5")) == _decimals("2.5", "-2.5")


def test_a_value_longer_than_a_quotient_still_adds_up() -> None:
    value = Decimal("0.1234567890123456789012345678")
    assert spread(value, _decimals("1", "2"), rate=ONE) == _decimals(
        "0.04115226300411522630", "0.0823045260082304526012345678"
    )


def test_gas_in_gj_meets_its_calorific_value_again_exactly() -> None:
    # 1,184,947 m3 x 389.31 GJ per 10^4 m3 = 46,131.171657 GJ; / 29.3076 GJ per tce.
    found = energy(
        ledger([site()], [meter(1, "fuel.natural_gas", "m3")], [bucket(1, "1184947")]), ["fuel.natural_gas"], {}
    )
    assert found.value == Decimal("12814214.34916666666666666667")
    assert in_gj(found).value == Decimal("46131.171657")
    assert in_tce(found).value == Decimal("1574.0344366990132252385")


def test_electricity_has_its_own_coal_equivalent() -> None:
    found = energy(
        ledger([site()], [meter(1, "electricity.grid", "MWh")], [bucket(1, "1000")]), ["electricity.grid"], {}
    )
    assert in_tce(found).value == Decimal("122.9")
    assert in_gj(found).value == Decimal("3600")


def test_a_fuel_without_a_lower_heating_value_is_a_gap_and_is_not_added() -> None:
    world = ledger(
        [site()],
        [meter(1, "electricity.grid", "kWh"), meter(2, "fuel.biomass", "t")],
        [bucket(1, "100"), bucket(2, "5")],
    )
    found = energy(world, ["electricity.grid", "fuel.*"], {})
    assert found.value == Decimal(100)
    assert [finding.code for finding in found.findings] == ["no_calorific_value"]


@pytest.mark.parametrize(
    ("resource", "attributes", "part"),
    [
        ("electricity.green", {}, "1"),
        ("fuel.biomass", {}, "1"),
        ("fuel.diesel", {"renewable_share": "0.3"}, "0.3"),
        ("fuel.diesel", {"renewable_share": "most of it"}, "0"),
        ("fuel.diesel", {"renewable_share": "7"}, "0"),
        ("electricity.grid", {}, "0"),
        ("electricity.grid", {"origin": "nuclear"}, "0"),
        ("heat.purchased", {"origin": "renewable"}, "1"),
    ],
)
def test_the_renewable_part_of_a_resource(resource: str, attributes: dict[str, str], part: str) -> None:
    unit = {"fuel.diesel": "L", "fuel.biomass": "t", "heat.purchased": "GJ"}.get(resource, "kWh")
    world = ledger([site()], [meter(1, resource, unit, attributes=attributes)], [bucket(1, "1")])
    assert part_from(world.entries[0].activity, Origin.RENEWABLE) == Decimal(part)


def test_recycled_water_is_part_of_all_water_used() -> None:
    def water(m3: str | None) -> Amount:
        return Amount(None if m3 is None else Decimal(m3), "m3")

    assert recycling_rate(water("300"), water("100")) == Decimal("0.25")
    assert recycling_rate(water("0"), water("0")) is None
    assert recycling_rate(water("-300"), water("100")) is None
    assert recycling_rate(water("300"), water(None)) is None


def test_the_freshwater_share_counts_what_says_so_and_names_what_says_nothing() -> None:
    world = ledger(
        [site()],
        [
            meter(1, "water.withdrawal", "m3", attributes={"freshwater": "true"}),
            meter(2, "water.withdrawal", "m3", attributes={"freshwater": "false"}),
            meter(3, "water.withdrawal", "m3"),
        ],
        [bucket(1, "60"), bucket(2, "30"), bucket(3, "10")],
    )
    withdrawal = quantity(world, ["water.withdrawal"], {}, unit="m3")
    fresh = classified(withdrawal, "freshwater")
    assert (fresh.quantity, fresh.share, fresh.unclassified) == (Decimal(60), Decimal("0.6"), Decimal(10))
    stressed = classified(withdrawal, "stressed")
    assert (stressed.quantity, stressed.share, stressed.unclassified) == (None, None, Decimal(100))
