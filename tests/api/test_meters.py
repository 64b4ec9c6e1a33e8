"""Meters over HTTP."""

from typing import Any

import httpx
import pytest

from tests.conftest import Make
from tests.support.examples import Service

METERS = "/v1/organizations/acme/meters"
GRID = {
    "code": "grid",
    "plant": "main",
    "name": "Main supply",
    "resource": "electricity.grid",
    "kind": "interval",
    "unit": "kWh",
    "interval": "PT15M",
}
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


def test_a_meter_is_created_with_the_documented_defaults(client: httpx.Client) -> None:
    answer = client.post(METERS, json=GRID)

    assert answer.status_code == 201
    assert answer.headers["Location"] == f"{METERS}/grid"
    created = answer.json()
    assert created.pop("created_at").endswith("Z")
    assert created == {
        **GRID,
        "attributes": {},
        "basis": None,
        "reference_conditions": None,
        "timestamp_edge": "interval_start",
        "edge_assumed": True,
        "multiplier": 1,
        "register_modulus": None,
        "max_rate": None,
        "dip_tolerance": None,
        "parent": None,
        "counts": True,
        "replaces": None,
        "in_service_from": None,
        "in_service_to": None,
        "estimates_gaps": False,
        "register_direction": None,
        "register_reset": None,
        "plausibility": None,
        "annual_expectation": None,
        "interval_changes": [],
    }
    assert client.get(f"{METERS}/grid").json()["interval"] == "PT15M"


