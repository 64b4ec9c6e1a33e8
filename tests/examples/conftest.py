"""One running application on each database for each file of these tests."""

from collections.abc import Mapping
from typing import Any

import pytest

from tests.support.shared import client, database, database_url, shared, vacant

__all__ = ["client", "database", "database_url", "shared", "vacant"]


@pytest.fixture(scope="module")
def shared_settings() -> Mapping[str, Any]:
    """Examples read meters at the end of a year that may not be over."""
    return {"future_days": 366}
