"""The organization that the tests of datapoints are about."""

import pytest

from tests.conftest import Make
from tests.support.shared import client, database, database_url, shared, shared_settings, vacant

__all__ = ["client", "database", "database_url", "shared", "shared_settings", "vacant"]


@pytest.fixture
def acme(make_organization: Make, make_plant: Make) -> None:
    """An organization with one plant."""
    make_organization()
    make_plant()
