"""Resources of an organization's own: what may be defined, and that all that follows from it works at once."""

from decimal import Decimal
from typing import Any

import httpx
import pytest

from tests.catalogue.own import LIME, RESIN, STEEL, add, state_factor
from tests.conftest import Make
from tests.support.works import ORGANIZATION, YEARLY, answer, get, problems

pytestmark = pytest.mark.usefixtures("works")


def test_an_own_resource_is_read_listed_and_known_to_its_organization_alone(
    client: httpx.Client, make_organization: Make
) -> None:
    content = {"lhv": 18.5, "source": "laboratory report 12"}
    made = client.post(f"{ORGANIZATION}/resources", json={**RESIN, "energy_content": content})
    assert (made.status_code, made.headers["location"]) == (201, f"{ORGANIZATION}/resources/fuel.resin")
    expected = {
        "key": "fuel.resin",
        "title": "Spent resin",
        "unit": "t",
        "kinds": ["interval", "register", "event"],
        "attributes": [
            {"name": "use", "values": ["stationary", "vehicle", "off_road"]},
            {"name": "renewable_share", "values": []},
        ],
        "aspect": "energy",
        "scope": 1,
        "origin": "fossil",
        "fuel_group": "other",
        "energy_content": {"lhv": Decimal("18.5"), "hhv": None, "source": "laboratory report 12"},
        "own": True,
    }
    read = get(client, f"{ORGANIZATION}/resources/fuel.resin")
    assert {name: read[name] for name in expected} == expected
    assert made.json() == client.get(f"{ORGANIZATION}/resources/fuel.resin").json()
    make_organization(code="other")
    assert answer(client, "GET", "/v1/organizations/other/resources/fuel.resin", 404)["code"] == "not_found"
    assert "fuel.resin" not in {each["key"] for each in get(client, "/v1/resources")["items"]}


def test_what_ships_and_what_is_own_are_listed_together_in_pages(client: httpx.Client) -> None:
    add(client, RESIN, STEEL)
    whole = get(client, f"{ORGANIZATION}/resources", limit=1000)
    keys = [each["key"] for each in whole["items"]]
    assert keys == sorted(keys)
    assert whole["next"] is None
    assert {each["key"] for each in whole["items"] if each["own"]} == {"fuel.resin", "material.steel"}
    assert {each["key"] for each in get(client, "/v1/resources")["items"]} < set(keys)
    paged, cursor = [], ""
    while cursor is not None:
        page = get(client, f"{ORGANIZATION}/resources", limit=50, **({"cursor": cursor} if cursor else {}))
        paged += [each["key"] for each in page["items"]]
        cursor = page["next"]
    assert paged == keys
    of_family = get(client, f"{ORGANIZATION}/resources/refrigerant.R410A")
    assert (of_family["key"], of_family["scope"], of_family["own"]) == ("refrigerant.R410A", 1, False)


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"key": "resin"}, ("key", "invalid_key")),
        ({"key": "fuel..resin"}, ("key", "invalid_key")),
        ({"key": "electricity.rail"}, ("key", "reserved_key")),
        ({"key": "water.rain"}, ("key", "reserved_key")),
        ({"key": "waste.electronic"}, ("key", "reserved_key")),
        ({"key": "product.intensity"}, ("key", "reserved_key")),
        ({"key": "fossil.fuels"}, ("key", "reserved_key")),
        ({"key": "ghg.total"}, ("key", "reserved_key")),
        ({"unit": "bushel"}, ("unit", "unknown_unit")),
        ({"kinds": ["stock", "interval"]}, ("kinds", "kinds_do_not_mix")),
        ({"kinds": ["stock"], "scope": 1}, ("kinds", "no_quantity")),
        ({"key": "process.ash", "kinds": ["gauge"]}, ("kinds", "no_quantity")),
        ({"aspect": "energy", "kinds": ["stock"], "unit": "GJ"}, ("kinds", "no_quantity")),
        ({"key": "process.ash", "scope": 2}, ("scope", "contradicts_key")),
        ({"key": "fuel.x", "scope": 2, "origin": "renewable"}, ("scope", "contradicts_key")),
        ({"key": "fuel.x", "origin": "renewable", "aspect": "materials"}, ("aspect", "contradicts_key")),
        ({"key": "fuel.x", "origin": "fossil"}, ("fuel_group", "missing")),
        ({"key": "fuel.x"}, ("fuel_group", "missing")),
        ({"key": "fuel.x", "origin": "renewable", "fuel_group": "oil"}, ("fuel_group", "not_applicable")),
        ({"key": "fuel.x", "origin": "renewable", "unit": "number"}, ("unit", "unit_mismatch")),
        ({"fuel_group": "oil"}, ("fuel_group", "not_applicable")),
        ({"origin": "renewable"}, ("origin", "not_applicable")),
        (
            {"key": "fuel.x", "origin": "renewable", "attributes": [{"name": "use", "values": []}]},
            ("attributes", "implied_attribute"),
        ),
        ({"energy_content": {"lhv": 1, "source": "us"}}, ("energy_content", "not_applicable")),
        (
            {"key": "heat.a", "unit": "kWh", "energy_content": {"lhv": 1, "source": "us"}},
            ("energy_content", "not_applicable"),
        ),
        ({"key": "steam.a"}, ("energy_content", "missing")),
        ({"key": "steam.a", "energy_content": {"hhv": 1, "source": "us"}}, ("energy_content", "missing")),
        ({"key": "steam.a", "energy_content": {"source": "us"}}, ("energy_content", "nothing_stated")),
        (
            {"key": "fuel.x", "origin": "renewable", "energy_content": {"lhv": 2, "hhv": 1, "source": "us"}},
            ("energy_content", "hhv_below_lhv"),
        ),
        ({"key": "steam.a", "energy_content": {"lhv": 0, "source": "us"}}, ("energy_content.lhv", "greater_than")),
        ({"key": "steam.a", "energy_content": {"lhv": 1}}, ("energy_content.source", "missing")),
        ({"key": "fuel.x", "origin": "renewable", "unit": "ft3"}, ("unit", "unit_mismatch")),
        ({"scope": 3}, ("scope", "less_than_equal")),
        ({"title": ""}, ("title", "string_too_short")),
        ({"colour": "red"}, ("colour", "extra_forbidden")),
    ],
)
def test_what_cannot_be_defined_is_refused_by_field_and_nothing_is_stored(
    client: httpx.Client, changes: dict[str, Any], found: tuple[str, str]
) -> None:
    body = {**STEEL, **changes}
    refused = problems(client, "POST", "resources", body)
    assert (None, *found) in refused
    assert not any(each["own"] for each in get(client, f"{ORGANIZATION}/resources", limit=1000)["items"])


