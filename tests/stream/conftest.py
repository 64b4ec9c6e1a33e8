"""Two real servers on one PostgreSQL, shared by all that is tested of the stream."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from app.store.engine.database import Database
from app.store.inventory.organizations import organization_by_id
from tests.conftest import own_database
from tests.support.processes import Server, serving
from tests.support.site import new_site
from tests.support.sse import Follower


@pytest.fixture(scope="session")
def replicas_url(postgresql_template: str) -> Iterator[str]:
    """The address of the replicas' database."""
    with own_database(postgresql_template) as url:
        yield url


@pytest.fixture(scope="session")
def replicas_database(replicas_url: str) -> Iterator[Database]:
    """The replicas' database, opened by the tests."""
    opened = Database(replicas_url)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def servers(replicas_url: str) -> Iterator[list[Server]]:
    """Two replicas; only the last test of all may kill the second."""
    with serving(replicas_url, count=2, ESG_STREAM_BEAT_S="2") as started:
        yield started


@pytest.fixture
def organization(replicas_database: Database) -> tuple[int, str]:
    """An organization of a test's own: its database key and its code."""
    organization_id = new_site(replicas_database).organization_id
    with replicas_database.read() as session:
        found = organization_by_id(session, organization_id)
    assert found is not None
    return organization_id, found.code


@pytest.fixture
def follow() -> Iterator[Callable[..., Follower]]:
    """Begin to read a stream; what was begun is closed at the end."""
    with ExitStack() as opened:

        def begin(*about: Any, **filters: Any) -> Follower:
            follower = Follower(*about, **filters)
            opened.callback(follower.close)
            return follower

        yield begin