def test_numbers_days_and_references_come_back_as_they_were_sent(client: httpx.Client, make_meter: Make) -> None:
    make_meter(code="old")
    make_meter(code="feeder")
    body = (
        b'{"code":"new","plant":"main","resource":"electricity.grid","kind":"register","unit":"MWh",'
        b'"multiplier":0.333333333333333333,"register_modulus":1000000,"max_rate":0.1,"dip_tolerance":0,'
        b'"parent":"feeder","replaces":"old","counts":false,'
        b'"in_service_from":"2021-01-01","in_service_to":"2022-01-01"}'
    )

    answer = client.post(METERS, content=body, headers={"Content-Type": "application/json"})

    assert answer.status_code == 201, answer.text
    assert b'"multiplier":0.333333333333333333,"register_modulus":1000000,"max_rate":0.1,' in answer.content
    assert b'"dip_tolerance":0,"parent":"feeder","counts":false,"replaces":"old"' in answer.content
    assert b'"in_service_from":"2021-01-01","in_service_to":"2022-01-01"' in answer.content


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"resource": "electricity.magic"}, "resource", "unknown_resource"),
        ({"unit": "furlong"}, "unit", "unknown_unit"),
        ({"unit": "m3"}, "unit", "unit_mismatch"),
        ({"unit": "kwh"}, "unit", "unknown_unit"),
        ({"plant": "nowhere"}, "plant", "unknown_plant"),
        ({"kind": "gauge", "interval": None}, "kind", "kind_mismatch"),
        ({"kind": "weird"}, "kind", "enum"),
        ({"interval": None}, "interval", "missing"),
        ({"interval": "15min"}, "interval", "string_pattern_mismatch"),
        ({"interval": "PT١٥M"}, "interval", "string_pattern_mismatch"),
        ({"interval": "PT0M"}, "interval", "invalid_interval"),
        ({"interval": "P99Y"}, "interval", "invalid_interval"),
        ({"kind": "event", "estimates_gaps": True}, "estimates_gaps", "not_applicable"),
        ({"kind": "event", "interval": None, "interval_changes": CHANGE}, "interval_changes", "not_applicable"),
        ({"estimates_gaps": True, "interval_changes": CHANGE}, "interval_changes", "not_applicable"),
        ({"interval_changes": [*CHANGE, *CHANGE]}, "interval_changes", "not_in_order"),
        ({"interval": "P1M", "interval_changes": CHANGE}, "interval_changes", "not_applicable"),
        ({"interval_changes": [{**CHANGE[0], "interval": "PT0M"}]}, "interval_changes", "invalid_interval"),
        ({"interval_changes": [{"valid_from": "2021-03-01"}]}, "interval", "missing"),
        ({"kind": "event", "annual_expectation": 5}, "annual_expectation", "not_applicable"),
        ({"annual_expectation": 0}, "annual_expectation", "greater_than"),
        ({"plausibility": "on"}, "plausibility", "enum"),
        ({"register_direction": "down"}, "register_direction", "not_applicable"),
        ({"register_reset": "daily"}, "register_reset", "not_applicable"),
        ({**REGISTER, "register_direction": "net", "dip_tolerance": 1}, "dip_tolerance", "not_applicable"),
        ({**REGISTER, "register_reset": "daily", "register_direction": "down"}, "register_direction", "not_applicable"),
        ({**REGISTER, "register_reset": "daily", "register_modulus": 100}, "register_modulus", "not_applicable"),
        ({"kind": "event", "timestamp_edge": "interval_end"}, "timestamp_edge", "not_applicable"),
        ({"register_modulus": 1000}, "register_modulus", "not_applicable"),
        ({"dip_tolerance": 1}, "dip_tolerance", "not_applicable"),
        ({"kind": "event", "max_rate": 1}, "max_rate", "not_applicable"),
        ({"multiplier": 0}, "multiplier", "greater_than"),
        ({"multiplier": -1}, "multiplier", "greater_than"),
        ({"multiplier": "+2"}, "multiplier", "number_type"),
        ({"max_rate": -1}, "max_rate", "greater_than_equal"),
        ({"parent": "nobody"}, "parent", "unknown_meter"),
        ({"parent": "grid"}, "parent", "refers_to_itself"),
        ({"replaces": "nobody"}, "replaces", "unknown_meter"),
        ({"in_service_from": "2021-06-01", "in_service_to": "2021-06-01"}, "in_service_to", "invalid_period"),
        ({"in_service_from": "20210601"}, "in_service_from", "day"),
        ({"in_service_from": "2021-02-30"}, "in_service_from", "day"),
        ({"in_service_from": 18000}, "in_service_from", "day"),
        ({"attributes": {"colour": "red"}}, "attributes", "unknown_attribute"),
        ({"attributes": {"colour": None}}, "attributes.colour", "string_type"),
        ({"attributes": "red"}, "attributes", "dict_type"),
        ({"counts": "yes"}, "counts", "bool_type"),
        ({"owner": "me"}, "owner", "extra_forbidden"),
    ],
)
def test_a_bad_field_of_a_meter_is_named(client: httpx.Client, change: dict[str, Any], field: str, code: str) -> None:
    answer = client.post(METERS, json={**GRID, **change})

    assert answer.status_code == 422
    assert [(each["field"], each["code"]) for each in answer.json()["errors"]] == [(field, code)]
    assert client.get(METERS).json()["items"] == []


def test_a_unit_of_the_wrong_dimension_is_answered_with_those_that_fit(client: httpx.Client) -> None:
    answer = client.post(METERS, json={**GRID, "unit": "m3"})

    assert answer.json()["errors"][0]["detail"] == (
        "m3 is a unit of volume, not of energy; use one of Wh, kWh, MWh, GWh, kJ, MJ, GJ, TJ, kgce, tce, therm, MMBtu,"
        " Dth, therm_us, Btu, kcal, Mcal, Gcal, toe, ktoe"
    )


def test_every_problem_of_a_meter_is_told_at_once(client: httpx.Client) -> None:
    answer = client.post(METERS, json={**GRID, "unit": "m3", "plant": "nowhere", "interval": None})

    assert [each["field"] for each in answer.json()["errors"]] == ["unit", "interval", "plant"]


