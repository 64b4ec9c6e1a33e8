"""Meters of fuels in the units people are billed in: what must be stated with them, and what can never be added."""

from typing import Any

import httpx
import pytest

from tests.conftest import Make

METERS = "/v1/organizations/acme/meters"
GAS = {
    "code": "gas",
    "plant": "main",
    "resource": "fuel.natural_gas",
    "kind": "interval",
    "unit": "m3",
    "interval": "P1M",
}


@pytest.fixture(autouse=True)
def acme(make_organization: Make, make_plant: Make) -> None:
    make_organization()
    make_plant()


def _post(client: httpx.Client, **fields: Any) -> httpx.Response:
    return client.post(METERS, json={**GAS, **fields})


def _errors(answer: httpx.Response) -> list[tuple[str, str]]:
    assert answer.status_code == 422, answer.text
    return [(error["field"], error["code"]) for error in answer.json()["errors"]]


@pytest.mark.parametrize(
    "fields",
    [
        {"unit": "kWh", "basis": "gross"},
        {"unit": "therm", "basis": "gross"},
        {"unit": "MMBtu", "basis": "net"},
        {"unit": "Gcal", "basis": "net"},
        {"unit": "ccf"},
        {"unit": "Mcf", "reference_conditions": "60F"},
        {"unit": "Nm3"},
        {"unit": "Nm3", "reference_conditions": "0C"},
        {"unit": "m3", "reference_conditions": "25C"},
        {"unit": "t"},
        {"resource": "fuel.diesel", "unit": "gal_uk"},
        {"resource": "fuel.diesel", "unit": "bbl"},
        {"resource": "fuel.diesel", "unit": "kg"},
        {"resource": "fuel.coal.bituminous", "unit": "short_ton"},
        {"resource": "fuel.lpg", "unit": "kL"},
        {"resource": "fuel.lpg", "unit": "Nm3"},
        {"resource": "fuel.lpg", "unit": "m3", "reference_conditions": "15C"},
    ],
)
def test_a_fuel_is_metered_in_energy_volume_or_mass(client: httpx.Client, fields: dict[str, Any]) -> None:
    answer = _post(client, **fields)
    assert answer.status_code == 201, answer.text
    assert {name: answer.json()[name] for name in fields} == fields


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"unit": "kWh"}, ("basis", "missing")),
        ({"unit": "MMBtu"}, ("basis", "missing")),
        ({"unit": "m3", "basis": "gross"}, ("basis", "not_applicable")),
        ({"resource": "electricity.grid", "unit": "kWh", "basis": "gross"}, ("basis", "not_applicable")),
        ({"unit": "kWh", "basis": "gross", "reference_conditions": "0C"}, ("reference_conditions", "not_applicable")),
        ({"unit": "Sm3", "reference_conditions": "0C"}, ("reference_conditions", "contradicts_unit")),
        (
            {"resource": "fuel.diesel", "unit": "L", "reference_conditions": "15C"},
            ("reference_conditions", "not_applicable"),
        ),
        (
            {"resource": "water.withdrawal", "unit": "m3", "reference_conditions": "0C"},
            ("reference_conditions", "not_applicable"),
        ),
        ({"resource": "water.withdrawal", "unit": "Nm3"}, ("unit", "unit_mismatch")),
        ({"resource": "water.withdrawal", "unit": "kWh", "basis": "net"}, ("unit", "unit_mismatch")),
        ({"resource": "electricity.grid", "unit": "m3"}, ("unit", "unit_mismatch")),
        ({"resource": "fuel.diesel", "unit": "Nm3"}, ("unit", "unit_mismatch")),
        ({"unit": "m2"}, ("unit", "unit_mismatch")),
        ({"unit": "cwt"}, ("unit", "unknown_unit")),
        ({"attributes": {"renewable_share": "7 %"}}, ("attributes", "unknown_attribute")),
        ({"attributes": {"renewable_share": "1.07"}}, ("attributes", "unknown_attribute")),
    ],
)
def test_what_is_missing_or_contradicts_is_refused(
    client: httpx.Client, fields: dict[str, Any], error: tuple[str, str]
) -> None:
    assert _errors(_post(client, **fields)) == [error]
    assert client.get(f"{METERS}/gas").status_code == 404


