"""One database of each kind by name, for tests that need a certain one or both at once."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.store.engine.database import Database
from tests.conftest import own_database
from tests.support.site import Site, new_site


@pytest.fixture(scope="module")
def postgresql_url(postgresql_template: str) -> Iterator[str]:
    """The address of a migrated PostgreSQL database of this file of tests alone."""
    with own_database(postgresql_template) as url:
        yield url


@pytest.fixture(scope="module")
def postgresql_database(postgresql_url: str) -> Iterator[Database]:
    """A migrated PostgreSQL database, shared by a file of tests: each makes an organization of its own."""
    opened = Database(postgresql_url)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def sqlite_database(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """A migrated SQLite file, shared like the other."""
    path = tmp_path_factory.mktemp("shared") / "esg.db"
    shutil.copy(sqlite_template, path)
    opened = Database(f"sqlite:///{path}")
    yield opened
    opened.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def site(request: pytest.FixtureRequest) -> Site:
    """A new organization on a shared database, once on each kind."""
    database: Database = request.getfixturevalue(f"{request.param}_database")
    return new_site(database)