@pytest.mark.parametrize("unit", ["currency", "CNY"])
def test_a_revenue_ledger_is_in_currency_or_in_the_organizations_own(client: httpx.Client, unit: str) -> None:
    ledger = {**GRID, "code": "sales", "resource": "revenue.product", "interval": "P1M", "unit": unit}

    assert client.post(METERS, json=ledger).status_code == 201
    assert client.post(METERS, json={**ledger, "code": "abroad", "unit": "EUR"}).status_code == 422


def test_booleans_and_numbers_of_attributes_are_kept_as_their_json_text(client: httpx.Client) -> None:
    diesel = {**GRID, "code": "truck", "resource": "fuel.diesel", "kind": "event", "unit": "L", "interval": None}
    water = {**GRID, "code": "well", "resource": "water.withdrawal", "unit": "m3"}

    first = client.post(METERS, json={**diesel, "attributes": {"use": "vehicle", "renewable_share": 0.25}})
    second = client.post(METERS, json={**water, "attributes": {"freshwater": True, "source": "well"}})

    assert first.json()["attributes"] == {"use": "vehicle", "renewable_share": "0.25"}
    assert second.json()["attributes"] == {"freshwater": "true", "source": "well"}


def test_an_event_meter_may_declare_how_often_it_reports(make_meter: Make) -> None:
    made = make_meter(code="ash", resource="waste.nonhazardous", kind="event", unit="t", interval="P1M")

    assert (made["interval"], made["timestamp_edge"]) == ("P1M", None)


def test_filters_narrow_the_list(client: httpx.Client, make_plant: Make, make_meter: Make) -> None:
    make_plant(code="second")
    make_meter(code="a")
    make_meter(code="b", plant="second")
    make_meter(code="c", resource="water.withdrawal", unit="m3", kind="register", interval=None)

    def codes(**query: str) -> list[str]:
        return [item["code"] for item in client.get(METERS, params=query).json()["items"]]

    assert codes() == ["a", "b", "c"]
    assert codes(plant="second") == ["b"]
    assert codes(resource="water.withdrawal") == ["c"]
    assert codes(kind="interval") == ["a", "b"]
    assert codes(kind="interval", plant="main") == ["a"]
    assert client.get(METERS, params={"kind": "abacus"}).status_code == 422
    first = client.get(METERS, params={"kind": "interval", "limit": 1}).json()
    assert [first["items"][0]["code"], codes(kind="interval", limit="1", cursor=first["next"])] == ["a", ["b"]]


def test_meters_cannot_be_each_others_ancestors(client: httpx.Client, make_meter: Make) -> None:
    make_meter(code="a")
    make_meter(code="b", parent="a", replaces="a")
    make_meter(code="c", parent="b", replaces="b")
    make_meter(code="gas", resource="fuel.natural_gas", unit="m3")

    for field in ("parent", "replaces"):
        cycle = client.patch(f"{METERS}/a", json={field: "c"})
        itself = client.patch(f"{METERS}/a", json={field: "a"})
        foreign = client.patch(f"{METERS}/a", json={field: "gas"})
        codes = [answer.json()["errors"][0]["code"] for answer in (cycle, itself, foreign)]
        assert codes == ["cycle", "refers_to_itself", "unit_mismatch"]


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


def test_the_catalogue_lists_units_kinds_and_attributes(client: httpx.Client) -> None:
    items = {item["key"]: item for item in client.get("/v1/resources").json()["items"]}

    assert items["headcount"] == {
        "key": "headcount",
        "title": "Head count",
        "unit": "person",
        "units": ["person"],
        "kinds": ["stock"],
        "attributes": [],
        "origin": None,
        "fuel_group": None,
        "aspect": "profile",
        "scope": None,
        "own": False,
        "energy_content": None,
    }
    assert (items["fuel.coke_oven_gas"]["unit"], items["fuel.coke_oven_gas"]["fuel_group"]) == ("m3", "coal")
    assert (items["fuel.biogas"]["origin"], items["fuel.hydrogen"]["origin"]) == ("renewable", None)
    assert items["fuel.diesel"]["attributes"][0] == {"name": "use", "values": ["stationary", "vehicle", "off_road"]}


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
