"""One running application on each database, shared by these tests: each makes organizations of its own."""

from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest

from app.main import create_app
from app.rollup.rolling.roller import roll_pending
from app.settings import Role, Settings
from app.store.engine.database import Database
from tests.conftest import ADMIN_KEY, migrated
from tests.support.client import running
from tests.support.examples import Service


@dataclass(frozen=True, slots=True)
class Shared:
    """A running application and the database below it."""

    client: httpx.Client
    database: Database


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def shared(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, role: Role) -> Iterator[Shared]:
    """The application on a SQLite file, then on a PostgreSQL database."""
    with migrated(request, tmp_path_factory.mktemp("metrics")) as url:
        database = Database(url)
        with running(create_app(Settings(database_url=url, admin_key=ADMIN_KEY, role=role)), key=ADMIN_KEY) as client:
            yield Shared(client, database)
        database.close()


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
