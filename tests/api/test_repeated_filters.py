"""A filter that is given twice means any of the two; what has one value is refused when it is given twice."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.rollup.rolling.roller import roll_pending
from app.store.engine.database import Database
from tests.conftest import Make

DOCUMENT = json.loads((Path(__file__).parents[2] / "openapi" / "openapi.json").read_text("utf-8"))
ORGANIZATION = "/v1/organizations/acme"
PLACES = {"organization": "acme", "plant": "main", "meter": "main-grid", "framework": "esrs", "year": "2025"}
YEAR = {"year": "2025"}


def _parameters() -> Iterator[tuple[str, str, str, bool]]:
    """Every parameter of the query of every operation: method, path, name, and whether it repeats."""
    for path, methods in DOCUMENT["paths"].items():
        for method, operation in methods.items():
            for each in operation.get("parameters", []):
                if each["in"] == "query":
                    yield method, path, each["name"], each["schema"].get("type") == "array"


PARAMETERS = list(_parameters())
ONE_VALUE = [(method, path, name) for method, path, name, repeats in PARAMETERS if not repeats]


@pytest.fixture
def works(
    client: httpx.Client, database: Database, make_organization: Make, make_plant: Make, make_meter: Make
) -> None:
    """Three plants; each has a meter of bought power and one of water: 1 and 10, 2 and 20, 4 and 40 on one day."""
    make_organization()
    rows = ["meter,timestamp,value"]
    for plant, power in (("main", 1), ("north", 2), ("south", 4)):
        make_plant(code=plant, region="CN-JX")
        for kind, resource, unit, value in (
            ("grid", "electricity.grid", "kWh", power),
            ("water", "water.withdrawal", "m3", 10 * power),
        ):
            code = f"{plant}-{kind}"
            make_meter(code=code, plant=plant, resource=resource, kind="interval", unit=unit, interval="P1D")
            rows.append(f"{code},2025-03-02T00:00:00+08:00,{value}")
    sent = client.post(f"{ORGANIZATION}/readings", content="\n".join(rows), headers={"Content-Type": "text/csv"})
    assert sent.json()["inserted"] == 6
    roll_pending(database)


def _items(client: httpx.Client, path: str, query: str) -> list[dict[str, Any]]:
    answer = client.get(f"{ORGANIZATION}{path}?{query}")
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


@pytest.mark.usefixtures("works")
@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("plant=main&plant=south", {"main-grid", "main-water", "south-grid", "south-water"}),
        ("plant=main&plant=main", {"main-grid", "main-water"}),
        ("resource=electricity.grid&resource=water.withdrawal&plant=north", {"north-grid", "north-water"}),
        ("plant=main&plant=north&resource=water.withdrawal", {"main-water", "north-water"}),
    ],
)
def test_every_list_of_meters_knows_repeated_filters(client: httpx.Client, query: str, expected: set[str]) -> None:
    assert {each["code"] for each in _items(client, "/meters", query)} == expected
    assert {each["meter"] for each in _items(client, "/readings", query)} == expected
    assert {each["meter"] for each in _items(client, "/rollups", f"grain=year&{query}")} == expected
    silent = _items(client, "/issues", f"kind=silent&kind=suspect&{query}")
    assert {(each["meter"], each["kind"]) for each in silent} == {(meter, "silent") for meter in expected}


@pytest.mark.usefixtures("works")
def test_repeated_meters_in_pages_and_in_a_stream(client: httpx.Client) -> None:
    query = "meter=main-grid&meter=south-water&meter=north-grid"
    first = client.get(f"{ORGANIZATION}/readings?{query}&limit=2").json()
    second = client.get(f"{ORGANIZATION}/readings?{query}&limit=2&cursor={first['next']}").json()
    assert [each["meter"] for each in first["items"] + second["items"]] == ["main-grid", "north-grid", "south-water"]
    assert second["next"] is None
    lines = client.get(f"{ORGANIZATION}/readings?{query}", headers={"Accept": "application/x-ndjson"}).text
    assert [json.loads(line)["meter"] for line in lines.splitlines()] == ["main-grid", "north-grid", "south-water"]


@pytest.mark.usefixtures("works")
@pytest.mark.parametrize("path", ["/meters", "/readings", "/rollups?grain=year", "/issues"])
def test_one_unknown_plant_among_several_is_told(client: httpx.Client, path: str) -> None:
    sign = "&" if "?" in path else "?"
    answer = client.get(f"{ORGANIZATION}{path}{sign}plant=main&plant=nowhere")
    if path == "/meters":
        assert {each["code"] for each in answer.json()["items"]} == {"main-grid", "main-water"}
    else:
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
        assert "'nowhere'" in answer.json()["detail"]


@pytest.mark.usefixtures("works")
@pytest.mark.parametrize(
    ("plants", "kwh", "m3", "named"),
    [
        (["main", "south"], 5, 50, None),
        (["south", "main", "south"], 5, 50, None),
        (["north"], 2, 20, "north"),
        ([], 7, 70, None),
    ],
)
def test_metrics_of_several_plants_are_of_them_together(
    client: httpx.Client, plants: list[str], kwh: int, m3: int, named: str | None
) -> None:
    query = {**YEAR, "plant": plants}
    energy = client.get(f"{ORGANIZATION}/metrics/energy", params=query).json()
    water = client.get(f"{ORGANIZATION}/metrics/water", params=query).json()
    assert (energy["total"]["kwh"], water["withdrawal"]["value"]) == (kwh, m3)
    assert energy["plant"] == named
    assert [each["plant"] for each in energy["plants"]] == sorted(set(plants)) or ["main", "north", "south"]


@pytest.mark.usefixtures("works")
def test_several_plants_are_each_held_whole(client: httpx.Client) -> None:
    half = client.patch(f"{ORGANIZATION}/plants/south", json={"equity_share": 0.5})
    assert half.status_code == 200, half.text
    assert client.patch(ORGANIZATION, json={"consolidation": "equity_share"}).status_code == 200
    whole = client.get(f"{ORGANIZATION}/metrics/energy", params=YEAR).json()
    chosen = client.get(f"{ORGANIZATION}/metrics/energy", params={**YEAR, "plant": ["main", "south"]}).json()
    assert (whole["total"]["kwh"], chosen["total"]["kwh"]) == (5, 5)
    assert [(each["plant"], each["share"]) for each in chosen["plants"]] == [("main", 1), ("south", 1)]


@pytest.mark.usefixtures("works")
def test_completeness_and_datapoints_of_several_plants(client: httpx.Client) -> None:
    found = _items(client, "/metrics/completeness", "year=2025&plant=main&plant=south")
    assert {each["meter"] for each in found} == {"main-grid", "main-water", "south-grid", "south-water"}
    for plant, year, value in (("main", 2024, 1), ("north", 2025, 2), ("south", 2025, 3), (None, 2025, 9)):
        body = {"indicator": "workforce.total", "period": year, "value": value, "unit": "person", "plant": plant}
        stated = client.post(f"{ORGANIZATION}/datapoints", json=body)
        assert stated.status_code == 201, stated.text
    two = _items(client, "/datapoints", "plant=main&plant=south")
    assert sorted(each["plant"] for each in two) == ["main", "south"]
    assert [each["plant"] for each in _items(client, "/datapoints", "year=2024&year=2023")] == ["main"]
    assert len(_items(client, "/datapoints", "year=2024&year=2025")) == 4


@pytest.mark.usefixtures("works")
def test_regions_and_calorific_values(client: httpx.Client) -> None:
    found = client.get("/v1/regions?country=SG&country=HK&kind=country&kind=grid_region").json()["items"]
    assert {"SG", "HK"} <= {each["code"] for each in found}
    assert {each["country"] for each in found} == {"SG", "HK"}
    values = _items(client, "/calorific-values", "resource=fuel.diesel&resource=fuel.lpg&limit=1000")
    assert {each["resource"] for each in values} == {"fuel.diesel", "fuel.lpg"}


@pytest.mark.usefixtures("works")
def test_what_has_one_value_is_refused_when_given_twice(client: httpx.Client) -> None:
    assert len(ONE_VALUE) > 100
    passed = []
    for method, path, name in ONE_VALUE:
        place = path
        for part, value in PLACES.items():
            place = place.replace(f"{{{part}}}", value)
        answer = client.request(method, place, params=[(name, "1"), (name, "1")])
        told = [each["code"] for each in answer.json().get("errors", []) if each["field"] == name]
        if "repeated_parameter" not in told or answer.status_code != 422:
            passed.append((method, path, name, answer.status_code, told))
    assert passed == [], "\n".join(map(str, passed))


@pytest.mark.usefixtures("works")
def test_a_second_dry_run_does_not_let_a_body_in(client: httpx.Client) -> None:
    body = {"items": [{"meter": "main-grid", "timestamp": "2025-03-03T00:00:00+08:00", "value": "8"}]}
    answer = client.post(f"{ORGANIZATION}/readings?dry_run=true&dry_run=false", json=body)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "repeated_parameter")
    assert len(_items(client, "/readings", "meter=main-grid")) == 1
