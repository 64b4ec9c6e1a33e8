"""A service that may call this machine, with a plant and two meters to pull readings for."""

import time
from collections.abc import Callable, Mapping
from ipaddress import ip_network
from typing import Any, TypeAlias

import httpx
import pytest

from app.clients.addresses import Reach
from app.jobs.connector_pulls import pull_connectors
from app.store.engine.database import Database
from tests.conftest import Make
from tests.support.shared import client, database, database_url, shared, vacant

__all__ = ["client", "database", "database_url", "shared", "vacant"]

LOOPBACK = Reach((ip_network("127.0.0.0/8"),))
CONNECTORS = "/v1/organizations/acme/connectors"
CONNECTOR: dict[str, Any] = {
    "code": "historian",
    "url": "https://historian.example/values",
    "schedule": "0 0 1 1 *",
    "mapping": {
        "format": "json",
        "records": "items",
        "meter": {"field": "tag"},
        "timestamp": {"field": "at"},
        "value": {"field": "v"},
    },
}
on_sqlite_alone = pytest.mark.parametrize("shared", ["sqlite"], indirect=True)
"""For what is the same on every database."""

Create: TypeAlias = Callable[..., dict[str, Any]]
Pull: TypeAlias = Callable[[], dict[str, Any]]


@pytest.fixture(scope="module")
def shared_settings() -> Mapping[str, Any]:
    """The service may call this machine."""
    return {"allowed_networks": LOOPBACK.allowed}


@pytest.fixture
def meters(make_organization: Make, make_plant: Make, make_meter: Make) -> None:
    """The quarter-hour meters `grid` and `solar` of `acme`."""
    make_organization()
    make_plant()
    make_meter()
    make_meter(code="solar", resource="electricity.solar")


@pytest.fixture
def create(client: httpx.Client, meters: None) -> Create:
    """Create a connector."""

    def make(**fields: Any) -> dict[str, Any]:
        answer = client.post(CONNECTORS, json={**CONNECTOR, **fields})
        assert answer.status_code == 201, answer.text
        created: dict[str, Any] = answer.json()
        return created

    return make


@pytest.fixture
def pull(client: httpx.Client, database: Database) -> Pull:
    """Have the connector pull now and return what came of it, whoever pulled: the test or the running service."""

    def ask() -> dict[str, Any]:
        before = len(client.get(f"{CONNECTORS}/historian/pulls").json()["items"])
        assert client.post(f"{CONNECTORS}/historian/pulls").status_code == 202
        ends = time.monotonic() + 20
        while time.monotonic() < ends:
            pull_connectors(database, reach=LOOPBACK, page_bytes=100_000)
            items = client.get(f"{CONNECTORS}/historian/pulls").json()["items"]
            if len(items) > before:
                found: dict[str, Any] = items[0]
                return found
            time.sleep(0.05)
        raise AssertionError("no pull")

    return ask
