"""The organization that the tests of datapoints are about."""

import pytest

from tests.conftest import Make


@pytest.fixture
def acme(make_organization: Make, make_plant: Make) -> None:
    """An organization with one plant."""
    make_organization()
    make_plant()
