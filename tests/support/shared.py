"""One running application on each database for a whole file of tests, each of which finds no organization in it.

A folder or a file takes part by importing the fixtures. What is not in an organization (jobs, metrics, events, rows of
the organizations before) stays from test to test: a test about that wants an application of its own.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from app.main import create_app
from app.settings import Role, Settings
from app.store.engine.database import Database
from tests.conftest import ADMIN_KEY, migrated
from tests.support.client import running

BEFORE = "before-"
"""How the codes of the organizations of earlier tests begin."""


@dataclass(frozen=True, slots=True)
class Shared:
    """A running application, a client of it with an administrator key, and the database below it."""

    app: FastAPI
    client: httpx.Client
    database: Database
    url: str


@pytest.fixture(scope="session")
def jobs_run() -> Role:
    """For a folder or a file that imports this as `role`: the application runs its jobs by the clock, too."""
    return Role.ALL


@pytest.fixture(scope="module")
def shared_settings() -> Mapping[str, Any]:
    """What the shared application is set to besides its database and its administrator key: nothing."""
    return {}


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def shared(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    role: Role,
    shared_settings: Mapping[str, Any],
) -> Iterator[Shared]:
    """The application on a SQLite file, then on a PostgreSQL database."""
    with migrated(request, tmp_path_factory.mktemp("shared")) as url:
        database = Database(url)
        app = create_app(Settings(database_url=url, admin_key=ADMIN_KEY, role=role, **shared_settings))
        with running(app, key=ADMIN_KEY) as client:
            yield Shared(app, client, database, url)
        database.close()


@pytest.fixture
def vacant(shared: Shared) -> Iterator[Shared]:
    """The shared application for one test, with no organization of the tests before."""
    yield shared
    _put_away(shared)


@pytest.fixture
def client(vacant: Shared) -> httpx.Client:
    """A client of the shared application that holds an administrator key."""
    return vacant.client


@pytest.fixture
def database(vacant: Shared) -> Database:
    """The shared database."""
    return vacant.database


@pytest.fixture
def database_url(vacant: Shared) -> str:
    """The address of the shared database."""
    return vacant.url


def _put_away(shared: Shared) -> None:
    """Take the names from the test's organizations, which nobody can delete, and their work from the jobs."""
    with shared.database.write() as session:
        connection = session.connection()
        codes = connection.execute(text("SELECT code FROM organization")).scalars().all()
        connection.execute(text(f"UPDATE organization SET code = '{BEFORE}' || CAST(id AS text)"))
        digests = [
            each for row in connection.execute(text("SELECT digest, previous_digest FROM api_key")) for each in row
        ]
        for table in ("api_key", "instrument", "arrival", "mark", "figure_mark"):
            connection.execute(text(f"DELETE FROM {table}"))
    for code in codes:
        shared.app.state.keyring.forget_organization(code)
    for digest in digests:
        shared.app.state.keyring.forget_key(digest)
