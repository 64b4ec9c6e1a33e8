"""Rows of earlier releases tell their organization after the migration, whatever they belong to."""

from collections.abc import Iterator

import pytest
from sqlalchemy import text

from app.store.arrivals.entered import entered
from app.store.engine.database import Database
from app.store.upkeep.migrate import migrate
from tests.support.migrating import ORGANIZATION, migrate_to

ROWS = """
    INSERT INTO plant (id, organization_id, code, name, country, timezone, equity_share, operational_control,
                       financial_control, created_at) VALUES (3, 1, 'main', 'Main', 'DE', 'UTC', '1', true, true, 0);
    INSERT INTO meter (id, organization_id, plant_id, code, name, resource, attributes, kind, unit, multiplier, counts,
                       created_at) VALUES (7, 1, 3, 'grid', 'Grid', 'electricity.grid', '{}', 'register', 'kWh', '1',
                                           true, 0);
    INSERT INTO plant_holding (plant_id, valid_from, equity_share, operational_control, financial_control, created_at)
        VALUES (3, '2024-01-01', '1', true, true, 0);
    INSERT INTO exchange (meter_id, at, final_value, first_value, reason, batch_id) VALUES (7, 5, 9, 0, 'swap', 1);
    INSERT INTO revision (meter_id, at, revision, value, batch_id, quality, superseded_by) VALUES (7, 5, 1, 9, 1, 1, 2);
    INSERT INTO mark (meter_id, first_at, last_at) VALUES (7, 1, 9);
    INSERT INTO mark (meter_id, first_at, last_at) VALUES (8, 1, 9);
    INSERT INTO dirty_span (meter_id, first_day, end_day) VALUES (7, 1, 9);
    INSERT INTO usual_amount (meter_id, lacking, first_at, last_at, highest, far) VALUES (7, 0, 1, 9, '[]', '[]');
    INSERT INTO kept_hours (meter_id, day, hours) VALUES (7, 1, '[]');
    INSERT INTO rollup (meter_id, grain, start_day, count, covered_s, count_estimated, count_manual, weight, area_high,
                        area_low, flags) VALUES (7, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0);
    INSERT INTO publication (id, organization_id, framework, year, number, document, digest, prepared_by, prepared_at,
                             as_of) VALUES (4, 1, 'f', 2024, 1, '{"period": {"end": "2025-01-01T00:00:00Z"}}', 'd', 'k',
                                            1, 1);
    INSERT INTO publication_step (publication_id, step, key_code, at) VALUES (4, 'approved', 'k', 1)
"""
TABLES = ("plant_holding", "exchange", "revision", "dirty_span", "usual_amount", "kept_hours", "rollup")


@pytest.fixture
def migrated(empty_database_url: str) -> Iterator[Database]:
    database = Database(empty_database_url)
    migrate_to(database, "0032")
    with database.write() as session:
        for statement in (ORGANIZATION, *ROWS.split(";\n")):
            session.connection().exec_driver_sql(statement)
    migrate(database)
    yield database
    database.close()


def test_each_row_has_the_organization_of_what_it_belongs_to(migrated: Database) -> None:
    with entered(migrated) as session:
        found = {
            table: session.connection().execute(text(f"SELECT organization_id FROM {table}")).scalars().all()
            for table in (*TABLES, "mark", "publication_step")
        }
    assert found == {table: [1] for table in (*TABLES, "mark", "publication_step")}  # the mark of no meter is gone


def test_a_step_of_a_publication_is_still_kept_as_it_is(migrated: Database) -> None:
    with pytest.raises(Exception, match="never changed or deleted"), migrated.write() as session:
        session.connection().execute(text("UPDATE publication_step SET organization_id = 2"))
