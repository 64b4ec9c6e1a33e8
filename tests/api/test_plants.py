"""Plants over HTTP."""

from typing import Any

import httpx
import pytest

from tests.conftest import Make

PLANTS = "/v1/organizations/acme/plants"


@pytest.fixture(autouse=True)
def acme(make_organization: Make) -> None:
    make_organization()


def test_a_plant_is_created_with_the_documented_defaults(client: httpx.Client) -> None:
    answer = client.post(PLANTS, json={"code": "north", "name": "North works", "country": "CN"})

    assert answer.status_code == 201
    assert answer.headers["Location"] == f"{PLANTS}/north"
    created = answer.json()
    assert created.pop("created_at").endswith("Z")
    assert created == {
        "code": "north",
        "name": "North works",
        "country": "CN",
        "region": None,
        "timezone": "Asia/Shanghai",
        "grid_region": None,
        "equity_share": 1,
        "operational_control": True,
        "financial_control": True,
        "joint_operation": False,
        "ownership_chain": None,
    }


def test_an_equity_share_comes_back_to_the_last_digit(client: httpx.Client) -> None:
    body = b'{"code":"north","country":"CN","equity_share":0.60000000000000000001}'

    answer = client.post(PLANTS, content=body, headers={"Content-Type": "application/json"})

    assert answer.status_code == 201
    assert b'"equity_share":0.60000000000000000001,' in answer.content
    assert b'"equity_share":0.60000000000000000001,' in client.get(f"{PLANTS}/north").content


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("country", "China", "string_pattern_mismatch"),
        ("country", "cn", "string_pattern_mismatch"),
        ("equity_share", 1.01, "less_than_equal"),
        ("equity_share", -0.1, "greater_than_equal"),
        ("equity_share", "50 %", "number_type"),
        ("equity_share", True, "number_type"),
        ("equity_share", None, "number_type"),
        ("operational_control", "true", "bool_type"),
        ("operational_control", 1, "bool_type"),
        ("timezone", "Beijing", "unknown_timezone"),
        ("grid", "north", "extra_forbidden"),
    ],
)
def test_a_bad_field_of_a_plant_is_named(client: httpx.Client, field: str, value: Any, code: str) -> None:
    answer = client.post(PLANTS, json={"code": "north", "country": "CN", field: value})

    assert answer.status_code == 422
    assert [(each["field"], each["code"]) for each in answer.json()["errors"]] == [(field, code)]


def test_a_plant_code_is_unique_within_its_organization_only(
    client: httpx.Client, make_organization: Make, make_plant: Make
) -> None:
    make_organization(code="other")
    make_plant()
    make_plant("other")

    answer = client.post(PLANTS, json={"code": "main", "country": "CN"})

    assert (answer.status_code, answer.json()["code"]) == (409, "duplicate_code")


def test_a_patch_changes_only_what_is_sent(client: httpx.Client, make_plant: Make) -> None:
    made = make_plant(region="CN-JX", grid_region="CN-CENTRAL")

    answer = client.patch(f"{PLANTS}/main", json={"region": None, "equity_share": 0.6})

    assert answer.json() == {**made, "region": None, "equity_share": 0.6}
    assert client.patch(f"{PLANTS}/main", json={"timezone": None}).status_code == 422
    assert client.patch(f"{PLANTS}/main", json={}).json() == answer.json()


def test_a_plant_is_deleted_only_when_nothing_depends_on_it(
    client: httpx.Client, make_plant: Make, make_meter: Make
) -> None:
    make_plant()
    make_meter()

    refused = client.delete(f"{PLANTS}/main")
    client.delete("/v1/organizations/acme/meters/grid")
    done = client.delete(f"{PLANTS}/main")

    assert (refused.status_code, refused.json()["code"]) == (409, "still_in_use")
    assert done.status_code == 204
    assert client.get(f"{PLANTS}/main").status_code == 404


def test_a_plant_named_by_a_pin_is_not_deleted(client: httpx.Client, make_plant: Make) -> None:
    make_plant()
    pin = {
        "year": 2021,
        "resource": "electricity.*",
        "method": None,
        "plant": "main",
        "factor": "cn_grid_regional_2012_central",
    }
    assert client.put("/v1/organizations/acme/factor-pins", json={"items": [pin]}).status_code == 200

    answer = client.delete(f"{PLANTS}/main")

    assert (answer.status_code, answer.json()["code"]) == (409, "still_in_use")


def test_a_plant_of_another_organization_is_not_there(
    client: httpx.Client, make_organization: Make, make_plant: Make
) -> None:
    make_organization(code="other")
    make_plant("other", code="far")

    assert client.get(f"{PLANTS}/far").status_code == 404
    assert client.get(f"{PLANTS}/bad%00code").status_code == 422
