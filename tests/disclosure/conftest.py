"""The plant and the works that the tests of choices are about."""

import pytest

from tests.conftest import Make
from tests.support.shared import client, database, database_url, shared, shared_settings, vacant
from tests.support.works import YEARLY

__all__ = ["client", "database", "database_url", "shared", "shared_settings", "vacant"]


@pytest.fixture
def jiangxi(make_organization: Make, make_plant: Make) -> None:
    """An organization with one plant in Jiangxi."""
    make_organization()
    make_plant(region="CN-JX", grid_region="CN-CENTRAL")


@pytest.fixture
def powered(jiangxi: None, make_meter: Make) -> None:
    """The plant with yearly ledgers of grid electricity, anthracite and output."""
    make_meter(**YEARLY)
    make_meter(code="coal", resource="fuel.coal.anthracite", unit="t", **YEARLY)
    make_meter(code="output", resource="product.output", unit="t", **YEARLY)
