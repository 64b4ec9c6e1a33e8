"""Changing and deleting meters over HTTP: what readings fix, and what may still be said."""

from typing import Any

import httpx
import pytest

from tests.conftest import Make
from tests.support.examples import Service

METERS = "/v1/organizations/acme/meters"
CHANGE = [{"valid_from": "2021-03-02", "interval": "PT1H"}]
REGISTER = {"kind": "register", "interval": None}


@pytest.fixture(autouse=True)
def acme(make_organization: Make, make_plant: Make) -> None:
    make_organization()
    make_plant()


def post_reading(client: httpx.Client, meter: str = "grid") -> None:
    body = {"readings": [{"meter": meter, "timestamp": "2021-03-01T00:00:00+08:00", "value": 1.5}]}
    answer = client.post("/v1/organizations/acme/readings", json=body)
    assert (answer.status_code, answer.json()["inserted"]) == (200, 1), answer.text


def test_a_patch_must_leave_the_meter_sound(client: httpx.Client, make_meter: Make) -> None:
    made = make_meter(max_rate=100)

    refused = client.patch(f"{METERS}/grid", json={"kind": "event"})
    done = client.patch(f"{METERS}/grid", json={"kind": "register", "interval": None, "register_modulus": 100000})

    assert refused.json()["errors"][0]["field"] == "max_rate"
    assert done.json() == {
        **made,
        "kind": "register",
        "interval": None,
        "timestamp_edge": None,
        "edge_assumed": False,
        "register_modulus": 100000,
    }


@pytest.mark.parametrize(
    "change",
    [
        {"unit": "MWh"},
        {"multiplier": 2},
        {"resource": "electricity.green"},
        {"interval": "PT1H"},
        {"timestamp_edge": "interval_end"},
        {"plant": "second"},
        {"kind": "event", "timestamp_edge": None},
    ],
)
def test_what_readings_mean_is_fixed_once_there_are_any(
    client: httpx.Client, make_plant: Make, make_meter: Make, change: dict[str, Any]
) -> None:
    make_plant(code="second")
    made = make_meter(timestamp_edge="interval_start")
    post_reading(client)

    answer = client.patch(f"{METERS}/grid", json=change)

    assert (answer.status_code, answer.json()["code"]) == (409, "meter_has_readings")
    assert "register a new meter that `replaces` 'grid'" in answer.json()["detail"]
    assert client.get(f"{METERS}/grid").json() == made


def test_an_edge_that_was_assumed_can_be_stated_once_and_what_is_stored_counts_by_it(
    client: httpx.Client, make_meter: Make, service: Service
) -> None:
    make_meter()
    post_reading(client)
    service.roll()
    rollups = {"grain": "day", "meter": "grid"}
    before = client.get("/v1/organizations/acme/rollups", params=rollups).json()["items"]

    stated = client.patch(f"{METERS}/grid", json={"timestamp_edge": "interval_end"})
    service.roll()
    after = client.get("/v1/organizations/acme/rollups", params=rollups).json()["items"]
    again = client.patch(f"{METERS}/grid", json={"timestamp_edge": "interval_start"})

    assert (stated.json()["timestamp_edge"], stated.json()["edge_assumed"]) == ("interval_end", False)
    assert [(each["start"], each["quantity"]) for each in before] == [("2021-02-28T16:00:00Z", 1.5)]
    assert [(each["start"], each["quantity"]) for each in after] == [("2021-02-27T16:00:00Z", 1.5)]
    assert (again.status_code, again.json()["code"]) == (409, "meter_has_readings")


def test_stating_the_edge_that_was_assumed_makes_it_stated(client: httpx.Client, make_meter: Make) -> None:
    make_meter()
    post_reading(client)

    kept = client.patch(f"{METERS}/grid", json={"name": "Grid"})
    stated = client.patch(f"{METERS}/grid", json={"timestamp_edge": "interval_start"})

    assert (kept.json()["edge_assumed"], stated.json()["edge_assumed"]) == (True, False)
    assert client.patch(f"{METERS}/grid", json={"timestamp_edge": "interval_end"}).status_code == 409
    assert make_meter(code="told", timestamp_edge="interval_start")["edge_assumed"] is False


def test_what_readings_do_not_rest_on_still_changes(client: httpx.Client, make_meter: Make) -> None:
    made = make_meter()
    post_reading(client)
    change = {"name": "Renamed", "counts": False, "max_rate": 400, "in_service_from": "2021-01-01"}

    answer = client.patch(f"{METERS}/grid", json={**change, "unit": "kWh", "multiplier": 1.0})

    assert answer.status_code == 200
    assert answer.json() == {**made, **change}


def test_a_meter_with_readings_is_not_deleted(client: httpx.Client, make_meter: Make) -> None:
    make_meter()
    post_reading(client)

    answer = client.delete(f"{METERS}/grid")

    assert (answer.status_code, answer.json()["code"]) == (409, "meter_has_readings")


def test_a_meter_that_another_refers_to_is_not_deleted(client: httpx.Client, make_meter: Make) -> None:
    make_meter()
    make_meter(code="sub", parent="grid")

    refused = client.delete(f"{METERS}/grid")
    client.patch(f"{METERS}/sub", json={"parent": None})
    done = client.delete(f"{METERS}/grid")

    assert (refused.status_code, refused.json()["code"]) == (409, "still_in_use")
    assert (done.status_code, client.get(f"{METERS}/grid").status_code) == (204, 404)


