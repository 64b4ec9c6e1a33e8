"""A database of each kind by name, and an organization on either."""

from tests.support.databases import postgresql_database, postgresql_url, site, sqlite_database

__all__ = ["postgresql_database", "postgresql_url", "site", "sqlite_database"]
