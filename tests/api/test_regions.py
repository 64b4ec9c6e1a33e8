"""Regions over HTTP: their list, and places that no list knows."""

from typing import Any

import httpx
import pytest
from sqlmodel import select

from app.accounting.factors.factor import GLOBAL
from app.accounting.factors.regions import RegionKind, regions
from app.accounting.selection.shipped import shipped_factors
from app.models import Plant
from app.store.engine.database import Database
from tests.conftest import Make

PLANTS = "/v1/organizations/acme/plants"
OWN = {
    "code": "ours",
    "resource": "electricity.grid",
    "region": "village-grid",
    "method": "location",
    "per": "kWh",
    "kg_co2": 0.5,
    "valid_from": "2020-01-01",
    "source": "the supplier",
}


@pytest.fixture(autouse=True)
def acme(make_organization: Make) -> None:
    make_organization()


def _listed(client: httpx.Client, **query: Any) -> list[dict[str, Any]]:
    answer = client.get("/v1/regions", params=query)
    assert answer.status_code == 200
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def _problem(answer: httpx.Response) -> tuple[int, list[tuple[str, str]]]:
    return answer.status_code, [(each["field"], each["code"]) for each in answer.json()["errors"]]


def test_every_region_of_a_shipped_factor_is_listed_with_what_the_factor_is_for() -> None:
    """A factor whose region is in no list cannot be reached by a plant's place: add it to regions.yaml."""
    assert {factor.region for factor in shipped_factors()} - {GLOBAL} - set(regions()) == set()


def test_countries_and_subdivisions_are_those_of_the_standard() -> None:
    kinds = [region.kind for region in regions().values()]
    assert kinds.count(RegionKind.COUNTRY) == 250
    per_country = dict.fromkeys(("CN", "US", "CA", "AU", "JP", "KR"), 0)
    for region in regions().values():
        if region.kind is RegionKind.SUBDIVISION and region.country in per_country:
            per_country[region.country] += 1
    assert per_country == {"CN": 34, "US": 57, "CA": 13, "AU": 8, "JP": 47, "KR": 17}
    assert {regions()[code].name for code in ("NO", "CA-ON", "IN-MH", "DE-BY")} == {
        "Norway",
        "Ontario",
        "Maharashtra",
        "Bavaria",
    }


def test_the_list_answers_by_country_kind_words_and_resource(client: httpx.Client) -> None:
    assert _listed(client, country="CN", kind="grid_region", q="south") == [
        {
            "code": "CN-SOUTH",
            "kind": "grid_region",
            "name": "South China",
            "country": "CN",
            "also": ["Southern China"],
            "resources": ["electricity.grid"],
        },
        {
            "code": "CN-SOUTHWEST",
            "kind": "grid_region",
            "name": "Southwest China",
            "country": "CN",
            "also": [],
            "resources": ["electricity.grid"],
        },
    ]
    assert [each["code"] for each in _listed(client, q="são paulo")] == ["BR-SP"]
    assert [each["code"] for each in _listed(client, country="US", q="california")] == ["US-CA", "US-CAMX"]
    assert [each["code"] for each in _listed(client, country="HK", resource="electricity.grid")] == ["HK-CLP", "HK-HKE"]
    assert _listed(client, country="AD", resource="electricity.grid") == []


def test_the_list_is_paged_without_gap_or_repetition(client: httpx.Client) -> None:
    first = client.get("/v1/regions", params={"kind": "country", "limit": 200}).json()
    second = client.get("/v1/regions", params={"kind": "country", "limit": 200, "cursor": first["next"]}).json()
    codes = [each["code"] for page in (first, second) for each in page["items"]]
    assert second["next"] is None
    assert len(codes) == 250
    assert codes == sorted(set(codes))


