"""Readings with the newest first, in pages of any size, and the last reading of each of many meters."""

import csv
import io
from typing import Any

import httpx
import pyarrow.parquet
import pytest

from app.store.engine.database import Database
from tests.conftest import Make
from tests.support.folded import fold_everything

ORGANIZATION = "/v1/organizations/acme"
READINGS, LATEST = f"{ORGANIZATION}/readings", f"{ORGANIZATION}/readings/latest"


@pytest.fixture(autouse=True)
def acme(client: httpx.Client, database: Database, make_organization: Make, make_plant: Make, make_meter: Make) -> None:
    """Two plants. `grid` has said 1 to 5 at 1 to 5 o'clock, 3 of them in a page; `water` 10 and 20; `new` nothing.

    `tickets` has two at one instant.
    """
    make_organization()
    make_plant()
    make_plant(code="north")
    make_meter(interval="PT1H")
    make_meter(code="water", plant="north", resource="water.withdrawal", unit="m3", interval="PT1H")
    make_meter(code="tickets", resource="waste.hazardous", kind="event", unit="t", interval=None)
    make_meter(code="new", plant="north", interval="PT1H")
    _post(client, *(("grid", hour, hour) for hour in (1, 2, 3)), ("water", 1, 10))
    fold_everything(database)
    _post(client, ("grid", 5, 5), ("grid", 4, 4), ("water", 2, 20))
    tickets = [
        {"meter": "tickets", "timestamp": "2021-03-01T07:00:00Z", "value": 7, "reference": "a"},
        {"meter": "tickets", "timestamp": "2021-03-01T07:00:00Z", "value": 8, "reference": "b"},
    ]
    assert client.post(READINGS, json={"readings": tickets}).json()["inserted"] == 2


def _post(client: httpx.Client, *said: tuple[str, int, int]) -> None:
    rows = [{"meter": m, "timestamp": f"2021-03-01T{hour:02}:00:00Z", "value": value} for m, hour, value in said]
    assert client.post(READINGS, json={"readings": rows}).json()["inserted"] == len(said)


def _withdraw(client: httpx.Client, meter: str, hour: int) -> None:
    gone = {"meter": meter, "timestamp": f"2021-03-01T{hour:02}:00:00Z", "reason": "read wrongly"}
    assert client.delete(READINGS, params=gone).status_code == 204


def _paged(client: httpx.Client, path: str, limit: int, **query: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    while True:
        page = client.get(path, params={**query, "limit": limit, **cursor}).json()
        found += page["items"]
        assert len(page["items"]) <= limit
        if page["next"] is None:
            return found
        cursor = {"cursor": page["next"]}


def _said(items: list[dict[str, Any]]) -> list[tuple[str, int | None]]:
    return [(each["meter"], each["value"]) for each in items]


DOWN = [("grid", 5), ("grid", 4), ("grid", 3), ("grid", 2), ("grid", 1), ("water", 20), ("water", 10)]
TICKETS_DOWN = [("tickets", 8), ("tickets", 7)]


@pytest.mark.parametrize("limit", [1, 2, 3, 9, 100])
def test_pages_of_any_size_give_the_newest_first(client: httpx.Client, limit: int) -> None:
    assert _said(_paged(client, READINGS, limit, order="desc")) == [*DOWN, *TICKETS_DOWN]


def test_a_range_holds_in_both_orders(client: httpx.Client) -> None:
    query = {"start": "2021-03-01T02:00:00Z", "end": "2021-03-01T05:00:00Z", "meter": "grid"}
    assert _said(_paged(client, READINGS, 2, order="desc", **query)) == [("grid", 4), ("grid", 3), ("grid", 2)]
    assert _said(_paged(client, READINGS, 2, **query)) == [("grid", 2), ("grid", 3), ("grid", 4)]


def test_a_file_has_the_newest_first_and_nothing_that_was_withdrawn(client: httpx.Client) -> None:
    _withdraw(client, "grid", 4)
    answer = client.get(READINGS, params={"order": "desc", "format": "parquet", "plant": ["main", "north"]})
    rows = pyarrow.parquet.read_table(io.BytesIO(answer.content)).to_pylist()
    wanted = [*(each for each in DOWN if each != ("grid", 4)), *TICKETS_DOWN]
    assert [(each["meter"], int(each["value"])) for each in rows] == wanted


def test_a_cursor_of_the_other_order_is_refused(client: httpx.Client) -> None:
    up = client.get(READINGS, params={"limit": 1}).json()["next"]
    down = client.get(READINGS, params={"limit": 1, "order": "desc"}).json()["next"]
    crossed = [
        client.get(READINGS, params={"limit": 1, "order": "desc", "cursor": up}),
        client.get(READINGS, params={"limit": 1, "cursor": down}),
    ]
    assert [(each.status_code, each.json()["code"]) for each in crossed] == [(422, "invalid_cursor")] * 2


def test_the_latest_of_every_meter_in_pages(client: httpx.Client) -> None:
    items = _paged(client, LATEST, 3)
    assert _said(items) == [("grid", 5), ("water", 20), ("tickets", 8), ("new", None)]
    assert items[0]["timestamp"] == "2021-03-01T05:00:00Z"
    assert (items[1]["plant"], items[1]["resource"], items[1]["unit"]) == ("north", "water.withdrawal", "m3")
    assert (items[2]["reference"], items[3]["timestamp"], items[3]["quality"]) == ("b", None, None)


def test_the_latest_is_never_one_that_was_withdrawn(client: httpx.Client) -> None:
    _withdraw(client, "grid", 5)
    _withdraw(client, "water", 2)
    _withdraw(client, "water", 1)
    assert _said(_paged(client, LATEST, 100)) == [("grid", 4), ("water", None), ("tickets", 8), ("new", None)]


def test_the_latest_of_some_meters_inside_a_range_and_as_was_believed(client: httpx.Client) -> None:
    assert _said(_paged(client, LATEST, 100, end="2021-03-01T04:00:00Z", plant="main")) == [
        ("grid", 3),
        ("tickets", None),
    ]
    assert _said(_paged(client, LATEST, 100, end="2021-03-01T05:00:00Z", meter="grid")) == [("grid", 4)]
    assert _said(_paged(client, LATEST, 100, start="2021-03-01T03:00:00Z", resource="water.withdrawal")) == [
        ("water", None)
    ]
    assert _said(_paged(client, LATEST, 100, as_of="2021-03-02T00:00:00Z", meter="grid")) == [("grid", None)]
    assert _said(_paged(client, LATEST, 100, as_of="2100-01-01T00:00:00Z", meter="grid")) == [("grid", 5)]


def test_the_latest_as_a_table_says_where_there_is_none(client: httpx.Client) -> None:
    rows = list(csv.DictReader(io.StringIO(client.get(LATEST, params={"format": "csv"}).text)))
    assert [(each["meter"], each["unit"], each["value"], each["quality"]) for each in rows] == [
        ("grid", "kWh", "5", "measured"),
        ("water", "m3", "20", "measured"),
        ("tickets", "t", "8", "measured"),
        ("new", "kWh", "", ""),
    ]
