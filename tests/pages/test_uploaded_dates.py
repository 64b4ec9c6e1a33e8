"""How dates of an uploaded file are meant is told by its rows, proposed with why, and chosen by a person."""

import html
from collections.abc import Iterator

import httpx
import pytest

from tests.conftest import Make
from tests.support.pages import browsing
from tests.support.uploads import act, chosen, table, tiles, uploaded


@pytest.fixture
def person(client: httpx.Client, make_organization: Make, make_plant: Make, make_meter: Make) -> Iterator[httpx.Client]:
    """A browser with a session, at a plant whose clocks change, with meters of several kinds."""
    make_organization()
    make_plant(code="main", timezone="Europe/Berlin")
    make_meter(code="begins", interval="P1M", timestamp_edge="interval_start")
    make_meter(code="ends", interval="P1M", timestamp_edge="interval_end")
    make_meter(code="hourly", interval="PT1H", timestamp_edge="interval_start")
    make_meter(code="counter", kind="register")
    make_meter(code="scrap", resource="waste.nonhazardous", unit="t", kind="event")
    made = client.post("/v1/keys", json={"name": "Li Wei", "scopes": ["admin"]}).json()["key"]
    with browsing(client, made) as browser:
        yield browser


def _preview(person: httpx.Client, *rows: str) -> tuple[str, str]:
    here = uploaded(person, "a.csv", "\n".join(rows).encode())
    return here, html.unescape(person.get(here).text)


def _spans(page: str) -> list[str]:
    return [row[3] for row in table(page, "The first readings")]


@pytest.mark.parametrize("meter", ["begins", "ends"])
def test_last_days_of_months_name_the_months_of_a_monthly_meter(person: httpx.Client, meter: str) -> None:
    here, page = _preview(person, "date,meter,value", f"31.01.2025,{meter},5", f"28.02.2025,{meter},6")

    assert (chosen(page)["stamp"], "Every date is the last day of a month" in page) == ("month", True)
    assert _spans(page) == ["2025-01-01 00:00 – 2025-02-01 00:00", "2025-02-01 00:00 – 2025-03-01 00:00"]
    assert table(page, meter) == [["2025-01", "–", "5"], ["2025-02", "–", "6"]]
    assert act(person, here, page, "look", stamp="local").status_code == 303
    page = html.unescape(person.get(here).text)
    assert (chosen(page)["stamp"], "Every date is the last day of a month" in page) == ("local", True)


def test_last_days_of_months_end_what_a_counter_says_and_leave_a_delivery_its_day(person: httpx.Client) -> None:
    here, page = _preview(person, "date,meter,value", "2025-01-31,counter,5", "2025-02-28,counter,6")
    assert (chosen(page)["midnight"], "Every date is the last day of a month" in page) == ("ends_day", True)
    assert [row[2] for row in table(page, "The first readings")] == ["2025-02-01 00:00", "2025-03-01 00:00"]
    assert act(person, here, page, "look", midnight="begins_day").status_code == 303
    assert table(person.get(here).text, "The first readings")[0][2] == "2025-01-31 00:00"

    _, page = _preview(person, "date,meter,value", "2025-01-31,scrap,5", "2025-02-28,scrap,6")
    assert [row[2] for row in table(page, "The first readings")] == ["2025-01-31 00:00", "2025-02-28 00:00"]


def test_a_bill_from_one_day_to_another_has_its_last_day_where_the_next_one_begins_after_it(
    person: httpx.Client, client: httpx.Client
) -> None:
    head = "from,to,meter,value"
    here, page = _preview(person, head, "2025-01-15,2025-02-14,begins,31", "2025-02-15,2025-03-14,begins,28")
    assert (chosen(page)["midnight"], "the last day belongs to the row" in page) == ("ends_day", True)
    assert _spans(page) == ["2025-01-15 00:00 – 2025-02-15 00:00", "2025-02-15 00:00 – 2025-03-15 00:00"]
    assert act(person, here, page, "store").status_code == 303
    items = client.get("/v1/organizations/acme/readings").json()["items"]
    assert [(each["start"], each["timestamp"]) for each in items] == [
        ("2025-01-14T23:00:00Z", "2025-02-14T23:00:00Z"),
        ("2025-02-14T23:00:00Z", "2025-03-14T23:00:00Z"),
    ]

    _, page = _preview(person, head, "2025-01-15,2025-02-15,ends,31", "2025-02-15,2025-03-15,ends,28")
    assert (chosen(page)["midnight"], "the last day belongs" in page) == ("begins_day", False)
    _, page = _preview(person, head, "2025-01-01,2025-01-31,begins,31", "2025-02-01,2025-02-28,begins,28")
    assert (chosen(page)["stamp"], "Every date is the last day of a month" in page) == ("month", True)
    assert _spans(page)[0] == "2025-01-01 00:00 – 2025-02-01 00:00"


