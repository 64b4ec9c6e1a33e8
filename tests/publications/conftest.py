"""A company that publishes: one plant with yearly ledgers, a key that prepares and a key that approves."""

import httpx
import pytest

from app.store.engine.database import Database
from tests.conftest import Make
from tests.disclosure.works import YEARLY, send
from tests.publications.desk import Desk
from tests.shared import client, database, database_url, shared, shared_settings, vacant

__all__ = ["client", "database", "database_url", "shared", "shared_settings", "vacant"]


@pytest.fixture
def works(make_organization: Make, make_plant: Make, make_meter: Make) -> None:
    """An organization with a plant in Jiangxi that has yearly ledgers of grid electricity, coal and output."""
    make_organization()
    make_plant(region="CN-JX", grid_region="CN-CENTRAL")
    make_meter(**YEARLY)
    make_meter(code="coal", resource="fuel.coal.anthracite", unit="t", **YEARLY)
    make_meter(code="output", resource="product.output", unit="t", **YEARLY)


@pytest.fixture
def desk(works: None, client: httpx.Client, database: Database) -> Desk:
    """The works' figures of 2020 and 2021, with nothing published yet."""
    send(
        client,
        database,
        "grid,2020-01-01T00:00:00+08:00,500000\ngrid,2021-01-01T00:00:00+08:00,1000000\n"
        "coal,2021-01-01T00:00:00+08:00,10\noutput,2021-01-01T00:00:00+08:00,250\n",
    )
    return Desk.of(client)
