"""Whether the database can take readings."""

from functools import lru_cache
from importlib.resources import files

from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from app.store.engine import Database
from app.store.outages import DatabaseUnavailable, StorageFull
from app.store.room import try_room
from app.store.zone_rules import edition_in_force


class ServiceNotReady(RuntimeError):
    """The database does not answer or takes no writes, or its schema is not the one this program was written for."""


def check_ready(database: Database) -> str | None:
    """Return the edition of the zone rules in force, None before there is one.

    Raises ServiceNotReady unless the database answers, its schema is current, and it takes writes: that is tried
    when the last one failed, so that what was full is found to have room again without waiting for a reading.
    """
    try:
        with database.read() as session:
            session.execute(text("SELECT 1"))
            current = MigrationContext.configure(session.connection()).get_current_revision()
            edition = edition_in_force(session) if current == _newest_revision() else None
        if current == _newest_revision() and not database.takes_writes:
            try_room(database)
    except StorageFull as error:
        raise ServiceNotReady("The database has no room for more") from error
    except (SQLAlchemyError, DatabaseUnavailable) as error:
        raise ServiceNotReady("The database does not answer") from error
    if current != _newest_revision():
        raise ServiceNotReady("The database schema is not current; run `esg migrate`")
    return edition


@lru_cache(maxsize=1)
def _newest_revision() -> str | None:
    return ScriptDirectory(str(files("app").joinpath("migrations"))).get_current_head()
