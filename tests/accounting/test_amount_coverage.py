"""How much of its time an amount covers, of what quality it is, and when it is unknown."""

from decimal import Decimal

from app.accounting.factors.gwp import gwp_set_named
from app.accounting.ledger.amounts import Amount
from app.accounting.ledger.ledger import Ledger
from app.accounting.metrics.evaluate import Evaluation
from app.accounting.metrics.vocabulary import metric_book
from app.core.inventory.resources import MeterKind
from app.core.readings.buckets import RollupFlag
from tests.support.factors import bucket, ledger, meter, site


def _amount(found: Ledger, key: str) -> Amount:
    return Evaluation(found, metric_book(()), gwp_set_named("AR5")).amount(key, {})


def test_coverage_is_covered_over_expected_time_of_all_meters() -> None:
    meters = [meter(1, "electricity.grid", "kWh"), meter(2, "electricity.grid", "kWh", plant="p2")]
    found = ledger([site(), site("p2")], meters, [bucket(1, "10", covered_s=31_536_000 // 2)])
    amount = _amount(found, "consumption.electricity")
    assert amount.coverage == Decimal("0.25")
    assert [finding.code for finding in amount.findings] == ["silent_meter"]


def test_events_have_no_coverage_but_are_data() -> None:
    waste = meter(1, "waste.hazardous", "t", kind=MeterKind.EVENT, interval=None)
    amount = _amount(ledger([site()], [waste], [bucket(1, "5", count=3, covered_s=0)]), "waste.hazardous")
    assert (amount.value, amount.coverage) == (Decimal(5), None)


def test_without_data_there_is_no_value_and_coverage_is_zero() -> None:
    found = ledger([site()], [meter(1, "electricity.grid", "kWh")], [])
    amount = _amount(found, "consumption.electricity")
    assert (amount.value, amount.coverage) == (None, Decimal(0))


def test_quality_is_weighted_by_contribution() -> None:
    meters = [meter(1, "electricity.grid", "kWh"), meter(2, "electricity.grid", "MWh", plant="p2")]
    buckets = [bucket(1, "1000", estimated="1000"), bucket(2, "3", manual="1.5")]
    amount = _amount(ledger([site(), site("p2")], meters, buckets), "consumption.electricity")
    assert amount.quality_share(lambda activity: activity.estimated_share) == Decimal("0.25")
    assert amount.quality_share(lambda activity: activity.manual_share) == Decimal("0.375")


def test_a_quantity_that_cannot_be_stored_is_unknown_and_named() -> None:
    overflown = bucket(1, None, flags=int(RollupFlag.OVERFLOW))
    amount = _amount(ledger([site()], [meter(1, "electricity.grid", "kWh")], [overflown]), "consumption.electricity")
    assert amount.value is None
    assert [finding.code for finding in amount.findings] == ["overflow"]
