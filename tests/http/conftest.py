"""One running application on each database for each file of these tests, and works that publish."""

from tests.support.desk import desk, works
from tests.support.shared import client, database, database_url, shared, shared_settings, vacant

__all__ = ["client", "database", "database_url", "desk", "shared", "shared_settings", "vacant", "works"]
