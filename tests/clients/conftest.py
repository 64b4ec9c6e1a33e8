"""A service in a process of its own on each database, and in it an organization for each file of these tests."""

from collections.abc import Iterator
from itertools import count

import pytest
from esg_metrics_client import Client, Organization

from tests.conftest import migrated
from tests.support.processes import ADMIN_KEY, Server, serving

_numbers = count(1)


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A running service on a SQLite file, then on a PostgreSQL database."""
    with migrated(request, tmp_path_factory.mktemp("served")) as url, serving(url) as servers:
        yield servers[0]


@pytest.fixture(scope="session")
def client(server: Server) -> Iterator[Client]:
    """A client of ours with an administrator's key."""
    with Client(server.address, ADMIN_KEY) as opened:
        yield opened


@pytest.fixture(scope="module")
def acme(client: Client) -> Organization:
    """An organization of one file's own with a register and an event meter."""
    code = f"acme-{next(_numbers)}"
    client.post("/v1/organizations", {"code": code, "name": "Acme", "timezone": "Asia/Shanghai", "currency": "CNY"})
    acme = client.organization(code)
    client.post(f"{acme.path}/plants", {"code": "main", "name": "Main", "country": "CN"})
    common = {"plant": "main", "resource": "electricity.grid", "unit": "kWh"}
    client.post(f"{acme.path}/meters", {"code": "grid", "kind": "register", **common})
    client.post(f"{acme.path}/meters", {"code": "bill", "kind": "event", **common})
    return acme
