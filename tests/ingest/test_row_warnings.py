"""What an answer tells of rows that were taken and are doubtful: rows of one body that meet, edges nobody stated."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.conftest import Make
from tests.support.shared import client, database, database_url, shared, shared_settings, vacant

__all__ = ["client", "database", "database_url", "shared", "shared_settings", "vacant"]

READINGS = "/v1/organizations/acme/readings"
DAY = "2026-04-02T00:00:00+08:00"


@pytest.fixture(autouse=True)
def meters(make_organization: Make, make_plant: Make, make_meter: Make) -> None:
    make_organization()
    make_plant()
    make_meter(timestamp_edge="interval_end")
    make_meter(code="coal", resource="fuel.coal.bituminous", kind="event", unit="t", interval=None)
    make_meter(code="hall", resource="electricity.grid", interval="PT1H")


def post(client: httpx.Client, *lines: str, columns: str = "meter,timestamp,value", **query: str) -> dict[str, Any]:
    content = "\n".join([columns, *lines])
    answer = client.post(READINGS, content=content, headers={"Content-Type": "text/csv"}, params=query)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def told(answer: dict[str, Any]) -> list[tuple[int, str, str]]:
    return [(each["index"], each["meter"], each["code"]) for each in answer["warnings"]]


@pytest.mark.parametrize("query", [{}, {"dry_run": "true"}, {"atomic": "true"}], ids=["plain", "dry run", "atomic"])
def test_tickets_that_overwrite_each_other_are_told(client: httpx.Client, query: dict[str, str]) -> None:
    answer = post(client, f"coal,{DAY},57.3", f"grid,{DAY},5", f"coal,{DAY},95.36", f"coal,{DAY},199.57", **query)

    assert (answer["inserted"], answer["replaced"], answer["rejected"]) == (2, 2, 0)
    assert told(answer) == [(2, "coal", "contradicts_row"), (3, "coal", "contradicts_row")]
    assert answer["warnings"][1]["timestamp"] == "2026-04-01T16:00:00Z"
    assert answer["warnings"][1]["detail"] == (
        "row 2 says another value of the same meter and timestamp, and one of the two counts; tickets of one moment are"
        " told apart by a `reference`"
    )


def test_tickets_that_are_alike_are_told_and_readings_that_are_repeated_are_not(client: httpx.Client) -> None:
    answer = post(client, f"coal,{DAY},10", f"coal,{DAY},10", f"grid,{DAY},5", f"grid,{DAY},5")

    assert (answer["inserted"], answer["duplicate"]) == (2, 2)
    assert told(answer) == [(1, "coal", "repeats_row")]


def test_a_meter_that_says_two_values_of_one_moment_in_a_body_is_told(client: httpx.Client) -> None:
    answer = post(client, f"grid,{DAY},10", f"grid,{DAY},12", f"grid,{DAY},10")

    assert told(answer) == [(1, "grid", "contradicts_row"), (2, "grid", "contradicts_row")]
    assert "reference" not in answer["warnings"][0]["detail"]
    assert told(post(client, f"grid,{DAY},13")) == []


def test_a_ticket_that_is_corrected_within_a_body_is_told_and_others_are_not(client: httpx.Client) -> None:
    columns = "meter,timestamp,value,reference"
    answer = post(client, f"coal,{DAY},10,A", f"coal,{DAY},10,B", f"coal,{DAY},11,A", columns=columns)

    assert told(answer) == [(2, "coal", "contradicts_row")]
    assert answer["warnings"][0]["detail"].startswith("row 0 says another value")


def test_a_numbered_ticket_said_twice_is_one_ticket(client: httpx.Client) -> None:
    columns = "meter,timestamp,value,reference"
    answer = post(client, f"coal,{DAY},10,A", f"coal,{DAY},10,A", f"coal,{DAY},7,", f"coal,{DAY},7,", columns=columns)

    assert (answer["inserted"], answer["duplicate"]) == (2, 2)
    assert told(answer) == [(3, "coal", "repeats_row")]
    assert answer["warnings"][0]["detail"].startswith("row 2 says the same")


def test_the_same_value_over_another_time_contradicts(client: httpx.Client) -> None:
    columns = "meter,timestamp,value,start"
    starts = "2026-04-01T23:00:00+08:00", "2026-04-01T22:00:00+08:00"
    answer = post(client, *(f"grid,{DAY},10,{start}" for start in starts), columns=columns)

    assert (answer["inserted"], answer["replaced"]) == (1, 1)
    assert told(answer) == [(1, "grid", "contradicts_row")]


def test_rows_of_different_bodies_do_not_contradict_each_other(client: httpx.Client) -> None:
    assert told(post(client, f"coal,{DAY},10")) == []
    assert told(post(client, f"coal,{DAY},11")) == []


def test_what_is_implausible_is_told_with_its_row(client: httpx.Client, make_meter: Make) -> None:
    make_meter(code="small", max_rate=100, timestamp_edge="interval_end")
    answer = post(client, f"small,{DAY},25", "small,2026-04-02T00:15:00+08:00,26")

    assert told(answer) == [(1, "small", "implausible_value")]
    assert "max_rate" in answer["warnings"][0]["detail"]


def test_a_reading_of_what_has_yet_to_happen_asks_for_the_edge(client: httpx.Client, make_meter: Make) -> None:
    make_meter(code="stated", interval="PT1H", timestamp_edge="interval_start")
    now = datetime.now(UTC).replace(microsecond=0)
    just, long_ago = ((now - timedelta(minutes=each)).isoformat() for each in (1, 45))

    assert told(post(client, f"hall,{long_ago},5", f"stated,{just},5")) == []
    assert told(post(client, f"hall,{just},5", f"hall,{long_ago},5")) == [(0, "hall", "edge_not_stated")]
    issues = "/v1/organizations/acme/issues"
    found = client.get(issues, params={"kind": "edge_assumed"}).json()["items"]
    assert [(each["meter"], each["kind"]) for each in found] == [("hall", "edge_assumed")]
    assert "interval_end" in found[0]["action"]

    client.patch("/v1/organizations/acme/meters/hall", json={"timestamp_edge": "interval_end"})
    assert client.get(issues, params={"kind": "edge_assumed"}).json()["items"] == []
    assert told(post(client, f"hall,{(now - timedelta(seconds=30)).isoformat()},5")) == []
