"""A browser opens the stream with a ticket in the address, which is good for a minute and for nothing else."""

import time
from typing import Any

import httpx
import pytest

from app.store.operations import stream_tickets
from tests.conftest import Make
from tests.support.problems import assert_problem

ACME = "/v1/organizations/acme"


@pytest.fixture
def key(client: httpx.Client, make_organization: Make) -> dict[str, Any]:
    """A key that reads `acme` alone, beside another organization."""
    make_organization()
    make_organization(code="other")
    body = {"name": "dashboard", "scopes": ["read"], "organizations": ["acme"]}
    made: dict[str, Any] = client.post("/v1/keys", json=body).json()
    return made


def ticket_of(client: httpx.Client, key: str | None = None) -> str:
    headers = {} if key is None else {"X-API-Key": key}
    answer = client.post(f"{ACME}/stream/tickets", headers=headers)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["ticket"])


def opened(client: httpx.Client, ticket: str, path: str = f"{ACME}/stream") -> httpx.Response:
    """Ask for the head of a stream by a ticket alone."""
    request = client.build_request("HEAD", path, params={"ticket": ticket})
    del request.headers["X-API-Key"]
    return client.send(request)


@pytest.mark.parametrize("by", ["a key", "the operator's key"])
def test_a_ticket_opens_the_stream_again_and_again_for_a_minute(
    client: httpx.Client, key: dict[str, Any], by: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticket = ticket_of(client, key["key"] if by == "a key" else None)
    assert key["key"] not in ticket
    for _ in range(2):
        assert opened(client, ticket).status_code == 200
    now_ms = time.time_ns() // 1_000_000
    for later_ms, status in ((58_000, 200), (60_001, 401)):
        monkeypatch.setattr("app.http.admission.now_ms", lambda later_ms=later_ms: now_ms + later_ms)
        assert opened(client, ticket).status_code == status


def test_a_ticket_is_for_one_organizations_stream_alone(client: httpx.Client, key: dict[str, Any]) -> None:
    ticket = ticket_of(client)
    assert opened(client, ticket, "/v1/organizations/other/stream").status_code == 401
    assert opened(client, ticket, f"{ACME}/meters").status_code == 401
    code, until, made = ticket.rsplit(".", 2)
    wrong = [
        f"{code}.{int(until) + 1}.{made}",
        f"{key['code']}.{until}.{made}",
        f"{code}.{until}.{made[:-1]}",
        "",
        "a.b",
    ]
    assert [opened(client, each).status_code for each in wrong] == [401] * 5
    assert opened(client, f"{code}.{until}.{'é' * 3}").status_code == 401


def test_a_ticket_ends_with_its_key(client: httpx.Client, key: dict[str, Any]) -> None:
    ticket = ticket_of(client, key["key"])
    assert client.delete(f"/v1/keys/{key['code']}").status_code == 204
    assert opened(client, ticket).status_code == 401


def test_a_ticket_is_for_who_may_read(client: httpx.Client, make_organization: Make) -> None:
    make_organization()
    made = client.post("/v1/keys", json={"name": "gateway", "scopes": ["ingest"]}).json()
    answer = client.post(f"{ACME}/stream/tickets", headers={"X-API-Key": made["key"]})
    assert_problem(answer, 403, "forbidden")
    assert stream_tickets.TICKET_MS == 60_000