def test_a_refusal_names_what_fits(client: httpx.Client) -> None:
    (error,) = _post(client, unit="kWh").json()["errors"]
    assert error["detail"] == (
        "a meter of fuel.natural_gas in kWh states on which heating value: `gross` (higher), as most gas bills are,"
        " or `net` (lower)"
    )
    (error,) = _post(client, resource="fuel.diesel", unit="m2").json()["errors"]
    assert error["detail"].startswith(
        "m2 is a unit of area, not of volume or energy or mass; use one of mL, L, kL, m3,"
    )


@pytest.mark.parametrize("field", [{"basis": "higher"}, {"reference_conditions": "32F"}])
def test_other_words_are_refused(client: httpx.Client, field: dict[str, str]) -> None:
    assert _errors(_post(client, unit="kWh", **field))[0][0] in field


def test_what_readings_mean_is_fixed_once_there_are_any(client: httpx.Client) -> None:
    assert _post(client, unit="kWh", basis="net").status_code == 201
    assert client.patch(f"{METERS}/gas", json={"basis": "gross"}).json()["basis"] == "gross"
    row = {"meter": "gas", "timestamp": "2021-03-01T00:00:00+08:00", "value": 1}
    assert client.post("/v1/organizations/acme/readings", json={"readings": [row]}).status_code == 200
    refused = client.patch(f"{METERS}/gas", json={"basis": "net"})
    assert (refused.status_code, refused.json()["code"]) == (409, "meter_has_readings")
    refused = client.patch(f"{METERS}/gas", json={"unit": "m3", "basis": None, "reference_conditions": "0C"})
    assert refused.status_code == 409
    assert all(name in refused.json()["detail"] for name in ("unit", "basis", "reference_conditions"))


@pytest.mark.parametrize(
    ("parent", "child", "fits"),
    [
        ({"unit": "m3"}, {"unit": "ft3"}, True),
        ({"unit": "Nm3"}, {"unit": "Sm3"}, True),
        ({"unit": "m3"}, {"unit": "Nm3"}, False),
        ({"unit": "m3", "reference_conditions": "0C"}, {"unit": "m3", "reference_conditions": "15C"}, False),
        ({"unit": "m3"}, {"unit": "kWh", "basis": "gross"}, False),
        ({"unit": "MWh", "basis": "net"}, {"unit": "kWh", "basis": "gross"}, False),
        ({"unit": "MWh", "basis": "net"}, {"unit": "kWh", "basis": "net"}, True),
    ],
)
def test_sub_meters_are_measured_as_their_parent_is(
    client: httpx.Client, parent: dict[str, Any], child: dict[str, Any], fits: bool
) -> None:
    assert _post(client, code="main-gas", **parent).status_code == 201
    answer = _post(client, code="boiler", parent="main-gas", counts=False, **child)
    if fits:
        assert answer.status_code == 201
        balance = client.get(
            f"{METERS}/main-gas/balance", params={"start": "2021-01-01T00:00:00Z", "end": "2021-02-01T00:00:00Z"}
        )
        assert balance.status_code == 200, balance.text
    else:
        assert _errors(answer) == [("parent", "unit_mismatch")]


def test_a_parent_cannot_become_something_its_sub_meters_do_not_add_up_to(client: httpx.Client) -> None:
    assert _post(client, code="main-gas").status_code == 201
    assert _post(client, code="boiler", parent="main-gas", counts=False).status_code == 201
    refused = client.patch(f"{METERS}/main-gas", json={"unit": "kWh", "basis": "gross"})
    assert _errors(refused) == [("unit", "unit_mismatch")]
    assert "its sub-meter 'boiler' is metered in m3" in refused.json()["errors"][0]["detail"]


def test_a_meter_in_energy_replaces_one_in_volume(client: httpx.Client) -> None:
    assert _post(client, code="old").status_code == 201
    assert _post(client, code="new", replaces="old", unit="kWh", basis="gross").status_code == 201


def test_the_catalogue_lists_every_unit_of_a_fuel(client: httpx.Client) -> None:
    units = {item["key"]: item["units"] for item in client.get("/v1/resources").json()["items"]}
    assert {"m3", "ccf", "Nm3", "scf", "kWh", "therm", "t"} <= set(units["fuel.natural_gas"])
    assert {"L", "gal_uk", "kWh", "kg"} <= set(units["fuel.diesel"])
    assert "Nm3" not in units["fuel.diesel"]
    assert units["water.withdrawal"][0] == "mL"
    assert "kWh" not in units["water.withdrawal"]
