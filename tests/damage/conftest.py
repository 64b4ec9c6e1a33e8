"""Applications on databases of each test's own: what is damaged is looked for in the whole of one."""

from tests.conftest import client, database, database_url

__all__ = ["client", "database", "database_url"]
