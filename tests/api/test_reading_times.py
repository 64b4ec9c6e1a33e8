"""Over HTTP: an organization says since when it has readings; what lies before, or ahead of the clock, is refused."""

import json

import httpx
import pytest

from tests.conftest import Make

READINGS = "/v1/organizations/acme/readings"


@pytest.fixture
def grid(make_organization: Make, make_plant: Make, make_meter: Make) -> None:
    make_organization()
    make_plant()
    make_meter()
    make_meter(code="counter", kind="register", interval=None)


def post(client: httpx.Client, *timestamps: str) -> httpx.Response:
    rows = [{"meter": "grid", "timestamp": each, "value": 1} for each in timestamps]
    return client.post(READINGS, json={"readings": rows})


@pytest.mark.usefixtures("grid")
def test_an_older_history_is_opened_by_a_patch_and_closed_again(client: httpx.Client) -> None:
    refused = post(client, "1995-03-01T00:00:00Z")
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "timestamp_implausible")
    assert refused.json()["errors"][0]["field"] == "timestamp"
    assert "history_from" in refused.json()["errors"][0]["detail"]

    changed = client.patch("/v1/organizations/acme", json={"history_from": "1995-01-01"})
    assert (changed.status_code, changed.json()["history_from"]) == (200, "1995-01-01")
    assert post(client, "1995-03-01T00:00:00Z").json()["inserted"] == 1
    assert post(client, "1994-03-01T00:00:00Z").status_code == 422

    assert client.patch("/v1/organizations/acme", json={"history_from": None}).json()["history_from"] is None
    assert post(client, "1995-03-01T00:00:00Z", "1995-03-02T00:00:00Z").status_code == 422
    listed = client.get(READINGS).json()["items"]
    assert [item["timestamp"] for item in listed] == ["1995-03-01T00:00:00Z"]
    gone = client.delete(READINGS, params={"meter": "grid", "timestamp": "1995-03-01T00:00:00Z", "reason": "none"})
    assert gone.status_code == 204


@pytest.mark.usefixtures("grid")
@pytest.mark.parametrize("day", ["1969-12-31", "1995-13-01", 1995, "1995"])
def test_a_history_begins_on_a_day_since_1970(client: httpx.Client, day: object) -> None:
    answer = client.patch("/v1/organizations/acme", json={"history_from": day})
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == ["history_from"]


@pytest.mark.usefixtures("grid")
def test_an_exchange_of_before_or_after_is_refused(client: httpx.Client) -> None:
    for at, words in (("1970-01-01T00:00:00Z", "lies before 2000-01-01"), ("2150-01-01T00:00:00Z", "after now")):
        body = {"at": at, "final_value": 1, "first_value": 0, "reason": "swapped"}
        answer = client.post("/v1/organizations/acme/meters/counter/exchanges", json=body)
        (error,) = answer.json()["errors"]
        assert (answer.status_code, error["field"], error["code"]) == (422, "at", "timestamp_implausible")
        assert words in error["detail"]
    assert client.get("/v1/organizations/acme/meters/counter/exchanges").json()["items"] == []


@pytest.mark.usefixtures("grid")
def test_lines_and_tables_are_refused_alike(client: httpx.Client) -> None:
    line = json.dumps({"meter": "grid", "timestamp": "2150-01-01T00:00:00Z", "value": 1})
    table = "meter,timestamp,value\ngrid,2150-01-01T00:00:00Z,1\n"
    for content, kind in ((line, "application/x-ndjson"), (table, "text/csv")):
        answer = client.post(READINGS, content=content, headers={"Content-Type": kind})
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "timestamp_implausible")
