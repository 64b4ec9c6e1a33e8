"""A real server on each database for a whole file of tests, with organizations and keys of its own in it."""

from collections.abc import Iterator

import pytest

from tests.conftest import migrated
from tests.support.company import Company, found
from tests.support.processes import serving


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def company(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    """The organization `acme` on a server of its own, on a SQLite file and then on a PostgreSQL database."""
    with (
        migrated(request, tmp_path_factory.mktemp("lanes")) as url,
        serving(url) as (server,),
        found(server, url) as acme,
    ):
        yield acme
