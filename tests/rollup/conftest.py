"""A database of each kind by name, and an organization on either."""

from collections.abc import Iterator

import pytest

from app.rollup.rolling.roller import roll_pending
from app.store.engine.database import Database
from tests.support.databases import postgresql_database, postgresql_url, site, sqlite_database
from tests.support.gates import Gate, gate
from tests.support.site import Site, new_site

__all__ = ["postgresql_database", "postgresql_url", "site", "sqlite_database"]


@pytest.fixture
def shut(postgresql_url: str) -> Iterator[Gate]:
    """A gate of the PostgreSQL database, shut."""
    with gate(postgresql_url) as opened:
        yield opened


@pytest.fixture
def own(postgresql_database: Database) -> Site:
    """An organization of the test's own on it, where nothing is left to roll."""
    roll_pending(postgresql_database)
    return new_site(postgresql_database)
