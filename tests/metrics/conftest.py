"""One running application on each database, shared by these tests: each makes organizations of its own."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import psycopg
import pytest
from psycopg import sql

from app.main import create_app
from app.rollup.service import roll_pending
from app.settings import Settings
from app.store.engine import Database
from tests.client import running
from tests.conftest import ADMIN_KEY
from tests.examples.runner import Service
from tests.store.databases import TEMPLATE


@dataclass(frozen=True, slots=True)
class Shared:
    """A running application and the database below it."""

    client: httpx.Client
    database: Database


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def shared(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shared]:
    """The application on a SQLite file, then on a PostgreSQL database."""
    with _migrated(request, tmp_path_factory.mktemp("metrics")) as url:
        database = Database(url)
        with running(create_app(Settings(database_url=url, admin_key=ADMIN_KEY)), key=ADMIN_KEY) as client:
            yield Shared(client, database)
        database.close()


@contextmanager
def _migrated(request: pytest.FixtureRequest, folder: Path) -> Iterator[str]:
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_template"), folder / "esg.db")
        yield f"sqlite:///{folder / 'esg.db'}"
        return
    server: str = request.getfixturevalue("postgresql_template")
    name, template = sql.Identifier("esg_metrics"), sql.Identifier(TEMPLATE)
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(name, template))
        yield server.replace("/postgres?", "/esg_metrics?")
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))


@pytest.fixture
def client(shared: Shared) -> httpx.Client:
    """A client of the shared application that holds an administrator key."""
    return shared.client


@pytest.fixture
def database(shared: Shared) -> Database:
    """The shared database."""
    return shared.database


@pytest.fixture
def service(shared: Shared) -> Service:
    """The shared application as the worked examples drive it."""
    return Service(shared.client, lambda: roll_pending(shared.database))
