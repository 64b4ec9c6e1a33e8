"""Market areas: which countries are one market for whom, on which days."""

from datetime import date

import pytest

from app.accounting.factors.need import Place
from app.accounting.ledger.instrument import Carrier
from app.accounting.ledger.market_areas import _area, holds, is_one_market, market_areas, membership_days, width
from app.core.calendar.periods import day_of
from app.core.datafile import BadDataFile, Row

_POWER, _GAS, _HEAT = Carrier.ELECTRICITY, Carrier.GAS, Carrier.HEAT


def _in(country: str) -> Place:
    return Place(plant="p", region=f"{country}-X", grid_region=None, country=country)


def _day(text: str) -> int:
    return day_of(date.fromisoformat(text))


@pytest.mark.parametrize(
    ("issued", "used", "carrier", "is_one"),
    [
        ("NO", "FR", _POWER, True),
        ("FR", "NO", _POWER, True),
        ("CH", "DE", _POWER, True),  # both are members of the association
        ("AIB", "FR", _POWER, True),
        ("EECS", "FR", _POWER, True),
        ("AIB", "GB", _POWER, False),
        ("GB", "FR", _POWER, False),
        ("GB", "GB", _POWER, True),
        ("US", "CA", _POWER, True),
        ("US", "FR", _POWER, False),
        ("CN-XJ", "CN", _POWER, True),
        ("CN", "HK", _POWER, False),
        ("DK", "SE", _GAS, True),  # the Union
        ("NO", "SE", _GAS, True),  # the economic area
        ("CH", "DE", _GAS, False),
        ("US", "CA", _GAS, False),
        ("SE", "DK", _HEAT, False),
        ("DK", "DK", _HEAT, True),
        (None, "FR", _POWER, True),
        ("Atlantis", "FR", _POWER, False),
    ],
)
def test_an_instrument_serves_the_market_it_was_issued_in(
    issued: str | None, used: str, carrier: Carrier, is_one: bool
) -> None:
    days = _day("2024-01-01"), _day("2025-01-01")
    assert is_one_market(_in(used), issued, carrier, *days) is is_one


@pytest.mark.parametrize(
    ("issued", "used", "first", "end", "is_one"),
    [
        ("EU", "GB", "2022-01-01", "2023-01-01", True),
        ("EU", "GB", "2023-01-01", "2023-04-01", True),
        ("EU", "GB", "2023-01-01", "2023-04-02", False),
        ("DE", "GB", "2023-03-31", "2023-04-01", True),
        ("GB", "DE", "2020-12-31", "2021-01-01", True),
        ("GB", "DE", "2021-01-01", "2021-01-02", False),
        ("DE", "RS", "2019-10-06", "2019-10-07", False),
        ("DE", "RS", "2019-10-07", "2019-10-08", True),
    ],
)
def test_membership_has_days(issued: str, used: str, first: str, end: str, is_one: bool) -> None:
    assert is_one_market(_in(used), issued, _POWER, _day(first), _day(end)) is is_one


def test_the_narrower_region_is_told_from_the_wider() -> None:
    place = Place(plant="p", region="FR-ARA", grid_region=None, country="FR")
    regions = ("p", "FR-ARA", "FR", "AIB", "EU", "GLOBAL")
    widths = [width(place, region, _POWER) for region in regions]
    assert all(found is not None for found in widths)
    assert [region for _, region in sorted(zip(widths, regions, strict=True), key=str)] == [
        "p",
        "FR-ARA",
        "FR",
        "AIB",
        "EU",
        "GLOBAL",
    ]
    assert width(place, "DE", _POWER) is None
    assert width(place, "NORTH-AMERICA", _POWER) is None
    assert holds(place, "AIB", _HEAT, 0, 1) is False


def test_a_year_is_cut_where_a_country_joins_or_leaves() -> None:
    assert _day("2023-04-01") in membership_days("GB", _POWER)
    assert _day("2019-10-07") in membership_days("RS", _POWER)
    assert membership_days("CN", _POWER) == set()


def test_every_area_names_its_source_and_known_countries() -> None:
    assert [area.code for area in market_areas()] == ["AIB", "AIB", "EU", "EEA", "NORTH-AMERICA"]
    assert all(area.source for area in market_areas())
    members = {area.code: {each.country for each in area.members} for area in market_areas() if _POWER in area.carriers}
    assert (len(members["AIB"]), len(members["EU"]), len(members["EEA"])) == (27, 28, 31)
    assert "NO" in members["EEA"] - members["EU"]


def test_an_area_with_a_country_there_is_not_is_refused() -> None:
    source = {"document": "d", "table": "t", "year": 2024, "read_from": "r"}
    row = {"code": "X", "title": "X", "carriers": ["electricity"], "members": [{"countries": ["ZZ"]}], "source": source}
    with pytest.raises(BadDataFile, match="unknown country ZZ"):
        _area(Row(row, where="areas"))
    with pytest.raises(BadDataFile, match="'steamboat' is not a valid Carrier"):
        _area(Row({**row, "carriers": ["steamboat"]}, where="areas"))
