"""Values that are a unit's slip away from anything there is are refused at every door, and nothing is stored."""

from typing import Any

import httpx
import pytest

from tests.conftest import Make

ORGANIZATION = "/v1/organizations/acme"
GRID = {"code": "supplier", "resource": "electricity.grid", "region": "CN", "method": "location", "per": "kWh"}
DATED = {"valid_from": "2024-01-01", "source": "a list"}


@pytest.fixture(autouse=True)
def acme(make_organization: Make, make_plant: Make) -> None:
    make_organization()
    make_plant()


def refused(client: httpx.Client, path: str, body: Any) -> list[tuple[str, str]]:
    answer = client.post(f"{ORGANIZATION}/{path}", json=body)
    assert answer.status_code == 422, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    return [(each["field"], each["code"]) for each in answer.json()["errors"]]


def test_grams_for_kilograms_are_refused_alone_and_among_many(client: httpx.Client) -> None:
    slip = {**GRID, **DATED, "kg_co2": 581}
    assert refused(client, "factors", slip) == [("kg_co2", "implausible")]
    assert refused(client, "factors", {"items": [{**slip, "code": "good", "kg_co2": 0.581}, slip]}) == [
        ("kg_co2", "implausible"),
        ("valid_from", "overlapping_window"),
    ]
    for code in ("supplier", "good"):
        assert client.get(f"{ORGANIZATION}/factors/{code}").status_code == 404


def test_megajoules_for_gigajoules_are_refused_of_calorific_values_and_of_own_resources(client: httpx.Client) -> None:
    gas = {"code": "bill", "resource": "fuel.natural_gas", "region": "main", "per": "m3", "lhv": 35.2, "hhv": 38.9}
    slips = [("lhv", "implausible"), ("hhv", "implausible")]
    assert refused(client, "calorific-values", {**gas, **DATED}) == slips
    resin = {"key": "fuel.resin", "title": "Resin", "unit": "t", "origin": "fossil", "fuel_group": "other"}
    content = {"lhv": 18_500, "source": "a laboratory"}
    assert refused(client, "resources", {**resin, "energy_content": content}) == [("energy_content", "implausible")]
    for path in ("calorific-values/bill", "resources/fuel.resin"):
        assert client.get(f"{ORGANIZATION}/{path}").status_code == 404
    answer = client.post(f"{ORGANIZATION}/calorific-values", json={**gas, **DATED, "energy_unit": "MJ"})
    assert answer.status_code == 201, answer.text
