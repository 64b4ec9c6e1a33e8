"""One running application on each database for each file of these tests."""

from tests.support.shared import client, database, database_url, shared, shared_settings, vacant

__all__ = ["client", "database", "database_url", "shared", "shared_settings", "vacant"]
