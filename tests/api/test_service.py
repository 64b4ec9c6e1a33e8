"""Health, metrics, documentation and the document they rest on."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from app.cli import openapi_text

DOCUMENT = Path(__file__).parents[2] / "openapi" / "openapi.json"


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    read: dict[str, Any] = json.loads(openapi_text())
    return read


def operations(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [(path, method, each) for path, methods in document["paths"].items() for method, each in methods.items()]


def test_the_kept_document_is_what_the_program_prints() -> None:
    assert DOCUMENT.read_text("utf-8") == openapi_text(), "run: esg openapi > openapi/openapi.json"


def test_the_served_document_is_the_kept_one(client: httpx.Client) -> None:
    assert client.get("/openapi.json").json() == json.loads(DOCUMENT.read_text("utf-8"))


def test_every_operation_has_a_short_name_of_its_own_and_one_tag(document: dict[str, Any]) -> None:
    names = [operation["operationId"] for _, _, operation in operations(document)]

    assert len(names) == len(set(names))
    assert {"post_readings", "get_readings", "get_rollups", "get_disclosure", "create_plant"} <= set(names)
    assert all(len(operation["tags"]) == 1 for _, _, operation in operations(document))


def test_every_error_of_every_operation_is_declared_as_a_problem(document: dict[str, Any]) -> None:
    for path, method, operation in operations(document):
        declared = {status: each for status, each in operation["responses"].items() if status >= "400"}
        schemas = {each["content"]["application/problem+json"]["schema"]["$ref"] for each in declared.values()}
        assert schemas <= {"#/components/schemas/Problem", "#/components/schemas/ReadingProblem"}
        assert {"500", "503"} <= set(declared)
        if path.startswith("/v1"):
            assert {"401", "403", "404", "422"} <= set(declared), (method, path)
            assert operation["security"] == [{"ApiKey": []}]
        else:
            assert operation["security"] == []
        if "requestBody" in operation:
            assert {"400", "409", "413", "415"} <= set(declared), (method, path)
    assert "HTTPValidationError" not in document["components"]["schemas"]


def test_every_reference_leads_somewhere_and_numbers_are_numbers(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    text = json.dumps(document)

    assert document["openapi"] == "3.1.0"
    for part in text.split('"$ref": "#/components/schemas/')[1:]:
        assert part.partition('"')[0] in schemas
    assert '"const"' not in text
    assert "itemSchema" not in text
    assert schemas["Meter"]["properties"]["multiplier"] == {
        "type": "number",
        "exclusiveMinimum": 0.0,
        "title": "Multiplier",
    }
    assert schemas["Meter"]["properties"]["created_at"]["format"] == "date-time"
    assert schemas["Scope"]["enum"] == ["ingest", "read", "prepare", "approve", "admin"]
    assert "required" not in schemas["MeterUpdate"]
    assert all("default" not in each for each in schemas["MeterUpdate"]["properties"].values())
    assert set(schemas["PlantPage"]["required"]) == {"items", "next"}


def test_readings_are_declared_in_their_three_formats(document: dict[str, Any]) -> None:
    body = document["paths"]["/v1/organizations/{organization}/readings"]["post"]["requestBody"]

    assert body == {
        "required": True,
        "content": {
            "application/json": {"schema": {"$ref": "#/components/schemas/ReadingBatch"}},
            "application/x-ndjson": {"schema": {"type": "string"}},
            "text/csv": {"schema": {"type": "string"}},
        },
    }


def test_health_needs_no_key(client: httpx.Client) -> None:
    for path in ("/health/live", "/health/ready"):
        answer = client.get(path, headers={"X-API-Key": "nonsense"})
        assert (answer.status_code, answer.json()["status"]) == (200, "ok")


def test_metrics_count_requests_by_route_and_not_by_path(client: httpx.Client) -> None:
    client.get("/v1/organizations/nobody")
    client.get("/v1/organizations/somebody")

    metrics = client.get("/metrics").text

    line = 'esg_requests_total{method="GET",route="/v1/organizations/{organization}",status="404"} 2.0'
    assert line in metrics
    assert "somebody" not in metrics


def test_the_documentation_loads_nothing_from_elsewhere(client: httpx.Client, app: FastAPI) -> None:
    page = client.get("/docs")

    assert page.status_code == 200
    assert "http://" not in page.text
    assert "https://" not in page.text
    assert "<script" not in page.text
    assert all(operation["operationId"] in page.text for _, _, operation in operations(app.openapi()))
