"""An application on a PostgreSQL database of its own with a streaming replica beside it."""

from collections.abc import Iterator

import httpx
import psycopg
import pytest
from psycopg import sql

from app.main import create_app
from app.settings import Settings
from tests.conftest import ADMIN_KEY, own_database
from tests.replicas.standby import Standby, standby_of
from tests.replicas.works import Works, new_works
from tests.support.client import running


@pytest.fixture(scope="module")
def database_url(postgresql_template: str) -> Iterator[str]:
    """A migrated database that answers when it is as safe as the tests' server makes anything."""
    with own_database(postgresql_template) as url:
        name = url.split("?")[0].rpartition("/")[2]
        with psycopg.connect(postgresql_template, autocommit=True) as connection:
            statement = "ALTER DATABASE {} SET synchronous_commit = on"
            connection.execute(sql.SQL(statement).format(sql.Identifier(name)))
        yield url


@pytest.fixture(scope="module")
def standby(postgresql_server: str, database_url: str) -> Iterator[Standby]:
    """A replica of the server with that database."""
    with standby_of(postgresql_server) as started:
        yield started


@pytest.fixture
def works(database_url: str, standby: Standby) -> Iterator[Works]:
    """A new organization in an application that reads from the replica, once that is in use."""
    settings = Settings(
        database_url=database_url, read_database_url=standby.address(database_url), admin_key=ADMIN_KEY, read_wait_s=5
    )
    app = create_app(settings)
    with running(app, key=ADMIN_KEY) as client:
        works = new_works(client, app.state.replica)
        works.until(lambda: works.ready()["read_replica"] == "in_use")
        yield works


@pytest.fixture
def primary_only(database_url: str) -> Iterator[httpx.Client]:
    """Another application on the same database, without a replica."""
    with running(create_app(Settings(database_url=database_url, admin_key=ADMIN_KEY)), key=ADMIN_KEY) as client:
        yield client
