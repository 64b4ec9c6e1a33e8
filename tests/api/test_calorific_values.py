"""Calorific values and densities over HTTP: what an organization states beside what ships."""

from typing import Any

import httpx
import pytest

from tests.conftest import Make

ORGANIZATION = "/v1/organizations/acme"
VALUES = f"{ORGANIZATION}/calorific-values"
BILL = {
    "code": "gas-2024",
    "resource": "fuel.natural_gas",
    "region": "main",
    "per": "m3",
    "hhv": 11.2,
    "lhv": 10.1,
    "energy_unit": "kWh",
    "reference_conditions": "0C",
    "valid_from": "2024-01-01",
    "valid_to": "2025-01-01",
    "source": "the network operator's bill",
}


@pytest.fixture(autouse=True)
def acme(make_organization: Make, make_plant: Make) -> None:
    make_organization()
    make_plant()


def _post(client: httpx.Client, **fields: Any) -> httpx.Response:
    return client.post(VALUES, json={**BILL, **fields})


def _errors(answer: httpx.Response) -> list[tuple[str, str]]:
    assert answer.status_code == 422, answer.text
    return [(error["field"], error["code"]) for error in answer.json()["errors"]]


def test_an_own_value_comes_back_as_it_was_sent(client: httpx.Client) -> None:
    answer = _post(client)

    assert answer.status_code == 201, answer.text
    assert answer.headers["Location"] == f"{VALUES}/gas-2024"
    nothing = dict.fromkeys(("density", "density_unit", "ratio", "published_on", "supersedes", "factor_set"))
    assert answer.json() == {**BILL, **nothing, "attributes": {}, "assumption": False, "own": True}
    assert b'"hhv":11.2,' in answer.content
    assert client.get(f"{VALUES}/gas-2024").json() == answer.json()


def test_shipped_and_own_values_are_listed_together(client: httpx.Client) -> None:
    assert _post(client).status_code == 201
    assert (
        _post(client, code="aa-density", per=None, hhv=None, lhv=None, density=0.8, density_unit="kg/m3").status_code
        == 201
    )
    page = client.get(VALUES, params={"limit": 1}).json()
    assert [item["code"] for item in page["items"]] == ["aa-density"]
    assert client.get(VALUES, params={"limit": 1, "cursor": page["next"]}).json()["items"][0]["own"] is False
    gas = client.get(VALUES, params={"resource": "fuel.natural_gas", "limit": 1000}).json()["items"]
    assert {"gas-2024", "aa-density", "epa_ng_hhv", "cn_mee_default_2025_natural_gas"} <= {item["code"] for item in gas}
    assert {item["resource"] for item in gas} == {"fuel.natural_gas"}
    shipped = client.get(f"{VALUES}/desnz2023_gas_oil").json()
    assert (shipped["lhv"], shipped["hhv"], shipped["density"], shipped["assumption"]) == (42.57, 45.29, 0.854, True)
    ratio = client.get(f"{VALUES}/ipcc2006_ncv_gcv_natural_gas").json()
    assert (ratio["ratio"], ratio["per"], ratio["assumption"]) == (0.9, None, True)


@pytest.mark.parametrize(
    ("fields", "errors"),
    [
        ({"hhv": 10.0}, [("hhv", "hhv_below_lhv")]),
        ({"hhv": 0}, [("hhv", "greater_than")]),
        ({"lhv": -1}, [("lhv", "greater_than")]),
        ({"density": 0, "density_unit": "kg/m3"}, [("density", "greater_than")]),
        ({"density": 0.8}, [("density_unit", "missing")]),
        ({"density": 0.8, "density_unit": "kg"}, [("density_unit", "unit_mismatch")]),
        ({"density": 0.8, "density_unit": "kg/gallon"}, [("density_unit", "unknown_unit")]),
        ({"per": None}, [("per", "missing")]),
        ({"per": "kWh"}, [("per", "unit_mismatch")]),
        ({"per": "bushel"}, [("per", "unknown_unit")]),
        ({"energy_unit": "m3"}, [("energy_unit", "unit_mismatch")]),
        ({"lhv": None, "hhv": None, "per": None}, [("lhv", "nothing_stated")]),
        ({"per": "Sm3"}, [("reference_conditions", "contradicts_unit")]),
        ({"per": "t"}, [("reference_conditions", "not_applicable")]),
        ({"resource": "fuel.diesel", "per": "L"}, [("reference_conditions", "not_applicable")]),
        ({"resource": "fuel.diesel", "per": "Nm3", "reference_conditions": None}, [("per", "unit_mismatch")]),
        ({"resource": "electricity.grid", "per": "kg"}, [("resource", "not_a_fuel")]),
        ({"resource": "fuel.moonlight"}, [("resource", "unknown_resource")]),
        ({"attributes": {"colour": "blue"}}, [("attributes", "unknown_attribute")]),
        ({"region": "South China"}, [("region", "unknown_region")]),
        ({"region": "other-plant"}, [("region", "unknown_region")]),
        ({"valid_to": "2024-01-01"}, [("valid_to", "invalid_period")]),
        ({"supersedes": "nothing"}, [("supersedes", "unknown_calorific_value")]),
        ({"supersedes": "epa_distillate2_hhv"}, [("supersedes", "calorific_value_of_another_resource")]),
    ],
)
def test_what_does_not_hold_is_refused_and_not_stored(
    client: httpx.Client, fields: dict[str, Any], errors: list[tuple[str, str]]
) -> None:
    assert _errors(_post(client, **fields)) == errors
    assert client.get(f"{VALUES}/gas-2024").status_code == 404


