"""Months, quarters and years as timestamps, and stamps of months that are no month's boundary."""

import json
from typing import Any

import httpx
import pytest

from app.ingest.door import door
from tests.conftest import Make
from tests.support.examples import Service
from tests.support.shared import client, database, database_url, shared, shared_settings, vacant

__all__ = ["client", "database", "database_url", "shared", "shared_settings", "vacant"]

READINGS = "/v1/organizations/acme/readings"
ROLLUPS = "/v1/organizations/acme/rollups"
MEDIA = {"json": "application/json", "ndjson": "application/x-ndjson", "csv": "text/csv"}
Row = tuple[str, str, int]


@pytest.fixture(autouse=True)
def meters(make_organization: Make, make_plant: Make, make_meter: Make) -> None:
    make_organization()
    make_plant()
    for code, interval, edge in (
        ("month", "P1M", None),
        ("closed", "P1M", "interval_end"),
        ("quarter", "P3M", "interval_end"),
        ("year", "P1Y", None),
    ):
        make_meter(code=code, resource="fuel.coal.bituminous", unit="t", interval=interval, timestamp_edge=edge)
    make_meter()
    make_meter(code="tickets", resource="fuel.coal.bituminous", kind="event", unit="t", interval=None)


def post(client: httpx.Client, form: str, rows: list[Row], *, start: str = "", **query: str) -> dict[str, Any]:
    objects = [{"meter": meter, "timestamp": timestamp, "value": value} for meter, timestamp, value in rows]
    objects = [{**each, "start": start} if start else each for each in objects]
    if form == "json":
        content = json.dumps({"readings": objects})
    elif form == "ndjson":
        content = "\n".join(json.dumps(each, ensure_ascii=False) for each in objects)
    else:
        lines = (f"{each['meter']},{each['timestamp']},{each['value']},{start}" for each in objects)
        content = "\n".join(["meter,timestamp,value,start", *lines])
    answer = client.post(READINGS, content=content.encode(), headers={"Content-Type": MEDIA[form]}, params=query)
    found: dict[str, Any] = answer.json()
    return found


def stamps(client: httpx.Client, meter: str) -> list[tuple[str, float, str]]:
    items = client.get(READINGS, params={"meter": meter}).json()["items"]
    return [(each["timestamp"], each["value"], each["quality"]) for each in items]


def quantities(client: httpx.Client, service: Service, meter: str, grain: str) -> dict[str, float]:
    service.roll()
    items = client.get(ROLLUPS, params={"meter": meter, "grain": grain}).json()["items"]
    return {each["start"]: each["quantity"] for each in items}


@pytest.mark.parametrize("form", MEDIA)
def test_a_month_is_that_month_whichever_edge_the_meter_has(client: httpx.Client, service: Service, form: str) -> None:
    names = ["2026-01", "2026年2月", "Mar 2026"]
    rows = [(meter, name, 1_200) for meter in ("month", "closed") for name in names]

    assert post(client, form, rows)["inserted"] == 6
    months = ("2025-12-31T16:00:00Z", "2026-01-31T16:00:00Z", "2026-02-28T16:00:00Z")
    assert stamps(client, "month") == [(at, 1_200, "measured") for at in months]
    assert [at for at, _, _ in stamps(client, "closed")] == [*months[1:], "2026-03-31T16:00:00Z"]
    for meter in ("month", "closed"):
        assert quantities(client, service, meter, "month") == dict.fromkeys(months, 1_200)


def test_december_named_is_all_of_the_old_year(client: httpx.Client, service: Service) -> None:
    for meter in ("month", "closed"):
        post(client, "json", [(meter, "2025-12", 1_200)])
        assert quantities(client, service, meter, "year") == {"2024-12-31T16:00:00Z": 1_200}


def test_quarters_and_years_are_named_alike(client: httpx.Client, service: Service) -> None:
    assert (
        post(client, "csv", [("quarter", "2026-Q1", 90), ("quarter", "Q2 2026", 91), ("year", "2026", 365)])["inserted"]
        == 3
    )
    assert [at for at, _, _ in stamps(client, "quarter")] == ["2026-03-31T16:00:00Z", "2026-06-30T16:00:00Z"]
    assert stamps(client, "year") == [("2025-12-31T16:00:00Z", 365, "measured")]
    assert list(quantities(client, service, "quarter", "month").values()) == [31, 28, 31, 30, 31, 30]


