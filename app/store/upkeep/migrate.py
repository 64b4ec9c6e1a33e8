"""Bringing a database to the current schema with Alembic, and its local days to the current zone rules."""

import time

from sqlalchemy import Connection, text

from app.store.engine.database import Database
from app.store.engine.outages import DatabaseBusy
from app.store.engine.schema import SchemaTooNew, migration_scripts, schema_standing
from app.store.upkeep.zone_rules import ZoneChange, adopt_zone_rules

_ADVISORY_LOCK = 0x657367
_PATIENCE_S, _PAUSE_S = 30.0, 0.5
"""A migration gives up a table's lock after two seconds (`migrations/env.py`), since everybody who comes after it
queues behind it meanwhile, and asks again a little later."""


def migrate(database: Database, *, zone_rules_back: bool = False) -> list[ZoneChange]:
    """Apply every migration that is missing; safe to call from several processes at once, and beside those that serve.

    Return where the program's edition of the zone rules differs from the one that the buckets were made by: those days
    are marked to be made anew. A later edition stays in force unless `zone_rules_back`. A schema of a later program
    that still bears this one is left as it is. Raises SchemaTooNew for one that does not, and DatabaseBusy when others
    hold what is needed for too long.
    """
    end = time.monotonic() + _PATIENCE_S
    while True:
        try:
            return _migrate(database, zone_rules_back=zone_rules_back)
        except DatabaseBusy:
            if time.monotonic() > end:
                raise
            time.sleep(_PAUSE_S)


def _migrate(database: Database, *, zone_rules_back: bool) -> list[ZoneChange]:
    with database.write() as session:
        connection = session.connection()
        if not database.is_sqlite:
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK})
        standing = schema_standing(connection)
        if standing.is_ahead and not standing.bears_program:
            raise SchemaTooNew(standing.words)
        if not standing.is_current and not standing.is_ahead:
            _upgrade(connection)
        return adopt_zone_rules(session, back=zone_rules_back)


def _upgrade(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", migration_scripts())
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
