"""A database at an earlier schema, with an organization in it."""

from importlib.resources import files

from alembic import command
from alembic.config import Config

from app.store.engine.database import Database

ORGANIZATION = """
    INSERT INTO organization (id, code, name, timezone, currency, fiscal_year_start_month, fiscal_year_label,
                              consolidation, rounding, inventory_version, created_at)
    VALUES (1, 'works', 'Works', 'UTC', 'EUR', 1, 'start', 'operational_control', 'half_up', 0, 0)
"""


def migrate_to(database: Database, revision: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(files("app").joinpath("migrations")))
    with database.write() as session:
        config.attributes["connection"] = session.connection()
        command.upgrade(config, revision)
