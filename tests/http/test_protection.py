"""The headers that protect a browser are on every answer, whoever gives it; what is said by TLS alone."""

from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from app.main import create_app
from app.settings import Settings
from tests.conftest import ADMIN_KEY
from tests.support.client import running

PROTECTIVE = ("X-Content-Type-Options", "Referrer-Policy", "X-Frame-Options", "Content-Security-Policy")


@pytest.fixture
def app(tmp_path: Path) -> FastAPI:
    url = f"sqlite:///{tmp_path / 'esg.db'}"
    return create_app(Settings(database_url=url, admin_key=ADMIN_KEY, cors_origins="https://app.example"))


def test_every_answer_has_them_once(app: FastAPI) -> None:
    preflight = {"Origin": "https://app.example", "Access-Control-Request-Method": "GET"}
    with running(app, key=ADMIN_KEY) as client:
        answers = [
            client.get("/"),
            client.get("/docs"),
            client.get("/openapi.json"),
            client.get("/health/live"),
            client.get("/metrics"),
            client.get("/v1/organizations"),
            client.get("/v1/organizations", headers={"X-API-Key": "nonsense"}),
            client.get("/nothing"),
            client.put("/v1/organizations"),
            client.post("/session", data={"key": "wrong"}),
            client.post("/v1/organizations", content=b"{"),
            client.options("/v1/organizations", headers=preflight),
        ]

    for answer in answers:
        for name in PROTECTIVE:
            assert len(answer.headers.get_list(name)) == 1, (answer.request.url, answer.request.method, name)
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
        assert "Strict-Transport-Security" not in answer.headers


def test_the_reference_runs_the_scripts_of_this_service_alone(app: FastAPI) -> None:
    with running(app, key=None) as client:
        policy = client.get("/docs").headers["Content-Security-Policy"]

    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; ")
    assert "connect-src 'self'" in policy


def test_by_tls_it_is_said_to_come_by_tls_alone_and_the_cookie_does(app: FastAPI) -> None:
    with (
        running(app, key=ADMIN_KEY) as client,
        httpx.Client(transport=client._transport, base_url="https://esg.test") as by_tls,
    ):
        answer = by_tls.post("/session", data={"key": ADMIN_KEY})
        plain = client.post("/session", data={"key": ADMIN_KEY})

    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
    assert "; Secure" in answer.headers["Set-Cookie"]
    assert "; Secure" not in plain.headers["Set-Cookie"]


def test_how_long_tls_is_asked_for_is_the_operators(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'esg.db'}"
    app = create_app(Settings(database_url=url, admin_key=ADMIN_KEY, hsts_s=0))
    with (
        running(app, key=None) as client,
        httpx.Client(transport=client._transport, base_url="https://esg.test") as by_tls,
    ):
        assert "Strict-Transport-Security" not in by_tls.get("/health/live").headers
