"""Bringing a database to the current schema with Alembic."""

from importlib.resources import files

from alembic import command
from alembic.config import Config
from sqlalchemy import text

from app.store.engine import Database

_ADVISORY_LOCK = 0x657367


def migrate(database: Database) -> None:
    """Apply every migration that is missing; safe to call from several processes at once."""
    config = Config()
    config.set_main_option("script_location", str(files("app").joinpath("migrations")))
    with database.write() as session:
        connection = session.connection()
        if not database.is_sqlite:
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK})
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
