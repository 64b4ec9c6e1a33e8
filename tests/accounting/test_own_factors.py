"""What a new factor and a pin may not be."""

from datetime import date
from decimal import Decimal

import pytest

from app.accounting.factors.factor import Factor, HeatingValueBasis, Method
from app.accounting.factors.need import Pin
from app.accounting.selection.own_factors import factor_problems, pin_problems
from app.accounting.selection.shipped import shipped_factors
from app.core.inventory.resources import SHIPPED
from tests.support.factors import factor

_GRID = factor("grid-1", own=True, factor_set=None, valid_to=date(2022, 1, 1))
_KNOWN = {each.code: each for each in (*shipped_factors(), _GRID)}


def _codes(new: Factor) -> list[tuple[str, str]]:
    return [(problem.field, problem.code) for problem in factor_problems(new, _KNOWN, SHIPPED)]


def _fuel(resource: str, per: str, basis: HeatingValueBasis | None = None) -> Factor:
    return factor("new", resource=resource, per=per, basis=basis, method=None, own=True, factor_set=None)


@pytest.mark.parametrize(
    ("new", "problems"),
    [
        (_fuel("fuel.diesel", "L"), []),
        (_fuel("fuel.diesel", "t"), []),
        (_fuel("fuel.diesel", "GJ", HeatingValueBasis.LHV), []),
        (_fuel("fuel.natural_gas", "kWh", HeatingValueBasis.HHV), []),
        (_fuel("fuel.diesel", "GJ"), [("basis", "missing")]),
        (_fuel("fuel.natural_gas", "t"), []),
        (_fuel("fuel.natural_gas", "Nm3"), []),
        (_fuel("fuel.lpg", "L"), []),
        (_fuel("fuel.lpg", "kWh"), [("basis", "missing")]),
        (_fuel("fuel.diesel", "Nm3"), [("per", "unit_mismatch")]),
        (_fuel("fuel.diesel", "m2"), [("per", "unit_mismatch")]),
        (_fuel("fuel.lpg", "bushel"), [("per", "unknown_unit")]),
        (_fuel("electricity.grid", "t"), [("per", "unit_mismatch")]),
        (_fuel("moonlight", "t"), [("resource", "unknown_resource")]),
        (factor("new", kg_co2=None, other_gases={"SF6": Decimal(1)}), []),
        (factor("new", kg_co2=None, other_gases={"helium": Decimal(1)}), [("other_gases", "unknown_gas")]),
        (factor("new", kg_co2=None), [("kg_co2e", "gases_or_co2e")]),
        (factor("new", kg_co2e=Decimal(1)), [("kg_co2e", "gases_or_co2e")]),
        (factor("new", valid_to=date(2000, 1, 1)), [("valid_to", "invalid_period")]),
        (factor("new", supersedes="nothing"), [("supersedes", "unknown_factor")]),
        (factor("new", supersedes="epa_natgas"), [("supersedes", "factor_of_another_resource")]),
    ],
)
def test_a_new_factor_is_judged(new: Factor, problems: list[tuple[str, str]]) -> None:
    assert _codes(new) == problems


def _edition(**fields: object) -> Factor:
    return factor("grid-2", own=True, factor_set=None, **fields)


@pytest.mark.parametrize(
    ("new", "overlaps"),
    [
        (_edition(), True),
        (_edition(valid_from=date(2021, 12, 31)), True),
        (_edition(valid_from=date(2022, 1, 1)), False),
        (_edition(supersedes="grid-1"), False),
        (_edition(region="CN"), False),
        (_edition(method=Method.MARKET), False),
        (_edition(published_on=date(2023, 1, 1)), True),  # the other has no date to be later than
    ],
)
def test_windows_of_one_series_overlap_only_when_told_apart(new: Factor, overlaps: bool) -> None:
    assert _codes(new) == ([("valid_from", "overlapping_window")] if overlaps else [])


def test_a_later_publication_tells_editions_apart_and_an_earlier_one_does_not() -> None:
    known = {"a": factor("a", own=True, published_on=date(2022, 5, 1))}
    later = factor("b", own=True, published_on=date(2022, 5, 2))
    earlier = factor("b", own=True, published_on=date(2022, 5, 1))
    assert list(factor_problems(later, known, SHIPPED)) == []
    assert [problem.code for problem in factor_problems(earlier, known, SHIPPED)] == ["overlapping_window"]


def test_what_was_superseded_long_ago_is_replaced_too() -> None:
    known = {"a": factor("a", own=True), "b": factor("b", own=True, supersedes="a")}
    assert list(factor_problems(factor("c", own=True, supersedes="b"), known, SHIPPED)) == []


@pytest.mark.parametrize(
    ("resource", "code", "problem"),
    [
        ("electricity.*", "cn_grid_regional_2012_central", None),
        ("electricity.green", "cn_grid_regional_2012_central", None),
        ("steam.purchased", "cn_heat_default", None),
        ("steam.*", "cn_heat_default", None),
        ("cooling.purchased", "cn_heat_default", "factor_of_another_resource"),
        ("heat.purchased", "cn_grid_regional_2012_central", "factor_of_another_resource"),
        ("fuel.diesel", "ef_cn_mee_default_2025_gasoline", "factor_of_another_resource"),
        ("fuel.diesel", "nothing", "unknown_factor"),
    ],
)
def test_a_pin_takes_any_factor_that_serves_its_resource(resource: str, code: str, problem: str | None) -> None:
    found = [each.code for each in pin_problems([Pin(None, resource, None, None, code)], _KNOWN, set())]
    assert found == ([problem] if problem else [])