@pytest.mark.parametrize("key", ["fuel.diesel", "refrigerant.R410A", "material.steel"])
def test_a_key_that_is_taken_or_ships_is_a_conflict(client: httpx.Client, key: str) -> None:
    add(client, STEEL)
    refused = answer(client, "POST", f"{ORGANIZATION}/resources", 409, json={**STEEL, "key": key})
    assert refused["code"] == "duplicate_code"


def test_a_meter_of_an_own_resource_is_held_to_its_definition(client: httpx.Client, make_meter: Make) -> None:
    meter = {"code": "m", "plant": "main", "resource": "material.steel", "kind": "event", "unit": "t"}
    assert problems(client, "POST", "meters", meter) == [(None, "resource", "unknown_resource")]
    add(client, {**STEEL, "kinds": ["event"], "attributes": [{"name": "grade", "values": ["A", "B"]}]})
    for changes, found in (
        ({"unit": "kWh"}, ("unit", "unit_mismatch")),
        ({"kind": "register"}, ("kind", "kind_mismatch")),
        ({"attributes": {"grade": "C"}}, ("attributes", "unknown_attribute")),
        ({"attributes": {"colour": "red"}}, ("attributes", "unknown_attribute")),
    ):
        assert problems(client, "POST", "meters", {**meter, **changes}) == [(None, *found)]
    make_meter(
        code="steel", resource="material.steel", kind="event", unit="kg", interval=None, attributes={"grade": "A"}
    )


def test_an_own_resource_is_deleted_only_while_nothing_uses_it(client: httpx.Client, make_meter: Make) -> None:
    add(client, STEEL, LIME, RESIN)
    path = f"{ORGANIZATION}/resources"
    make_meter(code="steel", resource="material.steel", unit="t", **YEARLY)
    assert answer(client, "DELETE", f"{path}/material.steel", 409)["code"] == "still_in_use"
    setting = {"framework": "hkex-2020", "key": "consumption.material.steel", "decimals": 0}
    answer(client, "PUT", f"{ORGANIZATION}/figure-settings", 200, json={"items": [setting]})
    assert client.delete(f"{ORGANIZATION}/meters/steel").status_code == 204
    in_use = answer(client, "DELETE", f"{path}/material.steel", 409)
    assert in_use["detail"] == (
        "The setting of the figure 'consumption.material.steel' refers to the resource 'material.steel'"
    )
    answer(client, "PUT", f"{ORGANIZATION}/figure-settings", 200, json={"items": []})
    assert client.delete(f"{path}/material.steel").status_code == 204
    assert answer(client, "GET", f"{path}/material.steel", 404)["code"] == "not_found"
    state_factor(client, "process.soda_ash", per="t", kg_co2=415)
    assert "own-process.soda_ash" in answer(client, "DELETE", f"{path}/process.soda_ash", 409)["detail"]
    assert answer(client, "DELETE", f"{path}/fuel.diesel", 404)["code"] == "not_found"
    value = {"code": "ncv", "resource": "fuel.resin", "region": "GLOBAL", "per": "t", "lhv": 18, "source": "us"}
    answer(client, "POST", f"{ORGANIZATION}/calorific-values", 201, json={**value, "valid_from": "2020-01-01"})
    assert "The calorific value 'ncv'" in answer(client, "DELETE", f"{path}/fuel.resin", 409)["detail"]
    answer(client, "POST", path, 409, json={**STEEL, "key": "ncv"})
    add(client, {**RESIN, "key": "fuel.tar"})
    assert client.delete(f"{path}/fuel.tar").status_code == 204
    add(client, {**RESIN, "key": "fuel.tar", "unit": "L"})
