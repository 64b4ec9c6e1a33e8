"""Texts that name months, quarters and years, and where these begin and end."""

from datetime import date

import pytest

from app.core.calendar.calendar_periods import begins_a_month, calendar_period
from app.core.calendar.periods import zone_named


@pytest.mark.parametrize(
    ("texts", "first", "months", "name"),
    [
        (["2026-04", "2026-4", "2026/04", "2026.04", "04/2026", "4.2026"], date(2026, 4, 1), 1, "2026-04"),
        (["2026年4月", "2026 年 04 月", "2026년 4월"], date(2026, 4, 1), 1, "2026-04"),
        (
            ["Apr 2026", "April 2026", "Apr. 2026", "APR-2026", "2026 Apr", "April, 2026", "avr. 2026", "Abril 2026"],
            date(2026, 4, 1),
            1,
            "2026-04",
        ),
        (["Sept 2026", " september  2026 "], date(2026, 9, 1), 1, "2026-09"),
        (["2026-12", "Dec 2026"], date(2026, 12, 1), 1, "2026-12"),
        (["2026-Q2", "2026Q2", "Q2 2026", "q2/2026", "2026年第2季度", "2026年2季"], date(2026, 4, 1), 3, "2026-Q2"),
        (["2026", "2026年", "2026년"], date(2026, 1, 1), 12, "2026"),
    ],
)
def test_a_period_has_many_names(texts: list[str], first: date, months: int, name: str) -> None:
    found = [calendar_period(text) for text in texts]
    assert [(each.first, each.months, str(each)) for each in found if each] == [(first, months, name)] * len(texts)


@pytest.mark.parametrize(
    "text",
    [
        "2026-13",
        "2026-00",
        "2026-04-01",
        "20260401",
        "202604",
        "1969",
        "2200-01",
        "Foo 2026",
        "Apr-26",
        "04-05",
        "2026-Q5",
    ],
)
def test_what_may_be_something_else_is_no_period(text: str) -> None:
    assert calendar_period(text) is None


def test_a_source_that_is_known_to_name_months_may_shorten_them() -> None:
    texts = ["Apr-26", "Apr '26", "Dec 69", "Jan-70", "202604"]
    found = [str(calendar_period(text, abbreviated=True)) for text in texts]
    assert found == ["2026-04", "2026-04", "2069-12", "1970-01", "2026-04"]
    assert calendar_period("04-05", abbreviated=True) is None


def test_a_period_lies_between_local_midnights() -> None:
    shanghai, new_york = zone_named("Asia/Shanghai"), zone_named("America/New_York")
    december, quarter = calendar_period("2025-12"), calendar_period("2026-Q1")
    assert december is not None
    assert quarter is not None
    assert december.bounds_ms(shanghai) == (1_764_518_400_000, 1_767_196_800_000)
    assert quarter.bounds_ms(new_york) == (1_767_243_600_000, 1_775_016_000_000)


def test_a_month_begins_at_the_first_instant_of_its_first_day() -> None:
    shanghai = zone_named("Asia/Shanghai")
    assert begins_a_month(shanghai, 1_767_196_800_000)
    assert not begins_a_month(shanghai, 1_767_196_800_001)
    assert not begins_a_month(shanghai, 1_767_196_800_000 - 86_400_000)


@pytest.mark.parametrize(
    "names",
    [
        "Jan Feb Mrz Apr Mai Jun Jul Aug Sep Okt Nov Dez",
        "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
        "Jänner Feber Maerz April Mai Juni Juli August Sept Oktober November DEZEMBER",
        "janv févr mars avr mai juin juil août sept oct nov déc",
        "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
        "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
        "jan fev março abril maio junho julho agosto setembro outubro novembro dezembro",
        "januari februari maart april mei juni juli augustus september oktober november december",
    ],
    ids=["de short", "de", "at", "fr", "es", "it", "pt", "nl"],
)
def test_months_are_known_by_the_words_of_their_country(names: str) -> None:
    found = [calendar_period(f"{name} 2024") for name in names.split()]
    assert [str(each) for each in found] == [f"2024-{month:02}" for month in range(1, 13)]
