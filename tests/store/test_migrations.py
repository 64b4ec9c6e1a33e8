"""The migrations build what the models say, in the key order the queries count on."""

from collections.abc import Iterator

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text

from app.models import metadata
from app.rollup.rolling.roller import roll_pending
from app.store.engine.database import Database
from app.store.upkeep.migrate import migrate
from tests.support.migrating import ORGANIZATION, migrate_to
from tests.support.site import new_site, rollups, row

KEYS = [
    ("reading", ["meter_id", "at", "reference"]),
    ("revision", ["meter_id", "at", "reference", "revision"]),
    ("rollup", ["meter_id", "grain", "start_day"]),
]
POSTGRESQL_KEY = """
    SELECT attribute.attname
    FROM pg_index, unnest(indkey) WITH ORDINALITY AS part(number, place), pg_attribute AS attribute
    WHERE indrelid = CAST(:name AS regclass) AND indisprimary
      AND attribute.attrelid = indrelid AND attribute.attnum = part.number
    ORDER BY place
"""


@pytest.fixture
def migrated(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    migrate(database)
    yield database
    database.close()


def test_migrating_from_empty_leaves_nothing_to_tell_apart_from_the_models(migrated: Database) -> None:
    with migrated.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        differences = compare_metadata(context, metadata)
    assert differences == []


def test_the_comparison_sees_a_column_that_the_models_do_not_have(migrated: Database) -> None:
    with migrated.write() as session:
        session.connection().execute(text("ALTER TABLE plant ADD COLUMN altitude INTEGER"))
    with migrated.engine.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), metadata)
    removed = [difference[2:] for difference in differences if difference[0] == "remove_column"]
    assert [(table, column.name) for table, column in removed] == [("plant", "altitude")]


def test_migrating_again_changes_nothing(migrated: Database) -> None:
    before = _tables(migrated)
    migrate(migrated)
    assert _tables(migrated) == before
    assert {"organization", "plant", "meter", "reading", "revision", "mark", "rollup", "batch"} <= before.keys()


@pytest.mark.parametrize(("table", "key"), KEYS)
def test_a_large_table_is_kept_in_the_order_of_its_key(migrated: Database, table: str, key: list[str]) -> None:
    with migrated.read() as session:
        connection = session.connection()
        if migrated.is_sqlite:
            definition = "SELECT sql FROM sqlite_master WHERE name = :name"
            statement = connection.execute(text(definition), {"name": table}).scalar_one()
            assert statement.rstrip().endswith("WITHOUT ROWID")
            columns = "SELECT name FROM pragma_table_info(:name) WHERE pk > 0 ORDER BY pk"
            found = connection.execute(text(columns), {"name": table}).scalars().all()
        else:
            found = connection.execute(text(POSTGRESQL_KEY), {"name": table}).scalars().all()
    assert found == key


def test_marks_have_no_key(migrated: Database) -> None:
    inspector = inspect(migrated.engine)
    assert inspector.get_pk_constraint("mark")["constrained_columns"] == []
    assert inspector.get_unique_constraints("mark") == []
    assert [index["name"] for index in inspector.get_indexes("mark") if index["unique"]] == []


@pytest.fixture
def empty(empty_database_url: str) -> Iterator[Database]:
    database = Database(empty_database_url)
    yield database
    database.close()


def test_stored_serial_numbers_are_brought_to_the_form_of_new_ones(empty: Database) -> None:
    migrate_to(empty, "0016")
    stored = [
        ("padded", "GEC-2021-000101", "GEC-2021-000500", "GEC-2021-", 101, 500),
        ("long", "00640000000000012345678901", "00640000000000012345678999", "00640000", 12345678901, 12345678999),
        ("plain", "REGO", "REGO", "REGO", 0, 0),
        ("contract", None, None, None, None, None),
    ]
    with empty.write() as session:
        session.connection().execute(text(ORGANIZATION))
        for code, first, last, prefix, number, end in stored:
            values = {"code": code, "first": first, "last": last, "prefix": prefix, "number": number, "end": end}
            registry = None if first is None else "  ENAGÁS  GdO"
            session.connection().execute(text(_INSTRUMENT), {**values, "registry": registry})
    migrate(empty)
    with empty.read() as session:
        columns = "registry_key, serial_prefix, serial_first, serial_last, first_serial, energy_source"
        rows = session.connection().execute(text(f"SELECT code, {columns} FROM instrument")).all()
    assert {row[0]: tuple(row[1:]) for row in rows} == {
        "padded": ("enagás gdo", "GEC-2021-", 101, 500, "GEC-2021-000101", None),
        "long": ("enagás gdo", "640000", 12345678901, 12345678999, "00640000000000012345678901", None),
        "plain": ("enagás gdo", "REGO", -1, -1, "REGO", None),
        "contract": (None, None, None, None, None, None),
    }


