"""A company that publishes, and the database of a module."""

from tests.support.desk import desk, works
from tests.support.shared import client, database, database_url, shared, shared_settings, vacant

__all__ = ["client", "database", "database_url", "desk", "shared", "shared_settings", "vacant", "works"]
