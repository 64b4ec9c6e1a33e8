"""Meters over HTTP."""

from typing import Any

import httpx
import pytest

from tests.conftest import Make

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