def test_readings_stored_before_there_were_references_have_none_and_keep_their_indexes(empty: Database) -> None:
    migrate_to(empty, "0023")
    with empty.write() as session:
        connection = session.connection()
        connection.execute(text(_READING), [{"at": at, "value": at * 10, "start": at - 5} for at in (100, 200)])
        connection.execute(text(_REVISION))
    migrate(empty)
    with empty.write() as session:
        connection = session.connection()
        readings = connection.execute(text(f"SELECT {_EVERY} FROM reading ORDER BY at")).all()
        revisions = connection.execute(text(f"SELECT {_EVERY}, superseded_by FROM revision")).all()
    assert [tuple(row) for row in readings] == [(7, 100, "", 1000, 3, 2, 2, 95), (7, 200, "", 2000, 3, 2, 2, 195)]
    assert [tuple(row) for row in revisions] == [(7, 100, "", 999, 1, 1, 1, None, 3)]
    found = {index["name"] for index in inspect(empty.engine).get_indexes("reading")}
    assert found == {"ix_reading_own_start", "ix_reading_suspect"}


def test_rows_of_rollups_from_before_there_were_additions_are_added_to(empty: Database) -> None:
    migrate_to(empty, "0036")
    with empty.write() as session:
        for grain, day in ((1, 18_687), (2, 18_687), (3, 18_628)):
            session.connection().execute(text(_ROLLUP), {"grain": grain, "day": day})
    migrate(empty)
    site = new_site(empty)
    meter = site.meter()
    assert meter.id == 1
    with empty.write() as session:  # the meter that the rows were of came after them here
        session.connection().execute(text("UPDATE rollup SET organization_id = :own"), {"own": site.organization_id})
    before = [tuple(each) for each in rollups(empty, meter)]
    site.post([row(meter, "2021-03-01T00:15:00+08:00", 2)])
    roll_pending(empty)
    assert [each[:5] for each in before] == [
        (1, 18_687, 5_000_000, 3, 2_700),
        (2, 18_687, 5_000_000, 3, 2_700),
        (3, 18_628, 5_000_000, 3, 2_700),
    ]
    assert [each[:5] for each in rollups(empty, meter)] == [
        (1, 18_687, 7_000_000, 4, 3_600),
        (2, 18_687, 7_000_000, 4, 3_600),
        (3, 18_628, 7_000_000, 4, 3_600),
    ]


_ROLLUP = """
    INSERT INTO rollup (meter_id, grain, start_day, quantity, count, covered_s, gross, gross_estimated, gross_manual,
                        count_estimated, count_manual, weight, area_high, area_low, flags)
    VALUES (1, :grain, :day, 5000000, 3, 2700, 5000000, 0, 0, 0, 0, 0, 0, 0, 0)
"""
_EVERY = "meter_id, at, reference, value, batch_id, quality, revision, start_at"
_READING = """
    INSERT INTO reading (meter_id, at, value, batch_id, quality, revision, start_at)
    VALUES (7, :at, :value, 3, 2, 2, :start)
"""
_REVISION = """
    INSERT INTO revision (meter_id, at, revision, value, batch_id, quality, superseded_by)
    VALUES (7, 100, 1, 999, 1, 1, 3)
"""


_INSTRUMENT = """
    INSERT INTO instrument (organization_id, code, kind, region, valid_from, valid_to, amount, unit, kg_co2e_per_kwh,
                            registry_name, serial_prefix, serial_first, serial_last, first_serial, last_serial, source,
                            created_at)
    VALUES (1, :code, 'certificate', 'DE', '2021-01-01', '2022-01-01', '1', 'MWh', '0',
            :registry, :prefix, :number, :end, :first, :last, 'a statement', 0)
"""


def _tables(database: Database) -> dict[str, list[str]]:
    inspector = inspect(database.engine)
    return {name: [column["name"] for column in inspector.get_columns(name)] for name in inspector.get_table_names()}


def test_autovacuum_comes_early_to_the_pages_of_postgresql(migrated: Database) -> None:
    if migrated.is_sqlite:
        return
    with migrated.read() as session:
        found = session.connection().execute(text("SELECT reloptions FROM pg_class WHERE relname = 'reading_page'"))
        assert found.scalar_one() == ["toast_tuple_target=8160", "autovacuum_vacuum_scale_factor=0.02"]
