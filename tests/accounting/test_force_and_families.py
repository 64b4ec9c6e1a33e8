"""What is in force beats what has ended; what nobody has read is not stood in for; one family follows another aloud."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from itertools import pairwise
from typing import Any

import pytest

from app.accounting.factors.factor import Factor, Method
from app.accounting.factors.measure import Measure
from app.accounting.factors.need import Metered
from app.accounting.factors.regions import RegionKind, regions
from app.accounting.ledger.families import changes_family
from app.accounting.selection.selection import Choice, FactorBook, FactorGap, Need, Place, Why, choose, stretches
from app.accounting.selection.shipped import shipped_factors
from app.core.calendar.periods import date_of, day_of
from app.core.inventory.resources import SHIPPED
from tests.support.factors import factor

_GB = Place(plant="leeds", region=None, grid_region=None, country="GB")
_JIANGXI = Place(plant="ganzhou", region="CN-JX", grid_region="CN-CENTRAL", country="CN")
_CN = Place(plant="anywhere", region=None, grid_region=None, country="CN")


def _dated(code: str, first: int, end: int | None, **fields: Any) -> Factor:
    """Return a factor in force from one year's first day to another's."""
    window = {"valid_from": date(first, 1, 1), "valid_to": None if end is None else date(end, 1, 1)}
    return factor(code, **{"factor_set": code, **window, **fields})


def _series(
    factors: Sequence[Factor], years: Sequence[int], place: Place, method: Method | None = Method.LOCATION, **need: Any
) -> list[tuple[str, int | None] | None]:
    book = FactorBook(tuple(factors), (), need.pop("factor_set", None))
    resource = need.pop("resource", "electricity.grid")
    found: list[tuple[str, int | None] | None] = []
    for year in years:
        choice = choose(book, Need(resource, resource, {}, method, place, year, **need), on=date(year, 6, 1))
        found.append((choice.factor.code, choice.carried_forward_years) if isinstance(choice, Choice) else None)
    return found


def test_an_own_factor_that_has_ended_gives_way_to_shipped_ones_and_does_not_come_back() -> None:
    own = _dated("own", 2023, 2024, region="GB", own=True)
    shipped = [
        _dated("gb24", 2024, 2025, region="GB", factor_set="uk"),
        _dated("gb25", 2025, 2026, region="GB", factor_set="uk"),
    ]
    assert _series([own, *shipped], range(2022, 2028), _GB) == [
        None,
        ("own", None),
        ("gb24", None),
        ("gb25", None),
        ("gb25", 1),
        ("gb25", 2),
    ]


def test_an_own_factor_that_has_ended_is_carried_forward_where_nothing_else_is_known() -> None:
    own = _dated("own", 2023, 2024, region="leeds", own=True)
    assert _series([own], [2023, 2024, 2026], _GB) == [("own", None), ("own", 1), ("own", 3)]


@pytest.mark.parametrize("own", [True, False])
@pytest.mark.parametrize("region", ["ganzhou", "CN-JX", "CN-CENTRAL", "CN"])
def test_what_has_ended_never_beats_a_later_one_in_force_at_whatever_level(*, own: bool, region: str) -> None:
    ended = _dated("ended", 2020, 2021, region=region, own=own)
    for wider in ("CN-JX", "CN-CENTRAL", "CN", "GLOBAL"):
        found = _series([ended, _dated("wide", 2021, None, region=wider)], [2020, 2021, 2030], _JIANGXI)
        assert found == [("ended", None), ("wide", None), ("wide", None)]


@pytest.mark.parametrize("nearer_ends", [2015, 2022, 2023])
def test_where_nothing_is_in_force_the_nearest_level_is_carried_forward(nearer_ends: int) -> None:
    near = _dated("near", 2010, nearer_ends, region="CN-JX")
    wide = _dated("wide", 2010, 2023, region="CN", own=True)
    assert _series([near, wide], [2024], _JIANGXI) == [("near", 2025 - nearer_ends)]


def test_within_a_level_what_ended_last_is_carried_forward() -> None:
    factors = [_dated("early", 2010, 2013, own=True), _dated("late", 2010, 2015), _dated("between", 2010, 2014)]
    assert _series(factors, [2020], _JIANGXI) == [("late", 6)]


def test_an_ended_supplier_gives_way_to_the_residual_mix_and_that_to_the_grid_average_in_force() -> None:
    supplier = _dated("supplier", 2021, 2022, region="GB", method=Method.MARKET, own=True)
    residual = _dated("residual", 2021, 2024, region="GB", method=Method.MARKET)
    average = _dated("average", 2021, 2025, region="GB")
    years = [2021, 2022, 2023, 2024, 2025]
    assert _series([supplier, residual, average], years, _GB, Method.MARKET) == [
        ("supplier", None),
        ("residual", None),
        ("residual", None),
        ("average", None),
        ("residual", 2),
    ]


def test_the_national_statistic_is_carried_into_2024_over_an_enterprise_default_of_any_end() -> None:
    """530.6 g of 2023 is followed by 530.6, flagged, not by the 570.3 of a notice that nobody has ended."""
    years = [2022, 2023, 2024, 2025]
    expected = [("cn_grid_mee_nat_2022", None), ("cn_grid_mee_nat_2023", None), ("cn_grid_mee_nat_2023", 1)]
    expected.append(("cn_grid_mee_nat_2023", 2))
    shipped = shipped_factors()
    assert _series(shipped, years, _CN) == expected
    endless = _dated("endless", 2022, None, region="CN")
    assert _series([endless, *shipped], years, _CN) == expected


def test_an_overtaken_default_without_an_end_is_taken_by_the_organizations_factor_set() -> None:
    statistic = _dated("statistic", 2020, 2021, published_on=date(2021, 5, 1))
    factors, years = [_dated("default", 2010, None), statistic], [2019, 2020, 2021]
    assert _series(factors, years, _JIANGXI) == [("default", None), ("statistic", None), ("statistic", 1)]
    assert _series(factors, years, _JIANGXI, factor_set="default") == [("default", None)] * 3


def test_what_the_organization_ends_itself_overtakes_no_default() -> None:
    default, own = _dated("default", 2010, None, region="GLOBAL"), _dated("own", 2020, 2021, own=True)
    assert _series([default, own], [2019, 2020, 2021], _JIANGXI) == [
        ("default", None),
        ("own", None),
        ("default", None),
    ]


def test_a_series_is_not_carried_over_a_hole_that_its_file_admits() -> None:
    clp = Place(plant="tsuen-wan", region=None, grid_region="HK-CLP", country="HK")
    need = Need("electricity.grid", "electricity.grid", {}, Method.LOCATION, clp, 2021)
    gap = choose(FactorBook(shipped_factors(), (), None), need, on=date(2021, 6, 1))
    assert isinstance(gap, FactorGap)
    assert gap.words == (
        "no emission factor of electricity.grid for HK-CLP / HK, location-based on 2021-06-01:"
        " the reports of 2020 to 2022 were not read (before grid_hk_clp_2023)"
    )
    assert _series(shipped_factors(), [2019, 2020, 2022, 2023, 2025, 2026], clp) == [
        ("grid_hk_clp_2019", None),
        None,
        None,
        ("grid_hk_clp_2023", None),
        ("grid_hk_clp_2024", 1),
        ("grid_hk_clp_2024", 2),
    ]


def _places() -> list[Place]:
    """Every place that shipped factors tell apart, and a country without a factor of its own."""
    found = {Place("p", None, None, "FR")}
    for code in {each.region for each in shipped_factors()} - {"GLOBAL"}:
        region = regions()[code]
        grid = code if region.kind is RegionKind.GRID_REGION else None
        inside = code if region.kind is RegionKind.SUBDIVISION else None
        found.add(Place("p", inside, grid, region.country))
    return sorted(found, key=repr)


def _metered(resource: str) -> Metered:
    return Metered(SHIPPED.named(resource), Measure(SHIPPED.named(resource).unit))


def _jumps() -> list[tuple[date, Choice, Choice]]:
    """Each change of family in any shipped series from 2000 to 2031: its day, and the choices before and after."""
    book, found = FactorBook(shipped_factors(), (), None), []
    span = {"first_day": day_of(date(2000, 1, 1)), "end_day": day_of(date(2032, 1, 1))}
    uses = sorted({(factor.resource, tuple(factor.attributes.items())) for factor in shipped_factors()})
    for place in _places():
        for resource, attributes in uses:
            for method in Method if resource == "electricity.grid" else (None,):
                need = Need(resource, resource, dict(attributes), method, place, 0, _metered(resource))
                for one, other in pairwise(stretches(book, need, **span)):
                    if isinstance(one.choice, Choice) and isinstance(other.choice, Choice):
                        sets = one.choice.factor.factor_set, other.choice.factor.factor_set
                        if sets[0] != sets[1] or one.choice.no_residual != other.choice.no_residual:
                            found.append((date_of(other.first_day), one.choice, other.choice))
    return found


def test_no_shipped_series_changes_its_family_because_an_edition_ends_and_each_change_is_told() -> None:
    jumps = _jumps()
    assert ("ipcc2006", "uk_desnz_average") in {
        (one.factor.factor_set, other.factor.factor_set) for _, one, other in jumps
    }
    for day, one, other in jumps:
        named = day, one.words, other.words
        assert (other.factor.valid_from, other.carried_forward_years) == (day, None), named
        assert changes_family(one, other, None), named


def test_a_change_of_family_by_decision_is_not_told() -> None:
    statistic = Choice(factor("statistic", factor_set="s"), Why.COUNTRY)
    default = Choice(factor("default", factor_set="d"), Why.COUNTRY)
    ours = Choice(factor("ours", factor_set=None, own=True), Why.OWN)
    assert changes_family(statistic, default, None)
    assert changes_family(statistic, default, "s")
    assert not changes_family(statistic, default, "d")
    assert not changes_family(statistic, Choice(default.factor, Why.PINNED), None)
    assert not changes_family(statistic, ours, None)
    assert changes_family(ours, statistic, None)
    assert changes_family(statistic, replace(statistic, no_residual=True), None)
    assert not changes_family(statistic, replace(statistic, carried_forward_years=1), None)
