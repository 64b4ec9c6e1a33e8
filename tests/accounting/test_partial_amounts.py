"""Amounts that lack a part: what they are worth, how far they are covered, and what they say."""

from datetime import date
from decimal import Decimal

from app.accounting.factors.gwp import gwp_set_named
from app.accounting.findings import Severity
from app.accounting.ledger.amounts import Amount
from app.accounting.ledger.ledger import Ledger
from app.accounting.metrics.evaluate import Evaluation
from app.accounting.metrics.vocabulary import metric_book
from app.core.inventory.resources import QUANTITY_KINDS, Catalogue, FuelGroup, MeterKind, Origin, Resource
from app.core.readings.buckets import RollupFlag
from tests.support.factors import bucket, factor, ledger, meter, site

_SYNGAS = Catalogue(
    own=(Resource("fuel.syngas", "Syngas", "m3", QUANTITY_KINDS, {}, origin=Origin.FOSSIL, fuel_group=FuelGroup.GAS),)
)
"""A fuel that nobody has a calorific value or a factor of."""


def _amount(found: Ledger, key: str) -> Amount:
    return Evaluation(found, metric_book({"fuel.syngas"}, _SYNGAS), gwp_set_named("AR5")).amount(key, {})


def _errors(amount: Amount) -> list[str]:
    return [finding.code for finding in amount.findings if finding.severity is Severity.ERROR]


def _plant(gas: str, *, grid: str = "100000") -> Ledger:
    meters = [meter(1, "fuel.syngas", "m3"), meter(2, "electricity.grid", "kWh", attributes={"origin": "fossil"})]
    return ledger([site()], meters, [bucket(1, gas), bucket(2, grid)], catalogue=_SYNGAS)


def test_gas_that_cannot_be_converted_is_null_and_the_total_is_half_covered() -> None:
    found = _plant("100000")
    total, gas = _amount(found, "energy.total"), _amount(found, "energy.fossil.gas")
    assert (total.value, total.coverage, _errors(total)) == (Decimal(100000), Decimal("0.5"), ["no_calorific_value"])
    assert (gas.value, gas.coverage, _errors(gas)) == (None, Decimal(0), ["no_calorific_value"])
    (finding,) = gas.findings
    assert "fuel.syngas at ganzhou is missing" in finding.detail
    assert finding.mend == ("state the lhv of fuel.syngas per m3 for CN by POST {org}/calorific-values")
    assert _amount(found, "energy.fossil.fuels").value is None
    assert _amount(found, "energy.source.fossil").value == Decimal(100000)
    # The gas is fossil, whatever energy is in it, and so is the power: nothing is renewable, and that is known.
    renewable = _amount(found, "energy.source.renewable")
    assert (renewable.value, renewable.coverage, _errors(renewable)) == (Decimal(0), Decimal(1), [])


def test_nothing_used_of_a_fuel_is_nothing_whatever_is_known_of_it() -> None:
    found = _plant("0")
    for key, value in (("energy.fuel.syngas", 0), ("energy.total", 100000), ("ghg.scope1", 0)):
        amount = _amount(found, key)
        assert (amount.value, amount.coverage, len(amount.findings)) == (Decimal(value), Decimal(1), 0), key


def test_a_partial_sum_of_nothing_is_unknown() -> None:
    amount = _amount(_plant("100000", grid="0"), "energy.total")
    assert (amount.value, _errors(amount)) == (None, ["no_calorific_value"])


def test_the_sum_of_two_scopes_of_which_one_has_no_factor_is_an_error() -> None:
    amount = _amount(_plant("100000"), "ghg.total")
    assert amount.value == Decimal("58350.0000")  # 100,000 kWh x 0.5835, Jiangxi
    assert (amount.coverage, _errors(amount)) == (Decimal("0.5"), ["no_factor", "missing_part"])
    assert amount.findings[-1].detail.startswith("ghg.scope1 has no value; the sum lacks it: no emission factor of")
    assert amount.findings[-1].mend == "add a factor of fuel.syngas for ganzhou, CN or GLOBAL, or pin one"


def test_a_sum_says_without_alarm_that_nothing_is_metered_of_a_part() -> None:
    found = ledger([site()], [meter(2, "electricity.grid", "kWh")], [bucket(2, "100")])
    amount = _amount(found, "ghg.total")
    assert [(each.code, each.severity) for each in amount.findings] == [("missing_part", Severity.INFO)]
    silent = ledger([site()], [meter(1, "fuel.lpg", "t"), meter(2, "electricity.grid", "kWh")], [bucket(2, "100")])
    codes = [(each.code, each.severity) for each in _amount(silent, "ghg.total").findings]
    assert codes == [("silent_meter", Severity.WARNING), ("missing_part", Severity.WARNING)]


def test_of_two_deliveries_of_which_one_has_no_factor_half_is_covered() -> None:
    meters = [
        meter(1, "refrigerant.R410A", "kg", kind=MeterKind.EVENT, interval=None),
        meter(2, "fuel.syngas", "m3", kind=MeterKind.EVENT, interval=None),
    ]
    found = ledger([site()], meters, [bucket(1, "10", count=1), bucket(2, "5", count=1)], catalogue=_SYNGAS)
    amount = _amount(found, "ghg.scope1")
    assert amount.value is not None
    assert amount.coverage == Decimal("0.5")


