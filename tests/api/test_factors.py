"""Factors and pins over HTTP."""

from typing import Any

import httpx
import pytest

from tests.conftest import Make

FACTORS = "/v1/organizations/acme/factors"
PINS = "/v1/organizations/acme/factor-pins"
CENTRAL = "cn_grid_regional_2012_central"
OWN = {
    "code": "supplier-2021",
    "resource": "electricity.grid",
    "region": "main",
    "method": "market",
    "per": "MWh",
    "kg_co2": 412.3,
    "valid_from": "2021-01-01",
    "valid_to": "2022-01-01",
    "source": "Supplier statement of 3 March 2022, page 2",
}


@pytest.fixture(autouse=True)
def acme(make_organization: Make) -> None:
    make_organization()


def test_own_and_shipped_factors_are_listed_together_in_order_of_code(client: httpx.Client) -> None:
    client.post(FACTORS, json=OWN)
    seen: list[dict[str, Any]] = []
    cursor: str | None = ""

    while cursor is not None:
        page = client.get(FACTORS, params={"limit": 50, **({"cursor": cursor} if cursor else {})}).json()
        seen += page["items"]
        cursor = page["next"]

    codes = [factor["code"] for factor in seen]
    assert codes == sorted(codes)
    assert len(codes) == len(set(codes))
    assert [factor["code"] for factor in seen if factor["own"]] == ["supplier-2021"]
    assert CENTRAL in codes


def test_a_shipped_factor_can_be_read_by_its_code(client: httpx.Client) -> None:
    answer = client.get(f"{FACTORS}/{CENTRAL}")

    assert answer.status_code == 200
    assert (answer.json()["resource"], answer.json()["own"]) == ("electricity.grid", False)
    assert answer.json()["source"]
    assert client.get(f"{FACTORS}/nothing").status_code == 404


def test_an_own_factor_comes_back_as_it_was_sent(client: httpx.Client) -> None:
    answer = client.post(FACTORS, json=OWN)

    assert answer.status_code == 201
    assert answer.headers["Location"] == f"{FACTORS}/supplier-2021"
    nothing = dict.fromkeys(
        (
            "kg_co2_biogenic",
            "kg_ch4",
            "kg_ch4_nonfossil",
            "kg_n2o",
            "kg_co2e",
            "gwp_set",
            "basis",
            "published_on",
            "edition",
            "supersedes",
            "factor_set",
            "derivation",
        )
    )
    assert answer.json() == {**OWN, **nothing, "attributes": {}, "other_gases": {}, "gases_co2e": {}, "own": True}
    assert client.get(f"{FACTORS}/supplier-2021").json() == answer.json()


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"resource": "magic"}, "resource", "unknown_resource"),
        ({"per": "m3"}, "per", "unit_mismatch"),
        ({"per": "furlong"}, "per", "unknown_unit"),
        ({"kg_co2": -1}, "kg_co2", "greater_than_equal"),
        ({"kg_co2": "1,5"}, "kg_co2", "number_type"),
        ({"kg_co2": None}, "kg_co2e", "gases_or_co2e"),
        ({"kg_co2e": 1}, "kg_co2e", "gases_or_co2e"),
        ({"source": ""}, "source", "string_too_short"),
        ({"source": "  "}, "source", "string_too_short"),
        ({"source": None}, "source", "string_type"),
        ({"valid_to": "2021-01-01"}, "valid_to", "invalid_period"),
        ({"valid_from": "2021"}, "valid_from", "day"),
        ({"method": "both"}, "method", "enum"),
        ({"supersedes": "nothing"}, "supersedes", "unknown_factor"),
        ({"attributes": {"use": "vehicle"}}, "attributes", "unknown_attribute"),
        ({"kg_sf6": 1}, "kg_sf6", "extra_forbidden"),
    ],
)
def test_a_bad_field_of_a_factor_is_named(client: httpx.Client, change: dict[str, Any], field: str, code: str) -> None:
    answer = client.post(FACTORS, json={**OWN, **change})

    assert answer.status_code == 422
    assert [(each["field"], each["code"]) for each in answer.json()["errors"]] == [(field, code)]


@pytest.mark.parametrize("code", ["supplier-2021", CENTRAL])
def test_a_factor_code_cannot_be_taken_twice(client: httpx.Client, code: str) -> None:
    client.post(FACTORS, json=OWN)

    answer = client.post(FACTORS, json={**OWN, "code": code})

    assert (answer.status_code, answer.json()["code"]) == (409, "duplicate_code")


def test_pins_are_put_and_read_as_one_list(client: httpx.Client, make_plant: Make) -> None:
    make_plant()
    client.post(FACTORS, json=OWN)
    pins = [
        {"year": 2021, "resource": "electricity.*", "method": None, "plant": None, "factor": CENTRAL},
        {"year": None, "resource": "electricity.grid", "method": "market", "plant": "main", "factor": "supplier-2021"},
    ]

    put = client.put(PINS, json={"items": pins})

    assert (put.status_code, put.json()) == (200, {"items": pins})
    assert client.get(PINS).json() == {"items": pins}
    assert client.put(PINS, json={"items": []}).json() == client.get(PINS).json() == {"items": []}


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"factor": "nothing"}, "factor", "unknown_factor"),
        ({"resource": "water.*"}, "factor", "factor_of_another_resource"),
        ({"resource": "fuel.natural_gas"}, "factor", "factor_of_another_resource"),
        ({"plant": "nowhere"}, "plant", "unknown_plant"),
        ({"resource": "*"}, "resource", "string_pattern_mismatch"),
        ({"year": "2021"}, "year", "int_type"),
        ({"year": 20210}, "year", "less_than_equal"),
        ({"year": 2021}, "resource", "pinned_twice"),
    ],
)
def test_a_bad_pin_is_named_by_its_place_and_changes_nothing(
    client: httpx.Client, change: dict[str, Any], field: str, code: str
) -> None:
    pin = {"year": 2021, "resource": "electricity.*", "method": None, "plant": None, "factor": CENTRAL}
    client.put(PINS, json={"items": [pin]})

    answer = client.put(PINS, json={"items": [pin, {**pin, "year": 2020, **change}]})

    assert answer.status_code == 422
    assert [(e["index"], e["field"], e["code"]) for e in answer.json()["errors"]] == [(1, field, code)]
    assert client.get(PINS).json() == {"items": [pin]}
