"""Scripts of the origins that the operator names may ask, and read our headers; others are told nothing."""

from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from app.settings import Settings
from tests.conftest import Make

ACME = "/v1/organizations/acme"
OURS, THEIRS = "https://reports.example.com", "https://elsewhere.example.com"
PREFLIGHT = {"Access-Control-Request-Method": "PATCH", "Access-Control-Request-Headers": "x-api-key, if-match"}


@pytest.fixture(scope="module")
def shared_settings() -> Mapping[str, Any]:
    return {"cors_origins": (OURS,)}


def test_a_script_of_a_named_origin_is_let_in_and_another_is_not(client: httpx.Client, make_organization: Make) -> None:
    make_organization()
    asked = client.request("OPTIONS", ACME, headers={"Origin": OURS, **PREFLIGHT})
    assert asked.status_code == 200
    assert asked.headers["access-control-allow-origin"] == OURS
    assert asked.headers["access-control-allow-headers"].lower() == "x-api-key, if-match"
    assert "PATCH" in asked.headers["access-control-allow-methods"]

    answer = client.get(ACME, headers={"Origin": OURS})
    assert answer.headers["access-control-allow-origin"] == OURS
    exposed = set(answer.headers["access-control-expose-headers"].split(", "))
    assert {"ETag", "Link", "Location", "Retry-After", "X-Request-ID"} <= exposed
    assert "Origin" in answer.headers["vary"]
    assert "access-control-allow-credentials" not in answer.headers
    refused = client.get("/v1/organizations/nobody", headers={"Origin": OURS})
    assert (refused.status_code, refused.headers["access-control-allow-origin"]) == (404, OURS)

    for method, headers in (("GET", {}), ("OPTIONS", PREFLIGHT)):
        other = client.request(method, ACME, headers={"Origin": THEIRS, **headers})
        assert other.status_code in (200, 204)
        assert not [name for name in other.headers if name.startswith("access-control")]


def test_origins_are_read_from_a_text_and_what_is_none_is_refused() -> None:
    text = f" {OURS.upper()}, http://localhost:5173 ,*"
    assert Settings.model_validate({"cors_origins": text}).cors_origins == (OURS, "http://localhost:5173", "*")
    for wrong in ("reports.example.com", f"{OURS}/", f"{OURS}/app", "null", "ftp://x"):
        with pytest.raises(ValueError, match="is no origin"):
            Settings.model_validate({"cors_origins": wrong})
    assert Settings.model_validate({}).cors_origins == ()
