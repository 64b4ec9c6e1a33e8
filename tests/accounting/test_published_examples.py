"""Worked examples that others published come out, each with its source."""

from collections.abc import Mapping
from datetime import date
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal, localcontext
from math import prod
from pathlib import Path
from typing import Any

import pytest

from app.accounting.exact import quotient
from app.accounting.factors.calorific_choice import shipped_book
from app.accounting.factors.conversion import convert
from app.accounting.factors.factor import HeatingValueBasis
from app.accounting.factors.fuel_days import Fuelled
from app.accounting.factors.gwp import gwp_set_named, kg_co2e_per_unit
from app.accounting.factors.measure import Measure
from app.accounting.metrics.evaluate import Evaluation
from app.accounting.metrics.vocabulary import metric_book
from app.accounting.selection.selection import Pin
from app.accounting.selection.shipped import Combustion, combustion_kg_co2, shipped_factors
from app.accounting.stated.claims import claim_check
from app.core.calendar.periods import day_of
from app.core.datafile import parse
from app.core.inventory.resources import SHIPPED
from app.core.units.quantities import EXACT
from app.core.units.units import conversion
from tests.support.factors import bucket, factor, ledger, meter, site

_FILES = sorted((Path(__file__).parent / "examples").glob("*.yaml"))
_KINDS = ("derive", "gases", "carbon", "rate", "activity", "factor", "meter", "claim", "product")


def _cases(kind: str) -> list[Any]:
    found = []
    for file in _FILES:
        for example in parse(file.read_text("utf-8"), where=file.name)[0]:
            cases = example.get(kind, [])
            every = cases if isinstance(cases, list) else [cases]
            found += [pytest.param(case, id=f"{example['id']} {example['title']}") for case in every]
    return found


def _at(value: Decimal, expected: Any, rounding: str = ROUND_HALF_UP) -> Decimal:
    return value.quantize(Decimal(expected), rounding=rounding, context=EXACT)


def test_every_example_names_its_source_and_says_one_thing() -> None:
    examples = [each for file in _FILES for each in parse(file.read_text("utf-8"), where=file.name)[0]]
    assert [each["id"] for each in examples if not each["source"]] == []
    assert [each["id"] for each in examples if len(set(each) - {"id", "title", "source"}) != 1] == []
    assert {kind for each in examples for kind in each} - {"id", "title", "source"} == set(_KINDS)


@pytest.mark.parametrize("case", _cases("derive"))
def test_a_factor_is_derived(case: Mapping[str, Any]) -> None:
    inputs = Combustion(case["gj"], case["per"], case["carbon_content"], case["oxidation"])
    kg, words = combustion_kg_co2(inputs, per=case["per"])
    assert _at(kg / 1000, case["t_co2"]) == case["t_co2"]
    assert "x 44/12 =" in words


@pytest.mark.parametrize("case", _cases("gases"))
def test_gases_come_to_co2e(case: Mapping[str, Any]) -> None:
    stated = {gas: Decimal(case[gas]) for gas in ("kg_co2", "kg_ch4", "kg_n2o")}
    per_tj = kg_co2e_per_unit(factor("f", resource=case["resource"], **stated), gwp_set_named(case["gwp_set"]))
    fuelled = Fuelled(
        SHIPPED.named(case["resource"]), {}, site(country="KR").place, Measure("t"), shipped_book(), "ipcc2006"
    )
    fuel = fuelled.on(day_of(date(2021, 1, 1)))
    per_t = per_tj * convert(fuel, Measure("t"), Measure("TJ", HeatingValueBasis.LHV)).multiplier
    expected = {name: case[name] for name in ("kg_co2e_per_tj", "kg_co2e_per_t") if name in case}
    assert {name: {"kg_co2e_per_tj": per_tj, "kg_co2e_per_t": per_t}[name] for name in expected} == expected


@pytest.mark.parametrize("case", _cases("carbon"))
def test_carbon_burns_to_carbon_dioxide(case: Mapping[str, Any]) -> None:
    kg_co2 = quotient(case["kg_c"] * 44, Decimal(12)) * conversion(case["unit"], case["per"])
    assert _at(kg_co2 / 1000, case["t_co2"]) == case["t_co2"]
    assert _at(kg_co2 / 1000, case["printed"]) == case["printed"]


@pytest.mark.parametrize("case", _cases("rate"))
def test_a_rate_is_stated_in_other_units(case: Mapping[str, Any]) -> None:
    rate = case["value"] * conversion(case["mass"], case["in_mass"]) * conversion(case["in_per"], case["per"])
    assert _at(rate, case["result"]) == case["result"]


@pytest.mark.parametrize("case", _cases("activity"))
def test_an_activity_comes_to_what_is_published(case: Mapping[str, Any]) -> None:
    year, resource = case["year"], case["resource"]
    pins = [Pin(None, resource, None, None, case["pin"])] if "pin" in case else []
    own = {"resource": resource, "method": None, "region": case["country"], "kg_co2": None, "own": True}
    factors = [factor("stated", **{**own, **case["own"]}), *shipped_factors()] if "own" in case else None
    found = ledger(
        [site(country=case["country"], region=None, grid_region=None)],
        [meter(1, resource, case["unit"])],
        [bucket(1, str(case["quantity"]), start=date(year, 1, 1))],
        year=year,
        pins=pins,
        factors=factors,
    )
    evaluation = Evaluation(found, metric_book(()), gwp_set_named(case.get("gwp_set", "AR5")))
    value = evaluation.amount(case["figure"], {}).value
    assert value is not None
    if "kg" in case:
        assert value == case["kg"]
    else:
        assert _at(value / 1000, case["printed_t"], ROUND_DOWN) == case["printed_t"]


@pytest.mark.parametrize("case", _cases("factor"))
def test_a_quantity_times_a_shipped_factor(case: Mapping[str, Any]) -> None:
    (found,) = (each for each in shipped_factors() if each.code == case["code"])
    assert case["quantity"] * kg_co2e_per_unit(found, gwp_set_named("AR5")) == case["kg"]


@pytest.mark.parametrize("case", _cases("meter"))
def test_a_meter_is_multiplied(case: Mapping[str, Any]) -> None:
    primary, secondary, high, low = case["multiplier"]
    multiplied = str(Decimal(primary * high) / (secondary * low))
    found = ledger(
        [site()],
        [meter(1, case["resource"], case["unit"], multiplier=multiplied)],
        [bucket(1, str(case["reading"]))],
    )
    value = Evaluation(found, metric_book(()), gwp_set_named("AR5")).amount("consumption.electricity", {}).value
    assert value == case["quantity"]


@pytest.mark.parametrize("case", _cases("claim"))
def test_a_printed_result_is_held_against_the_factor_it_states(case: Mapping[str, Any]) -> None:
    quantity = Decimal(prod(case["quantity"]))
    finding = claim_check(quantity=quantity, factor=case["factor"], printed=Decimal(case["printed"]))
    assert (None if finding is None else finding.detail) == case["detail"]


@pytest.mark.parametrize("case", _cases("product"))
def test_quantities_multiply(case: Mapping[str, Any]) -> None:
    with localcontext(EXACT):
        value = prod((Decimal(each) for each in case["factors"]), start=Decimal(1))
        value *= conversion(case["unit"], case["in"])
    assert value == case["result"]
    if "per_2000_lb" in case:
        assert _at(value / 2000, case["per_2000_lb"]) == case["per_2000_lb"]
