"""The nearest factor that can be used wins, where and when it can be used; what was passed over is named."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from app.accounting.factors.calorific import CalorificValue
from app.accounting.factors.calorific_choice import CalorificBook
from app.accounting.factors.factor import Factor, HeatingValueBasis
from app.accounting.factors.measure import Measure
from app.accounting.factors.need import Metered
from app.accounting.selection.selection import Choice, FactorBook, FactorGap, Need, Pin, Place, Why, choose, stretches
from app.core.calendar.periods import date_of, day_of
from app.core.inventory.resources import SHIPPED
from tests.support.calorific_values import value
from tests.support.factors import factor

_FUEL = {"resource": "fuel.diesel", "method": None}
_PER_MMBTU = factor("us", region="US", per="MMBtu", basis=HeatingValueBasis.HHV, **_FUEL)
_PER_TJ = factor("any-tj", region="US", per="TJ", basis=HeatingValueBasis.LHV, **_FUEL)
_PER_L = factor("litres", region="GLOBAL", per="L", **_FUEL)
_HEAT = {"region": "US", "per": "gal_us", "lhv": None, "hhv": Decimal("0.138"), "energy_unit": "MMBtu"}
_2024 = {"first_day": day_of(date(2024, 1, 1)), "end_day": day_of(date(2025, 1, 1))}


def _need(plant: str = "p", resource: str = "fuel.diesel", unit: str = "L") -> Need:
    place = Place(plant, None, None, "US")
    return Need(resource, resource, {}, None, place, 2024, Metered(SHIPPED.named(resource), Measure(unit)))


def _book(*factors: Factor, values: tuple[CalorificValue, ...] = (), pins: tuple[Pin, ...] = ()) -> FactorBook:
    return FactorBook(factors, pins, None, CalorificBook(values))


def _chosen(book: FactorBook, need: Need) -> tuple[str, tuple[str, ...]]:
    choice = choose(book, need, on=date(2024, 6, 1))
    assert isinstance(choice, Choice), choice
    return choice.factor.code, choice.passed_over


def test_a_nearer_factor_that_the_quantity_does_not_convert_to_is_passed_over_and_named() -> None:
    code, passed = _chosen(_book(_PER_MMBTU, _PER_TJ, _PER_L), _need())
    assert code == "litres"
    assert [each.partition(":")[0] for each in passed] == ["any-tj per TJ (LHV)", "us per MMBtu (HHV)"]
    assert "no HHV calorific value of fuel.diesel for US" in passed[1]
    choice = choose(_book(_PER_MMBTU, _PER_L), _need(), on=date(2024, 6, 1))
    assert isinstance(choice, Choice)
    assert choice.words.startswith("factor litres chosen by global, passed over us per MMBtu (HHV): no HHV calorific")


def test_with_a_heat_content_the_nearer_factor_is_used() -> None:
    heat = value("heat", "fuel.diesel", **_HEAT)
    assert _chosen(_book(_PER_MMBTU, _PER_L, values=(heat,)), _need()) == ("us", ())


def test_an_own_factor_that_cannot_be_used_does_not_stop_a_shipped_one() -> None:
    own = factor("own", region="p", per="MMBtu", basis=HeatingValueBasis.HHV, own=True, **_FUEL)
    code, passed = _chosen(_book(own, _PER_L), _need())
    assert (code, len(passed)) == ("litres", 1)


def test_what_has_ended_is_used_where_nothing_in_force_can_be() -> None:
    ended = factor("ended", region="US", per="L", valid_to=date(2020, 1, 1), **_FUEL)
    choice = choose(_book(_PER_MMBTU, ended), _need(), on=date(2024, 6, 1))
    assert isinstance(choice, Choice)
    assert (choice.factor.code, choice.carried_forward_years, len(choice.passed_over)) == ("ended", 5, 1)


def test_one_plants_heat_content_serves_that_plant_alone() -> None:
    book = _book(_PER_MMBTU, _PER_L, values=(value("heat", "fuel.diesel", **{**_HEAT, "region": "tulsa"}),))
    found = {
        plant: [
            each.choice.factor.code
            for each in stretches(book, _need(plant), **_2024)
            if isinstance(each.choice, Choice)
        ]
        for plant in ("austin", "tulsa", "boise")
    }
    assert found == {"austin": ["litres"], "tulsa": ["us"], "boise": ["litres"]}


def test_the_unit_a_meter_is_in_is_part_of_what_is_remembered() -> None:
    book = _book(_PER_MMBTU, _PER_L)
    energy = Need("fuel.diesel", "fuel.diesel", {}, None, Place("p", None, None, "US"), 2024,
                  Metered(SHIPPED.named("fuel.diesel"), Measure("MMBtu", HeatingValueBasis.HHV)))  # fmt: skip
    codes = [
        each.choice.factor.code
        for need in (_need(), energy, _need())
        for each in stretches(book, need, **_2024)
        if isinstance(each.choice, Choice)
    ]
    assert codes == ["litres", "us", "litres"]


def test_a_year_is_cut_where_a_heat_content_makes_a_nearer_factor_usable() -> None:
    heat = value("heat", "fuel.diesel", **{**_HEAT, "valid_from": date(2024, 7, 1)})
    found = stretches(_book(_PER_MMBTU, _PER_L, values=(heat,)), _need(), **_2024)
    parts = [(date_of(each.first_day), each.choice.factor.code) for each in found if isinstance(each.choice, Choice)]
    assert parts == [(date(2024, 1, 1), "litres"), (date(2024, 7, 1), "us")]


def test_where_nothing_can_be_used_the_gap_says_what_would_help() -> None:
    gap = choose(_book(_PER_MMBTU, _PER_TJ), _need(), on=date(2024, 6, 1))
    assert isinstance(gap, FactorGap)
    assert gap.refused
    assert gap.words == (
        "no emission factor of fuel.diesel for US on 2024-06-01 can be used: any-tj per TJ (LHV): no LHV calorific"
        " value of fuel.diesel for US; us per MMBtu (HHV): no HHV calorific value of fuel.diesel for US"
    )
    assert gap.mend == "state the lhv of fuel.diesel per L for US by POST {org}/calorific-values"


def test_a_pin_decides_though_its_factor_cannot_be_used() -> None:
    pin = Pin(None, "fuel.diesel", None, None, "us")
    choice = choose(_book(_PER_MMBTU, _PER_L, pins=(pin,)), _need(), on=date(2024, 6, 1))
    assert isinstance(choice, Choice)
    assert (choice.factor.code, choice.why) == ("us", Why.PINNED)


def test_a_group_that_states_no_quantity_takes_a_factor_per_whatever_unit() -> None:
    need: Any = Need("fuel.diesel", "fuel.diesel", {}, None, Place("p", None, None, "US"), 2024)
    assert _chosen(_book(_PER_MMBTU, _PER_L), need) == ("us", ())


def test_one_series_per_unit_and_that_of_the_meters_unit_comes_first() -> None:
    litres = factor("a-litre", region="US", per="L", **_FUEL)
    both = _book(litres, _PER_MMBTU, values=(value("heat", "fuel.diesel", **_HEAT),))
    energy = replace(_need(), quantity=Metered(SHIPPED.named("fuel.diesel"), Measure("therm", HeatingValueBasis.HHV)))
    assert (_chosen(both, _need())[0], _chosen(both, energy)[0]) == ("a-litre", "us")
    assert litres.series != _PER_MMBTU.series
    assert litres.series == factor("other", region="US", per="gal_us", **_FUEL).series
    assert _PER_MMBTU.series == factor("other", region="US", per="GJ", basis=HeatingValueBasis.HHV, **_FUEL).series
    assert _PER_MMBTU.series != factor("other", region="US", per="GJ", basis=HeatingValueBasis.LHV, **_FUEL).series


def test_a_factor_that_supersedes_one_of_another_unit_takes_its_place() -> None:
    later = factor("later", region="US", per="MMBtu", basis=HeatingValueBasis.HHV, supersedes="a-litre", **_FUEL)
    book = _book(
        factor("a-litre", region="US", per="L", **_FUEL), later, values=(value("heat", "fuel.diesel", **_HEAT),)
    )
    assert _chosen(book, _need()) == ("later", ())