@pytest.mark.parametrize(
    ("field", "value", "code", "meant"),
    [
        ("grid_region", "South China", "unknown_region", "CN-SOUTH (South China)"),
        ("grid_region", "CN-SUOTH", "unknown_region", "CN-SOUTH (South China)"),
        ("grid_region", "cn-central", "unknown_region", "CN-CENTRAL (Central China)"),
        ("region", "Jiangxi", "unknown_region", "CN-JX (Jiangxi)"),
        ("region", "JX", "unknown_region", "CN-JX (Jiangxi)"),
        ("region", "CN-JXX", "unknown_region", "CN-JX (Jiangxi)"),
        ("grid_region", "California", "unknown_region", "US-CAMX (WECC California)"),
        ("region", "nowhere at all", "unknown_region", "GET /v1/regions"),
        ("region", "US-CA", "region_of_another_country", "US-CA (California) lies in US (United States), not in CN"),
        ("country", "UK", "unknown_country", "GB (United Kingdom)"),
        ("country", "ZZ", "unknown_country", "'ZZ' is not a country of ISO 3166-1"),
    ],
)
def test_an_unknown_place_is_refused_with_what_was_likely_meant(
    client: httpx.Client, make_plant: Make, field: str, value: str, code: str, meant: str
) -> None:
    created = client.post(PLANTS, json={"code": "north", "country": "CN", field: value})
    made = make_plant(region="CN-JX", grid_region="CN-CENTRAL")
    changed = client.patch(f"{PLANTS}/main", json={field: value})

    for answer in (created, changed):
        assert (field, code) in _problem(answer)[1]
        assert answer.status_code == 422
        assert meant in answer.json()["errors"][0]["detail"]
    assert client.get(f"{PLANTS}/north").status_code == 404
    assert client.get(f"{PLANTS}/main").json() == made


def test_a_region_of_an_own_factor_is_known_to_its_organization_alone(
    client: httpx.Client, make_organization: Make
) -> None:
    make_organization(code="other")
    place = {"code": "north", "country": "CN", "grid_region": "village-grid"}
    before = client.post(PLANTS, json=place)
    assert client.post("/v1/organizations/acme/factors", json=OWN).status_code == 201
    after = client.post(PLANTS, json=place)
    elsewhere = client.post("/v1/organizations/other/plants", json=place)

    assert _problem(before) == (422, [("grid_region", "unknown_region")])
    assert "needs a factor of your own" in before.json()["errors"][0]["detail"]
    assert after.status_code == 201
    assert _problem(elsewhere) == (422, [("grid_region", "unknown_region")])


@pytest.mark.parametrize(
    "place",
    [
        {"country": "US", "region": "US-CA", "grid_region": "US-CAMX"},
        {"country": "US", "region": "US-CAMX"},
        {"country": "PR", "region": "US-PR", "grid_region": "US-PRMS"},
        {"country": "HK", "region": "CN-HK", "grid_region": "HK-CLP"},
        {"country": "MO", "grid_region": "CN-SOUTH"},
        {"country": "DE", "region": "DE-BY"},
    ],
)
def test_known_places_are_taken(client: httpx.Client, place: dict[str, str]) -> None:
    answer = client.post(PLANTS, json={"code": "north", **place})
    assert answer.status_code == 201, answer.text


def test_a_country_is_not_changed_away_from_under_a_subdivision(client: httpx.Client, make_plant: Make) -> None:
    make_plant(region="CN-JX")
    assert _problem(client.patch(f"{PLANTS}/main", json={"country": "US"})) == (
        422,
        [("region", "region_of_another_country")],
    )
    assert client.patch(f"{PLANTS}/main", json={"country": "US", "region": "US-TX"}).status_code == 200


def test_a_plant_stored_before_regions_were_asked_for_keeps_working(
    client: httpx.Client, database: Database, make_plant: Make
) -> None:
    make_plant(code="old-works", grid_region="CN-SOUTH")
    with database.write() as session:
        session.exec(select(Plant).where(Plant.code == "old-works")).one().grid_region = "South China"

    assert client.patch(f"{PLANTS}/old-works", json={"name": "Old works"}).status_code == 200
    assert client.get(f"{PLANTS}/old-works").json()["grid_region"] == "South China"
    assert client.patch(f"{PLANTS}/old-works", json={"grid_region": "CN-SOUTH"}).status_code == 200
