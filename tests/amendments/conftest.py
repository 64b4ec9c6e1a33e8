"""A database of each kind by name and an organization on either; one running application, with its jobs, on each."""

import pytest

from tests.conftest import Make
from tests.support.databases import postgresql_database, postgresql_url, site, sqlite_database
from tests.support.shared import client, database, database_url, jobs_run, shared, shared_settings, vacant

role = jobs_run
__all__ = [
    "client",
    "database",
    "database_url",
    "postgresql_database",
    "postgresql_url",
    "role",
    "shared",
    "shared_settings",
    "site",
    "sqlite_database",
    "vacant",
]


@pytest.fixture
def works(make_organization: Make, make_plant: Make, make_meter: Make) -> None:
    """A plant in Jiangxi with two monthly meters of grid electricity, one of which doubts more than 1,000 kWh an hour,
    and one of output.
    """
    monthly = {"interval": "P1M", "timestamp_edge": "interval_start"}
    make_organization()
    make_plant(region="CN-JX", grid_region="CN-CENTRAL")
    make_meter(**monthly)
    make_meter(code="grid-2", max_rate=1_000, **monthly)
    make_meter(code="output", resource="product.output", unit="t", **monthly)
