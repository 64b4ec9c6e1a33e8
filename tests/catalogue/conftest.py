"""A plant that measures what the catalogue does not have."""

from collections.abc import Mapping
from typing import Any

import pytest

from tests.conftest import Make
from tests.shared import client, database, database_url, shared, vacant

__all__ = ["client", "database", "database_url", "shared", "vacant"]


@pytest.fixture(scope="module")
def shared_settings() -> Mapping[str, Any]:
    """Reading needs no key, so that the page is there."""
    return {"anonymous_read": True}


@pytest.fixture
def works(make_organization: Make, make_plant: Make) -> None:
    """An organization with one plant in Jiangxi."""
    make_organization()
    make_plant(region="CN-JX", grid_region="CN-CENTRAL")