def test_dates_that_two_orders_read_wait_for_a_choice_where_nothing_tells_which_is_meant(
    person: httpx.Client, client: httpx.Client
) -> None:
    here, page = _preview(person, "date,meter,value", "1/2/2025,counter,1", "2/2/2025,counter,2", "3/2/2025,counter,3")

    assert (chosen(page)["order"], "choose the order of dates" in page, tiles(page)) == ("", True, [])
    assert act(person, here, page, "store", seal="").status_code == 422
    assert client.get("/v1/organizations/acme/readings").json()["items"] == []
    assert act(person, here, page, "look", order="DMY").status_code == 303
    page = person.get(here).text
    assert table(page, "The first readings")[1][2] == "2025-02-02 00:00"
    assert act(person, here, page, "store").status_code == 303


@pytest.mark.parametrize(
    ("rows", "order", "why"),
    [
        pytest.param("1/1/2025,begins;2/1/2025,begins", "MDY", "as far apart as the meter is read", id="months"),
        pytest.param(
            "1/1/2025 1:00,hourly;1/1/2025 2:00,hourly;2/1/2025 1:00,hourly",
            *("DMY", "as far apart as the meter is read"),
            id="hours",
        ),
        pytest.param("11/1/2025,counter;12/1/2025,counter;1/2/2025,counter", "DMY", "follow", id="rising"),
        pytest.param("1/1/2025,scrap;2/1/2025,scrap;1/2/2025,counter;2/2/2025,counter", "", "Nothing tells", id="two"),
        pytest.param("1/5/2025,counter;1/6/2025,counter;1/7/2025,counter", "", "Nothing tells", id="open"),
        pytest.param("1/3/2025,counter;2/3/2025,counter;4/3/2025,counter", "", "Nothing tells", id="uneven"),
        pytest.param("1/5/2025,counter;2/6/2025,counter;3/7/2025,counter", "", "Nothing tells", id="even by none"),
        pytest.param("01.02.2025,counter;02.02.2025,counter", "DMY", "points", id="points"),
        pytest.param("1/2/2025,counter;1/13/2025,counter", "MDY", "", id="a part over 12"),
    ],
)
def test_an_order_that_something_speaks_for_is_proposed_with_why(
    person: httpx.Client, rows: str, order: str, why: str
) -> None:
    _, page = _preview(person, "date,meter,value", *[f"{row},{number}" for number, row in enumerate(rows.split(";"))])
    assert (chosen(page)["order"], why in page) == (order, True)
    assert ("The file may be read in two ways" in page) is bool(why)


def test_an_hour_that_came_twice_is_the_one_that_is_chosen_where_it_is_there_once(
    person: httpx.Client, client: httpx.Client
) -> None:
    here, page = _preview(person, "time,meter,value", "27.10.2024 01:00,hourly,1", "27.10.2024 02:00,hourly,2")

    assert (tiles(page), table(page, "Rejected rows")[0][3]) == (["1", "0", "0", "1"], "timestamp_ambiguous")
    assert "until it is said which hour they are of: 1." in page
    for hour in ("first", "second"):
        assert act(person, here, page, "look", ambiguous=hour).status_code == 303
        page = person.get(here).text
        assert (chosen(page)["ambiguous"], tiles(page)) == (hour, ["2", "0", "0", "0"])
    assert act(person, here, page, "store").status_code == 303
    items = client.get("/v1/organizations/acme/readings").json()["items"]
    assert [each["timestamp"] for each in items] == ["2024-10-26T23:00:00Z", "2024-10-27T01:00:00Z"]


def test_hours_that_are_there_twice_are_told_apart_by_their_order_and_it_is_said(person: httpx.Client) -> None:
    rows = [f"27.10.2024 {hour}:00,hourly,{hour}" for hour in ("01", "02", "02", "03")]
    _, page = _preview(person, "time,meter,value", *rows)
    assert (chosen(page)["ambiguous"], tiles(page)) == ("by_order", ["4", "0", "0", "0"])
    _, page = _preview(person, "time,meter,value", "26.10.2024 01:00,hourly,1")
    assert "ambiguous" not in chosen(page)
