"""A plant that measures what the catalogue does not have."""

from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from tests.conftest import Make
from tests.support.shared import client, database, database_url, shared, vacant
from tests.support.works import ORGANIZATION, answer

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


@pytest.fixture
def average(works: None, client: httpx.Client) -> None:
    """The grid of the works' region emits 0.5 kg/kWh by a factor of its own, which stands in where there is no mix."""
    factor = {
        "code": "grid-average",
        "resource": "electricity.grid",
        "region": "CN-JX",
        "method": "location",
        "per": "kWh",
        "kg_co2": 0.5,
        "valid_from": "2000-01-01",
        "source": "an assumption",
    }
    answer(client, "POST", f"{ORGANIZATION}/factors", 201, json=factor)
