"""One running application on each database, shared by these tests; each imports under a code of its own."""

from collections.abc import Iterator
from itertools import count

import pytest

from app.main import create_app
from app.settings import Role, Settings
from tests.checks.tables import Printer
from tests.conftest import ADMIN_KEY, migrated
from tests.support.client import running


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def printer(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, role: Role) -> Iterator[Printer]:
    """An organization in CNY, on a SQLite file, then on a PostgreSQL database, that takes printed tables."""
    with (
        migrated(request, tmp_path_factory.mktemp("checks")) as url,
        running(create_app(Settings(database_url=url, admin_key=ADMIN_KEY, role=role)), key=ADMIN_KEY) as client,
    ):
        body = {"code": "printed", "name": "Printed", "timezone": "Asia/Shanghai", "currency": "CNY"}
        assert client.post("/v1/organizations", json=body).status_code == 201
        yield Printer(client, "/v1/organizations/printed/imported-publications", count(1))