def test_a_name_and_the_instant_it_stands_for_are_one_reading(client: httpx.Client) -> None:
    post(client, "json", [("closed", "2026-01", 7)])
    assert post(client, "csv", [("closed", "2026-02-01T00:00:00+08:00", 7)])["duplicate"] == 1
    assert post(client, "json", [("closed", "January 2026", 8)])["replaced"] == 1


@pytest.mark.parametrize("form", ["ndjson", "csv"])
def test_months_are_read_in_a_stream_and_in_a_body_written_alike(
    client: httpx.Client, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [f"{year}-{month:02}" for year in range(2005, 2026) for month in range(1, 13)]
    rows = [(meter, name, 5) for meter in ("month", "closed") for name in names]
    assert post(client, form, rows)["inserted"] == 504
    monkeypatch.setattr(door, "_SMALL_BYTES", 64)
    monkeypatch.setattr(door, "_WHOLE_BYTES", 128)
    assert post(client, form, rows)["duplicate"] == 504


@pytest.mark.parametrize(
    ("meter", "text", "code"),
    [
        ("year", "2026-04", "period_not_the_interval"),
        ("month", "2026", "period_not_the_interval"),
        ("quarter", "2026-04", "period_not_the_interval"),
        ("grid", "2026-04", "timestamp_unreadable"),
        ("tickets", "2026-04", "timestamp_unreadable"),
        ("month", "2026-13", "timestamp_unreadable"),
        ("month", "2026-04-01", "timestamp_unreadable"),
    ],
)
def test_a_name_that_does_not_fit_the_meter_is_an_error_of_its_row(
    client: httpx.Client, meter: str, text: str, code: str
) -> None:
    refused = post(client, "csv", [(meter, text, 5)])
    assert [(each["field"], each["code"]) for each in refused["errors"]] == [("timestamp", code)]
    assert stamps(client, meter) == []


def test_a_month_with_a_start_of_its_own_says_two_things(client: httpx.Client) -> None:
    refused = post(client, "json", [("month", "2026-04", 5)], start="2026-03-20T00:00:00+08:00")
    assert [(each["field"], each["code"]) for each in refused["errors"]] == [("start", "start_not_allowed")]


@pytest.mark.parametrize("form", MEDIA)
def test_a_stamp_that_is_no_months_boundary_is_suspect_and_says_why(
    client: httpx.Client, service: Service, form: str
) -> None:
    told = post(
        client, form, [("month", "2025-12-31T00:00:00+08:00", 1_200), ("closed", "2025-12-31T23:59:59+08:00", 5)]
    )

    assert (told["inserted"], told["suspect"], told["rejected"]) == (2, 2, 0)
    first, second = told["warnings"]
    assert (first["index"], first["meter"], first["field"], first["code"]) == (0, "month", "timestamp", "off_calendar")
    assert first["detail"] == (
        "stored as suspect, and not counted: no month begins at 2025-12-31 00:00:00 in Asia/Shanghai, so that the"
        " reading would cover 2025-12-31 to 2026-01-31: name the period, such as 2025-12, or give the row its own"
        " start; and state the meter's timestamp_edge"
    )
    assert "timestamp_edge" not in second["detail"]
    assert quantities(client, service, "month", "year") == {}
    issues = client.get("/v1/organizations/acme/issues", params={"kind": "suspect"}).json()["items"]
    assert [(each["meter"], each["start"]) for each in issues] == [
        ("month", "2025-12-30T16:00:00Z"),
        ("closed", "2025-12-31T15:59:59Z"),
    ]
    assert "would cover 2025-12-31 to 2026-01-31" in issues[0]["detail"]


def test_a_bill_with_a_start_of_its_own_may_begin_on_any_day(client: httpx.Client) -> None:
    told = post(client, "json", [("month", "2026-01-14T00:00:00+08:00", 5)], start="2025-12-15T00:00:00+08:00")
    assert (told["inserted"], told["suspect"], told["warnings"]) == (1, 0, [])


def test_a_doubtful_month_counts_once_it_is_accepted(client: httpx.Client, service: Service) -> None:
    post(client, "json", [("closed", "2026-01-31T00:00:00+08:00", 31)])
    body = {"timestamps": ["2026-01-31T00:00:00+08:00"], "reason": "the books close a day early"}
    assert client.post("/v1/organizations/acme/meters/closed/acceptances", json=body).status_code == 201
    assert sum(quantities(client, service, "closed", "year").values()) == 31
    again = post(client, "json", [("closed", "2026-01-31T00:00:00+08:00", 31)])
    assert (again["duplicate"], again["warnings"]) == (1, [])
