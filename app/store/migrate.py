"""Bringing a database to the current schema with Alembic, and its local days to the current zone rules."""

from importlib.resources import files

from alembic import command
from alembic.config import Config
from sqlalchemy import text

from app.store.engine import Database
from app.store.zone_rules import ZoneChange, adopt_zone_rules

_ADVISORY_LOCK = 0x657367


def migrate(database: Database, *, zone_rules_back: bool = False) -> list[ZoneChange]:
    """Apply every migration that is missing; safe to call from several processes at once.

    Return where the program's edition of the zone rules differs from the one that the buckets were made by: those days
    are marked to be made anew. A later edition stays in force unless `zone_rules_back`.
    """
    config = Config()
    config.set_main_option("script_location", str(files("app").joinpath("migrations")))
    with database.write() as session:
        connection = session.connection()
        if not database.is_sqlite:
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK})
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        return adopt_zone_rules(session, back=zone_rules_back)
