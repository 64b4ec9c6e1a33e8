"""Whether the database can take readings."""

from functools import lru_cache
from importlib.resources import files

from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from app.store.engine import Database
from app.store.zone_rules import edition_in_force


class ServiceNotReady(RuntimeError):
    """The database does not answer, or its schema is not the one this program was written for."""


def check_ready(database: Database) -> str | None:
    """Return the edition of the zone rules in force, None before there is one.

    Raises ServiceNotReady unless the database answers and its schema is current.
    """
    try:
        with database.read() as session:
            session.execute(text("SELECT 1"))
            current = MigrationContext.configure(session.connection()).get_current_revision()
            edition = edition_in_force(session) if current == _newest_revision() else None
    except SQLAlchemyError as error:
        raise ServiceNotReady("The database does not answer") from error
    if current != _newest_revision():
        raise ServiceNotReady("The database schema is not current; run `esg migrate`")
    return edition


@lru_cache(maxsize=1)
def _newest_revision() -> str | None:
    return ScriptDirectory(str(files("app").joinpath("migrations"))).get_current_head()
