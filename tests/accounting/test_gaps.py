"""What has data and is in no figure: never a zero, never complete, and always named by an error."""

from collections.abc import Mapping
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.accounting.factors.gwp import gwp_set_named
from app.accounting.findings import Severity
from app.accounting.ledger.amounts import Amount
from app.accounting.ledger.ledger import Ledger
from app.accounting.metrics.evaluate import Evaluation
from app.accounting.metrics.vocabulary import MetricBook, metric_book
from app.accounting.selection.shipped import shipped_factors
from app.core.inventory.resources import QUANTITY_KINDS, Catalogue, FuelGroup, Origin, Resource
from app.core.readings.buckets import RollupFlag
from tests.support.factors import bucket, factor, ledger, meter, site

_MYSTERIES = Catalogue(
    own=(
        Resource("fuel.mystery", "A fuel", "t", QUANTITY_KINDS, {}, origin=Origin.FOSSIL, fuel_group=FuelGroup.COAL),
        Resource("fuel.mystery_chips", "A biofuel", "t", QUANTITY_KINDS, {}, origin=Origin.RENEWABLE),
        Resource("process.mystery", "A process", "t", QUANTITY_KINDS, {}),
        Resource("heat.mystery", "A network", "GJ", QUANTITY_KINDS, {}),
    )
)
"""Resources that nobody has a calorific value or an emission factor of."""

_LIKE = {
    "fuel.mystery": "fuel.coal.bituminous",
    "fuel.mystery_chips": "fuel.biomass",
    "process.mystery": "process.magnesium",
}
"""Resources that stand in the same figures and have both, by this test's own factors where none ships."""

_BESIDE = {
    "electricity.grid": "700000",
    "electricity.green": "200000",
    "electricity.solar": "40000",
    "electricity.exported": "1000",
    "fuel.coal.bituminous": "12",
    "fuel.biomass": "3",
    "process.magnesium": "8",
    "refrigerant.R410A": "2",
    "water.withdrawal": "9000",
    "water.discharge": "4000",
    "water.recycled": "500",
    "waste.hazardous": "16",
    "waste.nonhazardous": "300",
    "waste.treated_compliant": "310",
    "packaging": "15",
    "product.output": "39641",
    "revenue.product": "3800000000",
    "revenue.total": "4000000000",
    "air.nox.mass": "7",
}
_UNITS = {"revenue.product": "CNY", "revenue.total": "CNY"}
_SAID = {
    "waste.hazardous": {"treatment": "landfill"},
    "waste.nonhazardous": {"treatment": "recycling"},
    "water.withdrawal": {"freshwater": "true", "stressed": "true"},
    "water.discharge": {"freshwater": "true", "stressed": "true"},
}
_BIOMASS = factor("wood", resource="fuel.biomass", method=None, per="t", region="CN", kg_co2=Decimal(0),
                  kg_co2_biogenic=Decimal(1800), kg_ch4_nonfossil=Decimal(2), kg_n2o=Decimal(1))  # fmt: skip


def _world(beside: Mapping[str, str], odd: str, quantity: str | None, *, flags: int = 0) -> Ledger:
    """The plants `main` with what stands beside, and `odd` with one resource more; null has readings without a sum."""
    meters = [
        meter(number, key, _unit(key), plant="main", attributes=_SAID.get(key))
        for number, key in enumerate(beside, start=1)
    ]
    buckets = [bucket(number, units) for number, units in enumerate(beside.values(), start=1)]
    meters.append(meter(99, odd, _unit(odd), plant="odd", attributes=_SAID.get(odd)))
    buckets.append(bucket(99, quantity, flags=flags))
    return ledger(
        [site("main"), site("odd")],
        meters,
        buckets,
        factors=[*shipped_factors(), _BIOMASS],
        catalogue=_MYSTERIES,
    )


def _unit(resource: str) -> str:
    return _UNITS.get(resource) or _MYSTERIES.named(resource).unit


def _evaluated(found: Ledger) -> Evaluation:
    return Evaluation(found, _book(), gwp_set_named("AR5"))


def _book() -> MetricBook:
    return metric_book({*_BESIDE, *(resource.key for resource in _MYSTERIES.own)}, _MYSTERIES)


def _moved_by(beside: Mapping[str, str], resource: str) -> set[str]:
    """Return the figures that move when a plant uses twice as much of a resource."""
    once, twice = (_evaluated(_world(beside, resource, quantity)) for quantity in ("5", "10"))
    return {key for key in _book().metrics if once.amount(key, {}).value != twice.amount(key, {}).value}


def _is_told(amount: Amount) -> bool:
    """Tell whether a figure that lacks the plant `odd` is no zero, not complete, and says so by an error."""
    errors = [finding.detail for finding in amount.findings if finding.severity is Severity.ERROR]
    mended = [finding.mend for finding in amount.findings if finding.severity is Severity.ERROR]
    named = any(" odd" in words for words in errors) and all(mended)
    if amount.value is None:
        return named
    return named and amount.value != 0 and amount.coverage is not None and amount.coverage < 1


_subsets = st.lists(st.sampled_from(sorted(_BESIDE)), unique=True).map(
    lambda keys: {key: _BESIDE[key] for key in _BESIDE if key in keys}
)


@pytest.mark.parametrize("odd", _LIKE)
@settings(deadline=None, max_examples=15)
@given(beside=_subsets)
def test_no_figure_that_needs_what_cannot_be_converted_is_zero_or_complete(odd: str, beside: Mapping[str, str]) -> None:
    evaluation = _evaluated(_world(beside, odd, "5"))
    usual = _LIKE[odd]
    for key in _moved_by(beside, usual):
        # Its consumption is known: what is not is its energy, and what it emits.
        if f"consumption.{usual}" in key:
            continue
        amount = evaluation.amount(key.replace(usual, odd), {})
        assert _is_told(amount), f"{key}: {amount.value} {amount.coverage} {amount.findings}"


@pytest.mark.parametrize("odd", _BESIDE)
@settings(deadline=None, max_examples=15)
@given(beside=_subsets)
def test_no_figure_that_needs_a_quantity_that_is_unknown_is_zero_or_complete(
    odd: str, beside: Mapping[str, str]
) -> None:
    evaluation = _evaluated(_world(beside, odd, None, flags=int(RollupFlag.OVERFLOW)))
    for key in _moved_by(beside, odd):
        amount = evaluation.amount(key, {})
        assert _is_told(amount), f"{key}: {amount.value} {amount.coverage} {amount.findings}"


def test_the_properties_look_at_what_they_should() -> None:
    moved = {odd: _moved_by(_BESIDE, usual) for odd, usual in _LIKE.items()}
    assert {"ghg.total", "ghg.scope1.co2", "energy.fossil.coal", "energy.net", "ghg.intensity.revenue.total"} <= (
        moved["fuel.mystery"]
    )
    assert {"ghg.biogenic", "ghg.scope1.ch4"} <= moved["fuel.mystery_chips"]
    assert {"ghg.scope1", "ghg.total.market"} <= moved["process.mystery"]
    assert {"energy.renewable_share", "energy.source.renewable"} <= _moved_by(_BESIDE, "electricity.green")
    assert {"water.consumption", "water.consumption.stressed"} <= _moved_by(_BESIDE, "water.discharge")
    assert {"waste.unrecycled_share", "waste.compliance", "waste.directed"} <= _moved_by(_BESIDE, "waste.hazardous")
