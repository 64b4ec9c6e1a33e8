"""The bridge between two values: each cause alone, all at once, and always exact."""

from decimal import Decimal, localcontext

from hypothesis import given
from hypothesis import strategies as st

from app.accounting.factors.factor import Factor
from app.accounting.factors.gwp import gwp_set_named
from app.accounting.ledger.ledger import Ledger
from app.accounting.metrics.bridge import Bridge, Steps, bridge
from app.accounting.metrics.evaluate import Evaluation
from app.accounting.metrics.vocabulary import metric_book
from app.accounting.selection.selection import Pin
from app.core.units.quantities import EXACT
from tests.support.factors import bucket, factor, ledger, meter, site

_METERS = [meter(1, "electricity.grid", "kWh"), meter(2, "fuel.lpg", "t"), meter(9, "product.output", "t")]
_LPG = Pin(None, "fuel.lpg", None, None, "ipcc2006_lpg")


def _year(kwh: str, *, share: str = "1", factor: str = "cn_grid_regional_2012_central", output: str = "7") -> Ledger:
    pins = [Pin(None, "electricity.*", None, None, factor), _LPG]
    return ledger([site(share=share)], _METERS, [bucket(1, kwh), bucket(2, "10"), bucket(9, output)], pins=pins)


def _under(found: Ledger, gwp_set: str = "AR5") -> Evaluation:
    return Evaluation(found, metric_book(()), gwp_set_named(gwp_set))


def _bridge(steps: Steps, key: str) -> Bridge:
    found = bridge(steps, key, {}, lambda value: value)
    assert found is not None
    return found


def _causes(found: Bridge) -> tuple[Decimal | int, ...]:
    return found.boundary, found.activity, found.factors, found.gwp_set


def test_more_activity_alone_is_activity() -> None:
    start, end = _under(_year("1000")), _under(_year("3000"))
    found = _bridge(Steps(start, start, end, end), "ghg.scope2")
    assert _causes(found) == (0, Decimal("1051.4000"), 0, 0)  # 2000 x 0.5257


def test_another_factor_alone_is_factors() -> None:
    start, end = _under(_year("1000")), _under(_year("1000", factor="cn_grid_mee_prov_2021_jx"))
    assert _causes(_bridge(Steps(start, start, end, end), "ghg.scope2")) == (0, 0, Decimal("57.8"), 0)


def test_a_factor_that_was_missing_is_factors_whatever_the_activity_did() -> None:
    def year(kilograms: str, *factors: Factor) -> Evaluation:
        meters = [meter(1, "fuel.lpg", "kg"), meter(2, "process.magnesium", "kg")]
        return _under(ledger([site()], meters, [bucket(1, "10"), bucket(2, kilograms)], factors=factors))

    def of(resource: str, kg: str) -> Factor:
        return factor(resource, resource=resource, method=None, per="t", region="CN", kg_co2=Decimal(kg))

    lpg, process = of("fuel.lpg", "1000"), of("process.magnesium", "5000")
    # 0.01 t x 1,000 kg both times; of the process 0.03 t x 5,000 kg by the second year's factor alone.
    start, end = year("20", lpg), year("30", lpg, process)
    found = _bridge(Steps(start, start, end, end), "ghg.scope1")
    assert (found.start, found.end) == (Decimal(10), Decimal(160))
    assert _causes(found) == (0, 0, 150, 0)
    back = _bridge(Steps(end, end, start, start), "ghg.scope1")
    assert _causes(back) == (0, -50, -100, 0)


def test_there_is_no_bridge_over_a_denominator_below_zero() -> None:
    start, end = _under(_year("1000")), _under(_year("1000", output="-7"))
    assert bridge(Steps(start, start, end, end), "ghg.intensity.product.output", {}, lambda value: value) is None


def test_another_boundary_alone_is_boundary() -> None:
    start, end = _under(_year("1000")), _under(_year("1000", share="0.6"))
    assert _causes(_bridge(Steps(start, end, end, end), "ghg.scope2")) == (Decimal("-210.28"), 0, 0, 0)


def test_another_gwp_set_alone_is_the_gwp_set() -> None:
    ar5, ar4 = _under(_year("1000")), _under(_year("1000"), "AR4")
    # 0.50179 TJ of LPG: 1 kg CH4 x (25 - 28) + 0.1 kg N2O x (298 - 265)
    assert _causes(_bridge(Steps(ar5, ar5, ar5, ar4), "ghg.scope1")) == (0, 0, 0, Decimal("0.150537"))


def test_a_value_that_is_missing_has_no_bridge() -> None:
    empty = _under(ledger([site()], _METERS, []))
    full = _under(_year("1000"))
    assert bridge(Steps(empty, empty, full, full), "ghg.scope2", {}, lambda value: value) is None


_BRIDGED = (
    "ghg.scope1",
    "ghg.scope2",
    "ghg.total",
    "energy.total",
    "consumption.electricity",
    "ghg.intensity.product.output",
    "energy.intensity.product.output",
)
_KWH = st.decimals(min_value=0, max_value=10**9, places=6)


@given(before=_KWH, after=_KWH, output=st.decimals(min_value="0.001", max_value=10**6, places=3))
def test_the_causes_add_up_to_the_difference_of_every_metric(before: Decimal, after: Decimal, output: Decimal) -> None:
    start = _under(_year(str(before)))
    bounded = _under(_year(str(before), share="0.37"))
    last = _year(str(after), share="0.37", factor="cn_grid_mee_prov_2021_jx", output=str(output))
    steps = Steps(start, bounded, _under(last), _under(last, "AR6"))
    for key in _BRIDGED:
        found = _bridge(steps, key)
        with localcontext(EXACT):
            assert sum(_causes(found), Decimal(0)) == found.end - found.start
        assert (found.start, found.end) == (start.amount(key, {}).value, steps.end.amount(key, {}).value)