def test_an_unknown_region_is_told_what_was_likely_meant(client: httpx.Client) -> None:
    (error,) = _post(client, region="Bavaria").json()["errors"]
    assert "DE-BY (Bayern)" in error["detail"] or "GET /v1/regions lists them" in error["detail"]


@pytest.mark.parametrize("region", ["main", "CN", "GLOBAL", "DE-BY", "US-CAMX"])
def test_a_value_holds_for_a_plant_a_region_or_everywhere(client: httpx.Client, region: str) -> None:
    assert _post(client, region=region).status_code == 201


def test_values_of_one_place_may_not_overlap_untold(client: httpx.Client) -> None:
    assert _post(client).status_code == 201
    overlapping = _post(client, code="again", valid_from="2024-12-31", valid_to=None)
    assert _errors(overlapping) == [("valid_from", "overlapping_window")]
    assert overlapping.json()["errors"][0]["detail"] == (
        "'gas-2024' states a higher heating value of fuel.natural_gas for main from 2024-01-01 to 2025-01-01 too:"
        " name it in `supersedes`, or state a later published_on"
    )
    assert _post(client, code="next", valid_from="2025-01-01", valid_to=None).status_code == 201
    assert _post(client, code="elsewhere", region="CN").status_code == 201
    assert _post(client, code="by-mass", per="t", hhv=15000, lhv=13600, reference_conditions=None).status_code == 201
    density = {"per": None, "hhv": None, "lhv": None, "density": 0.8, "density_unit": "kg/m3"}
    assert _post(client, code="density", **density).status_code == 201
    assert _errors(_post(client, code="density-2", **density)) == [("valid_from", "overlapping_window")]
    assert _post(client, code="corrected", supersedes="gas-2024", hhv=11.3).status_code == 201
    assert _post(client, code="corrected-again", supersedes="corrected", hhv=11.4).status_code == 201


def test_a_code_is_taken_once(client: httpx.Client) -> None:
    assert _post(client).status_code == 201
    for code in ("gas-2024", "epa_ng_hhv"):
        answer = _post(client, code=code, valid_from="2026-01-01", valid_to=None)
        assert (answer.status_code, answer.json()["code"]) == (409, "duplicate_code")


def test_nothing_is_edited_or_deleted(client: httpx.Client) -> None:
    assert _post(client).status_code == 201
    for method in ("PATCH", "PUT", "DELETE"):
        answer = client.request(method, f"{VALUES}/gas-2024")
        assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, HEAD, OPTIONS")
    answer = client.get(f"{VALUES}/none")
    assert (answer.status_code, answer.json()["detail"]) == (404, "There is no calorific value 'none'")


def test_an_organization_with_calorific_values_is_not_deleted(client: httpx.Client) -> None:
    assert _post(client, region="CN").status_code == 201
    assert client.delete(f"{ORGANIZATION}/plants/main").status_code == 204
    answer = client.delete(ORGANIZATION)
    assert (answer.status_code, answer.json()["detail"]) == (409, "The organization 'acme' still has calorific values")


def test_a_fuel_of_ones_own_has_values_too(client: httpx.Client) -> None:
    own = {"key": "fuel.bagasse", "title": "Bagasse", "unit": "t", "origin": "renewable"}
    assert client.post(f"{ORGANIZATION}/resources", json=own).status_code == 201
    answer = _post(
        client, resource="fuel.bagasse", per="t", hhv=None, lhv=7.5, energy_unit="GJ", reference_conditions=None
    )
    assert answer.status_code == 201, answer.text
    refused = client.delete(f"{ORGANIZATION}/resources/fuel.bagasse")
    assert (refused.status_code, refused.json()["detail"]) == (
        409,
        "The calorific value 'gas-2024' refers to the resource 'fuel.bagasse'",
    )
