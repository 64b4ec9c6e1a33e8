"""Health, metrics, documentation and the document they rest on."""

import json
import re
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
    named = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert all(each.startswith("/") or each == "data:," for each in named)
    for address in named:
        if address.startswith("/docs/"):
            file = client.get(address)
            assert (file.status_code, file.headers["Cache-Control"]) == (200, "public, max-age=31536000, immutable")
            again = client.get(address, headers={"If-None-Match": file.headers["ETag"]})
            assert again.status_code == 304
    assert client.get("/docs/LICENSE").status_code == 404
