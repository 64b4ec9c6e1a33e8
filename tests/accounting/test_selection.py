"""Which factor is chosen, why, and where a year is cut."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import pytest

from app.accounting.factors.factor import Factor, Method
from app.accounting.selection.selection import Choice, FactorBook, FactorGap, Need, Pin, Place, Why, choose, stretches
from app.accounting.selection.shipped import shipped_factors
from app.core.calendar.periods import date_of, day_of
from app.core.sentences import sentence
from tests.support.factors import factor

_GANZHOU = Place(plant="ganzhou", region="CN-JX", grid_region="CN-CENTRAL", country="CN")


def _need(
    *,
    resource: str = "electricity.grid",
    factors_of: str | None = None,
    method: Method | None = Method.LOCATION,
    place: Place = _GANZHOU,
    year: int = 2021,
    attributes: dict[str, str] | None = None,
) -> Need:
    return Need(resource, factors_of or resource, attributes or {}, method, place, year)


def _shipped(*pins: Pin, factor_set: str | None = None) -> FactorBook:
    return FactorBook(shipped_factors(), pins, factor_set)


def _chosen(book: FactorBook, need: Need, on: date) -> tuple[str, Why, int | None]:
    choice = choose(book, need, on=on)
    assert isinstance(choice, Choice), choice
    return choice.factor.code, choice.why, choice.carried_forward_years


def _book(*factors: Factor, pins: Sequence[Pin] = (), factor_set: str | None = None) -> FactorBook:
    return FactorBook(factors, tuple(pins), factor_set)


def test_a_plant_in_jiangxi_takes_the_provinces_factor_in_2021() -> None:
    expected = ("cn_grid_mee_prov_2021_jx", Why.REGION, None)
    assert _chosen(_shipped(), _need(), date(2021, 6, 1)) == expected


def test_without_a_province_the_grid_region_counts() -> None:
    place = Place(plant="p", region=None, grid_region="CN-CENTRAL", country="CN")
    found = _chosen(_shipped(), _need(place=place), date(2021, 6, 1))
    assert found == ("cn_grid_mee_regional_2021_central", Why.GRID_REGION, None)


def test_without_any_region_the_country_counts() -> None:
    place = Place(plant="p", region=None, grid_region=None, country="CN")
    assert _chosen(_shipped(), _need(place=place), date(2021, 6, 1)) == ("cn_grid_mee_nat_2021", Why.COUNTRY, None)


@pytest.mark.parametrize(("year", "age"), [(2013, 1), (2014, 2)])
def test_the_regional_set_of_2012_carries_forward_with_its_age_while_nothing_is_in_force(year: int, age: int) -> None:
    found = _chosen(_shipped(), _need(year=year), date(year, 6, 1))
    assert found == ("cn_grid_regional_2012_central", Why.GRID_REGION, age)


@pytest.mark.parametrize("year", [2015, 2019, 2020])
def test_a_national_factor_in_force_beats_a_nearer_one_that_has_ended(year: int) -> None:
    found = _chosen(_shipped(), _need(year=year), date(year, 6, 1))
    assert found == ("cn_grid_enterprise_2015", Why.COUNTRY, None)


def test_an_edition_in_force_beats_one_carried_forward_from_another_set() -> None:
    place = Place(plant="p", region=None, grid_region="CN-CENTRAL", country="CN")
    found = _chosen(_shipped(), _need(place=place), date(2021, 6, 1))
    assert found[0] == "cn_grid_mee_regional_2021_central"


def test_the_organizations_factor_set_decides_within_a_level_but_does_not_hold_on_to_what_has_ended() -> None:
    place = Place(plant="p", region=None, grid_region="CN-CENTRAL", country="CN")
    found = _chosen(_shipped(factor_set="cn_ndrc_grid"), _need(place=place), date(2021, 6, 1))
    assert found == ("cn_grid_mee_regional_2021_central", Why.GRID_REGION, None)
    both = [factor("a", factor_set="s1"), factor("b", factor_set="s2")]
    assert _chosen(_book(*both, factor_set="s2"), _need(), date(2021, 6, 1))[0] == "b"
    ended = [
        factor("a", factor_set="s1", valid_to=date(2020, 1, 1)),
        factor("b", factor_set="s2", valid_to=date(2019, 1, 1)),
    ]
    assert _chosen(_book(*ended, factor_set="s2"), _need(), date(2021, 6, 1)) == ("b", Why.REGION, 3)


def test_a_series_newest_edition_carries_forward_until_a_successor() -> None:
    assert _chosen(_shipped(), _need(), date(2025, 6, 1)) == ("cn_grid_mee_prov_2023_jx", Why.REGION, 2)


def test_an_edition_that_supersedes_another_stands_where_both_are_in_force() -> None:
    place = Place(plant="p", region=None, grid_region=None, country="CN")
    book = _shipped(factor_set="cn_enterprise_reporting")
    assert _chosen(book, _need(place=place), date(2021, 6, 1))[0] == "cn_grid_enterprise_2021"
    assert _chosen(book, _need(place=place), date(2022, 6, 1))[0] == "cn_grid_enterprise_2022"


def test_a_place_without_a_series_is_a_gap_that_names_what_is_missing() -> None:
    place = Place(plant="p", region=None, grid_region="HK-NONE", country="HK")
    gap = choose(_shipped(), _need(place=place), on=date(2021, 6, 1))
    assert isinstance(gap, FactorGap)
    assert gap.words == ("no emission factor of electricity.grid for HK-NONE / HK, location-based on 2021-06-01")


def test_nothing_is_borrowed_from_before_a_series_begins() -> None:
    book = _book(factor("later", valid_from=date(2022, 1, 1)))
    assert isinstance(choose(book, _need(), on=date(2021, 12, 31)), FactorGap)
    assert _chosen(book, _need(), date(2022, 1, 1))[0] == "later"


def test_competing_sets_without_a_preference_are_decided_by_publication_then_code() -> None:
    need = _need(resource="fuel.diesel", method=None)
    assert _chosen(_shipped(), need, date(2021, 6, 1))[0] == "ef_cn_mee_default_2025_diesel"
    preferred = _shipped(factor_set="cn_ndrc_other_2015")
    assert _chosen(preferred, need, date(2021, 6, 1))[0] == "ef_cn_ndrc_other_2015_diesel"
    dated = _book(factor("a", factor_set="s1"), factor("b", factor_set="s2", published_on=date(2020, 1, 1)))
    assert _chosen(dated, _need(), date(2021, 6, 1))[0] == "b"


def test_own_factors_come_before_shipped_ones_however_wide_their_region() -> None:
    book = _book(factor("shipped"), factor("ours", own=True, region="GLOBAL"))
    assert _chosen(book, _need(), date(2021, 6, 1)) == ("ours", Why.OWN, None)


def test_the_plants_own_region_comes_before_the_province() -> None:
    book = _book(factor("province"), factor("plant", region="ganzhou"))
    assert _chosen(book, _need(), date(2021, 6, 1)) == ("plant", Why.PLANT, None)


def test_a_factor_with_attributes_serves_only_what_has_them_and_comes_first_there() -> None:
    book = _book(
        factor("any", resource="fuel.diesel", method=None, region="CN"),
        factor("road", resource="fuel.diesel", method=None, region="CN", attributes={"use": "vehicle"}),
    )
    road = _need(resource="fuel.diesel", method=None, attributes={"use": "vehicle", "renewable_share": "0.07"})
    assert _chosen(book, road, date(2021, 6, 1))[0] == "road"
    assert _chosen(book, _need(resource="fuel.diesel", method=None), date(2021, 6, 1))[0] == "any"


def test_a_pin_overrides_whatever_the_day_and_says_how_far_it_is_off() -> None:
    pin = Pin(None, "electricity.*", None, None, "cn_grid_regional_2012_central")
    assert _chosen(_shipped(pin), _need(), date(2021, 6, 1)) == ("cn_grid_regional_2012_central", Why.PINNED, 9)
    assert _chosen(_shipped(pin), _need(), date(2012, 6, 1)) == ("cn_grid_regional_2012_central", Why.PINNED, None)
    choice = choose(_shipped(pin), _need(), on=date(2011, 6, 1))
    assert isinstance(choice, Choice)
    expected = "factor cn_grid_regional_2012_central pinned, ahead of its window, which begins on 2012-01-01"
    assert choice.words == expected


def test_a_year_is_cut_where_the_pinned_factor_ends() -> None:
    book = _book(
        factor("a", region="FR", valid_to=date(2021, 7, 1)), pins=[Pin(None, "electricity.grid", None, None, "a")]
    )
    found = stretches(book, _need(), first_day=day_of(date(2021, 1, 1)), end_day=day_of(date(2022, 1, 1)))
    ages = [
        (date_of(each.first_day), each.choice.carried_forward_years)
        for each in found
        if isinstance(each.choice, Choice)
    ]
    assert ages == [(date(2021, 1, 1), None), (date(2021, 7, 1), 0)]


def test_the_narrowest_pin_counts() -> None:
    wide = Pin(None, "electricity.*", None, None, "a")
    of_year = Pin(2021, "electricity.*", None, None, "b")
    of_plant = Pin(None, "electricity.grid", None, "ganzhou", "c")
    elsewhere = Pin(2020, "electricity.grid", Method.MARKET, "baotou", "d")
    factors = [factor(code, factor_set=code) for code in "abcd"]
    assert _chosen(_book(*factors, pins=[wide, elsewhere]), _need(), date(2021, 6, 1))[0] == "a"
    assert _chosen(_book(*factors, pins=[wide, of_year]), _need(), date(2021, 6, 1))[0] == "b"
    assert _chosen(_book(*factors, pins=[wide, of_year, of_plant]), _need(), date(2021, 6, 1))[0] == "c"


def test_a_pin_to_a_factor_that_does_not_exist_is_a_gap() -> None:
    pin = Pin(None, "electricity.grid", None, None, "gone")
    assert choose(_shipped(pin), _need(), on=date(2021, 6, 1)) == FactorGap(
        sentence("the pinned factor gone does not exist")
    )


def test_green_power_takes_the_grids_factor_in_location_based_accounting() -> None:
    need = _need(resource="electricity.green", factors_of="electricity.grid")
    assert _chosen(_shipped(), need, date(2021, 6, 1))[0] == "cn_grid_mee_prov_2021_jx"


def test_market_based_takes_the_residual_mix_where_there_is_one() -> None:
    found = _chosen(_shipped(), _need(method=Method.MARKET), date(2022, 6, 1))
    assert found == ("cn_grid_mee_nat_exmkt_2022", Why.COUNTRY, None)


def test_market_based_without_a_residual_mix_falls_back_to_the_grid_and_says_so() -> None:
    choice = choose(_shipped(), _need(method=Method.MARKET, year=2020), on=date(2020, 6, 1))
    assert isinstance(choice, Choice)
    assert (choice.factor.code, choice.no_residual) == ("cn_grid_enterprise_2015", True)
    assert "no_residual" in choice.words


def test_a_year_without_a_change_is_one_stretch() -> None:
    found = stretches(_shipped(), _need(), first_day=day_of(date(2021, 1, 1)), end_day=day_of(date(2022, 1, 1)))
    assert len(found) == 1


def test_a_year_is_cut_on_the_day_another_factor_takes_over() -> None:
    book = _book(
        factor("old", valid_to=date(2021, 7, 16)),
        factor("new", valid_from=date(2021, 7, 16), kg_co2=Decimal(2)),
    )
    found = stretches(book, _need(), first_day=day_of(date(2021, 1, 1)), end_day=day_of(date(2022, 1, 1)))
    cut = [(date_of(each.first_day), date_of(each.end_day), each.choice) for each in found]
    assert [(start, end) for start, end, _ in cut] == [
        (date(2021, 1, 1), date(2021, 7, 16)),
        (date(2021, 7, 16), date(2022, 1, 1)),
    ]
    assert [choice.factor.code for _, _, choice in cut if isinstance(choice, Choice)] == ["old", "new"]


def test_a_fiscal_year_over_new_year_is_cut_between_the_editions() -> None:
    found = stretches(_shipped(), _need(), first_day=day_of(date(2021, 4, 1)), end_day=day_of(date(2022, 4, 1)))
    codes = [each.choice.factor.code for each in found if isinstance(each.choice, Choice)]
    assert codes == ["cn_grid_mee_prov_2021_jx", "cn_grid_mee_prov_2022_jx"]
    assert date_of(found[1].first_day) == date(2022, 1, 1)


def test_the_words_name_factor_reason_and_age() -> None:
    choice = choose(_shipped(), _need(year=2014), on=date(2014, 6, 1))
    assert isinstance(choice, Choice)
    expected = "factor cn_grid_regional_2012_central chosen by grid_region, carried_forward 2 years"
    assert choice.words == expected