def test_days_without_a_factor_are_not_covered() -> None:
    grid = factor("late", valid_from=date(2021, 7, 1))
    halves = [
        bucket(1, "10", start=date(2021, 1, 1), count=1, covered_s=181 * 86400),
        bucket(1, "30", start=date(2021, 7, 1), count=1, covered_s=184 * 86400),
    ]
    found = ledger([site()], [meter(1, "electricity.grid", "kWh")], [bucket(1, "40")], factors=[grid], finer=halves)
    amount = _amount(found, "ghg.scope2")
    assert (amount.value, amount.coverage) == (Decimal(30), Decimal("0.50410958904109589041"))  # 184 / 365 days
    assert _errors(amount) == ["no_factor"]


def test_a_factor_stated_as_co2e_alone_leaves_the_gases_of_its_fuel_unknown() -> None:
    coal = {"method": None, "per": "t", "region": "CN"}
    factors = [
        factor("split", resource="fuel.coal.anthracite", kg_co2=Decimal(2), kg_ch4=Decimal("0.01"), **coal),
        factor("whole", resource="fuel.lpg", kg_co2=None, kg_co2e=Decimal(3), **coal),
    ]
    found = ledger(
        [site()],
        [meter(1, "fuel.coal.anthracite", "t"), meter(2, "fuel.lpg", "t")],
        [bucket(1, "100"), bucket(2, "7")],
        factors=factors,
    )
    methane = _amount(found, "ghg.scope1.ch4")
    assert (methane.value, methane.coverage, _errors(methane)) == (Decimal(28), Decimal("0.5"), ["gas_not_split"])
    assert methane.findings[0].mend == "add a factor of fuel.lpg that states its gases"
    # No flame makes a refrigerant, and what is not split stands in a row of its own: neither lacks anything.
    assert _errors(_amount(found, "ghg.scope1.hfcs")) == []
    unsplit = _amount(found, "ghg.scope1.unsplit")
    assert (unsplit.value, unsplit.findings) == (Decimal(21), ())
    assert _errors(_amount(found, "ghg.scope1")) == []


def test_biomass_whose_factor_says_nothing_of_biogenic_carbon_leaves_a_gap() -> None:
    wood = {"resource": "fuel.biomass", "method": None, "per": "t", "region": "CN", "kg_co2": Decimal(0)}
    said, silent = factor("said", **wood, kg_co2_biogenic=Decimal(1800)), factor("silent", **wood)
    meters, buckets = [meter(1, "fuel.biomass", "t")], [bucket(1, "2")]
    assert _amount(ledger([site()], meters, buckets, factors=[said]), "ghg.biogenic").value == Decimal(3600)
    for factors, code in (([silent], "biogenic_not_stated"), ([], "no_factor")):
        amount = _amount(ledger([site()], meters, buckets, factors=factors), "ghg.biogenic")
        assert (amount.value, amount.coverage, _errors(amount)) == (None, Decimal(0), [code])


def test_a_share_of_an_incomplete_whole_is_null() -> None:
    overflow = bucket(2, None, flags=int(RollupFlag.OVERFLOW))
    meters = [meter(1, "electricity.solar", "kWh"), meter(2, "electricity.grid", "kWh")]
    amount = _amount(ledger([site()], meters, [bucket(1, "40"), overflow]), "energy.renewable_share")
    assert (amount.value, _errors(amount)) == (None, ["overflow", "incomplete"])
    assert amount.findings[-1].mend == "register the meter anew in a larger unit"


def test_the_share_of_a_part_that_is_not_all_classified_is_null() -> None:
    meters = [meter(1, "waste.hazardous", "t", attributes={"treatment": "landfill"}), meter(2, "waste.hazardous", "t")]
    found = ledger([site()], meters, [bucket(1, "5"), bucket(2, "2")])
    part, share = _amount(found, "waste.unrecycled"), _amount(found, "waste.unrecycled_share")
    assert (part.value, part.coverage) == (Decimal(5), Decimal("0.5"))
    assert (share.value, [finding.code for finding in share.findings]) == (None, ["unclassified", "incomplete"])


def test_an_intensity_per_an_incomplete_denominator_is_null() -> None:
    overflow = bucket(3, None, flags=int(RollupFlag.OVERFLOW))
    meters = [
        meter(1, "water.withdrawal", "m3"),
        meter(2, "product.output", "t"),
        meter(3, "product.output", "t", plant="p2"),
    ]
    found = ledger([site(), site("p2")], meters, [bucket(1, "10"), bucket(2, "5"), overflow])
    amount = _amount(found, "water.intensity.product.output")
    assert (amount.value, amount.coverage, _errors(amount)) == (None, Decimal("0.5"), ["overflow", "incomplete"])


def test_a_part_from_which_readings_are_due_is_unknown_and_not_zero() -> None:
    meters = [
        meter(1, "electricity.grid", "kWh", attributes={"origin": "fossil"}),
        meter(2, "electricity.solar", "kWh"),
    ]
    amount = _amount(ledger([site()], meters, [bucket(1, "100")]), "energy.source.renewable")
    assert (amount.value, [finding.code for finding in amount.findings]) == (None, ["silent_meter"])


def test_a_month_that_overflows_is_not_covered_beside_one_that_does_not() -> None:
    meters = [meter(1, "electricity.grid", "kWh"), meter(2, "electricity.grid", "kWh")]
    found = ledger([site()], meters, [bucket(1, "100"), bucket(2, None, flags=int(RollupFlag.OVERFLOW))])
    amount = _amount(found, "consumption.electricity")
    assert (amount.value, amount.coverage, _errors(amount)) == (Decimal(100), Decimal("0.5"), ["overflow"])