def test_a_counter_that_returns_to_zero_has_no_exchanges_and_keeps_its_way_of_counting(
    client: httpx.Client, make_meter: Make
) -> None:
    make_meter(**REGISTER, register_reset="daily")
    post_reading(client)
    swap = {"at": "2021-03-01T12:00:00+08:00", "final_value": 8, "first_value": 0, "reason": "swapped"}

    exchange = client.post(f"{METERS}/grid/exchanges", json=swap)
    other = client.patch(f"{METERS}/grid", json={"register_reset": "monthly"})
    turned = client.patch(f"{METERS}/grid", json={"register_reset": None, "register_direction": "down"})

    assert (exchange.status_code, exchange.json()["errors"][0]["field"]) == (422, "meter")
    assert "withdraw readings that are wrong" in exchange.json()["errors"][0]["detail"]
    assert [each.json()["code"] for each in (other, turned)] == ["meter_has_readings"] * 2


def test_the_organization_says_whether_its_meters_are_held_against_their_history(
    client: httpx.Client, make_meter: Make
) -> None:
    make_meter(interval="P1D")
    make_meter(code="own", interval="P1D", plausibility="history")

    def posted(day: int, value: float) -> int:
        rows = [
            {"meter": meter, "timestamp": f"2021-01-{day:02d}T00:00:00+08:00", "value": value}
            for meter in ("grid", "own")
        ]
        answer = client.post("/v1/organizations/acme/readings", json={"readings": rows})
        assert answer.status_code == 200, answer.text
        suspect: int = answer.json()["suspect"]
        return suspect

    assert sum(posted(day, 5) for day in range(1, 13)) == 0
    assert client.get("/v1/organizations/acme").json()["plausibility"] == "history"
    assert posted(13, 101) == 2
    assert client.patch("/v1/organizations/acme", json={"plausibility": "off"}).json()["plausibility"] == "off"
    assert posted(14, 101) == 1
    assert client.patch(f"{METERS}/own", json={"plausibility": None}).status_code == 200
    assert posted(15, 1_000) == 0


def test_registers_are_judged_anew_when_the_organization_or_the_meter_says_so(
    client: httpx.Client, service: Service, make_meter: Make
) -> None:
    make_meter(**REGISTER)
    make_meter(code="own", **REGISTER, plausibility="history")
    totals = [*range(0, 50, 5), 9_000, 9_005]
    rows = [
        {"meter": meter, "timestamp": f"2021-01-{day:02d}T00:00:00+08:00", "value": value}
        for meter in ("grid", "own")
        for day, value in enumerate(totals, start=1)
    ]
    client.post("/v1/organizations/acme/readings", json={"readings": rows})

    def years() -> list[Any]:
        service.roll()
        items = client.get("/v1/organizations/acme/rollups", params={"grain": "year"}).json()["items"]
        return [each["quantity"] for each in items]

    assert years() == [50, 50]
    client.patch("/v1/organizations/acme", json={"plausibility": "off"})
    assert years() == [9_005, 50]
    client.patch(f"{METERS}/own", json={"plausibility": "off"})
    assert years() == [9_005, 9_005]


@pytest.mark.parametrize(
    ("edge", "stamps"),
    [
        ("interval_start", ["2021-03-01T23:45:00", "2021-03-02T00:00:00", "2021-03-02T01:00:00"]),
        ("interval_end", ["2021-03-02T00:00:00", "2021-03-02T01:00:00", "2021-03-02T02:00:00"]),
    ],
)
def test_an_interval_changes_on_a_day_and_what_was_read_before_keeps_its_own(
    client: httpx.Client, service: Service, make_meter: Make, edge: str, stamps: list[str]
) -> None:
    make_meter(timestamp_edge=edge, max_rate=2)
    rows = [
        {"meter": "grid", "timestamp": f"{stamp}+08:00", "value": value}
        for stamp, value in zip(stamps, (0.25, 2, 2.1), strict=True)
    ]

    client.post("/v1/organizations/acme/readings", json={"readings": rows[:1]})
    undated = client.patch(f"{METERS}/grid", json={"interval": "PT1H"})
    dated = client.patch(f"{METERS}/grid", json={"interval_changes": CHANGE})
    outcome = client.post("/v1/organizations/acme/readings", json={"readings": rows[1:]}).json()

    assert (undated.status_code, undated.json()["code"]) == (409, "meter_has_readings")
    assert "from which day on in its interval_changes" in undated.json()["detail"]
    assert dated.json()["interval_changes"] == CHANGE
    assert (outcome["inserted"], outcome["suspect"]) == (2, 1)
    service.roll()
    days = client.get("/v1/organizations/acme/rollups", params={"grain": "day"}).json()["items"]
    found = [(day["start"], day["quantity"], day["coverage"]) for day in days]
    assert found == [
        ("2021-02-28T16:00:00Z", 0.25, 0.010416666667),
        ("2021-03-01T16:00:00Z", 2, 0.041666666667),
    ]
    assert client.patch(f"{METERS}/grid", json={"interval_changes": []}).json()["interval_changes"] == []
    service.roll()
    days = client.get("/v1/organizations/acme/rollups", params={"grain": "day"}).json()["items"]
    assert sum(day["coverage"] for day in days) == pytest.approx(2 * 0.010416666667)
