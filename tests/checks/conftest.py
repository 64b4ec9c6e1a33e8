"""One running application on each database, shared by these tests; each imports under a code of its own."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from app.main import create_app
from app.settings import Settings
from tests.checks.tables import Printer
from tests.client import running
from tests.conftest import ADMIN_KEY
from tests.store.databases import TEMPLATE


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def printer(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Printer]:
    """An organization in CNY, on a SQLite file, then on a PostgreSQL database, that takes printed tables."""
    with (
        _migrated(request, tmp_path_factory.mktemp("checks")) as url,
        running(create_app(Settings(database_url=url, admin_key=ADMIN_KEY)), key=ADMIN_KEY) as client,
    ):
        body = {"code": "printed", "name": "Printed", "timezone": "Asia/Shanghai", "currency": "CNY"}
        assert client.post("/v1/organizations", json=body).status_code == 201
        yield Printer(client, "/v1/organizations/printed/imported-publications", count(1))


@contextmanager
def _migrated(request: pytest.FixtureRequest, folder: Path) -> Iterator[str]:
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_template"), folder / "esg.db")
        yield f"sqlite:///{folder / 'esg.db'}"
        return
    server: str = request.getfixturevalue("postgresql_template")
    name, template = sql.Identifier("esg_checks"), sql.Identifier(TEMPLATE)
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(name, template))
        yield server.replace("/postgres?", "/esg_checks?")
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))
