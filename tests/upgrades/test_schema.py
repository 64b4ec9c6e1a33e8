"""A database behind or ahead of the program is told; on a later schema that bears it a program serves on."""

import re
import threading
import time
from pathlib import Path

import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from app.cli import cli
from app.main import create_app
from app.settings import Settings
from app.store.engine.database import Database
from app.store.engine.schema import SchemaTooNew, migration_scripts, program_revision
from app.store.upkeep.health import ServiceNotReady, check_ready
from app.store.upkeep.migrate import migrate
from tests.conftest import ADMIN_KEY, own_database
from tests.support.client import running
from tests.support.migrating import migrate_to

run = CliRunner().invoke


@pytest.fixture
def checked(database_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("ESG_DATABASE_URL", database_url)
    return database_url


def as_if(database: Database, revision: str, *, oldest: str) -> None:
    """Have the database say that a later program has migrated it, and which programs it bears."""
    with database.write() as session:
        session.execute(text("UPDATE alembic_version SET version_num = :revision"), {"revision": revision})
        session.execute(text("UPDATE schema_support SET oldest = :oldest"), {"oldest": oldest})


@pytest.mark.usefixtures("checked")
def test_the_check_of_a_current_schema_ends_with_0() -> None:
    result = run(cli, ["migrate", "--check"])
    assert (result.exit_code, result.output) == (0, f"The schema is current: {program_revision()}\n")


def test_the_check_of_an_empty_database_ends_with_1_and_changes_nothing(
    empty_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ESG_DATABASE_URL", empty_database_url)
    words = f"The database is empty, and this program is of {program_revision()}; run `esg migrate`\n"
    for _ in range(2):
        result = run(cli, ["migrate", "--check"])
        assert (result.exit_code, result.output) == (1, words)


def test_the_check_of_an_older_schema_ends_with_1(empty_database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ESG_DATABASE_URL", empty_database_url)
    database = Database(empty_database_url)
    migrate_to(database, "0031")
    result = run(cli, ["migrate", "--check"])
    assert result.exit_code == 1
    assert result.output.startswith(f"The database schema is not current: 0031, behind {program_revision()}; run")
    with pytest.raises(ServiceNotReady, match="not current: 0031"):
        check_ready(database)
    database.close()


def test_a_program_serves_and_starts_on_a_later_schema_that_bears_it(checked: str) -> None:
    database = Database(checked)
    as_if(database, "9998", oldest=program_revision())
    settings = Settings(database_url=checked, admin_key=ADMIN_KEY)
    with running(create_app(settings), key=ADMIN_KEY) as client:
        assert client.get("/health/ready").status_code == 200
        body = {"code": "acme", "name": "Acme", "timezone": "UTC", "currency": "EUR"}
        assert client.post("/v1/organizations", json=body).status_code == 201
    result = run(cli, ["migrate", "--check"])
    assert result.exit_code == 1
    assert "of a later program: 9998, ahead of" in result.output
    with database.read() as session:
        assert session.execute(text("SELECT version_num FROM alembic_version")).scalar_one() == "9998"
    database.close()


def test_a_program_ends_on_a_later_schema_that_does_not_bear_it(checked: str) -> None:
    database = Database(checked)
    as_if(database, "9999", oldest="9998")
    with pytest.raises(ServiceNotReady, match="bears programs of 9998 and later: update this one"):
        check_ready(database)
    with pytest.raises(SchemaTooNew, match="ahead of"):
        migrate(database)
    database.close()


def test_nobody_waits_long_behind_a_migration_that_waits_for_a_lock(postgresql_server: str) -> None:
    with own_database(postgresql_server, template="template0") as url:
        database = Database(url)
        migrate_to(database, "0027")  # the next one adds a column to `organization`
        migrating = threading.Thread(target=migrate, args=(database,))
        slowest = 0.0
        with database.read() as long_read:
            long_read.execute(text("SELECT count(*) FROM organization"))
            migrating.start()
            end = time.monotonic() + 6
            while time.monotonic() < end:
                began = time.monotonic()
                with database.read() as session:
                    session.execute(text("SELECT count(*) FROM organization"))
                slowest = max(slowest, time.monotonic() - began)
                time.sleep(0.05)
            assert migrating.is_alive()
        migrating.join(60)

        assert 1.0 < slowest < 4.5
        check_ready(database)
        database.close()


_TAKES_AWAY = re.compile(r"op\.(drop_\w+|rename_table|alter_column)|new_column_name|DROP |RENAME ")


def test_a_migration_that_takes_something_away_says_which_programs_the_schema_still_bears() -> None:
    folder = Path(migration_scripts()) / "versions"
    later = [path for path in sorted(folder.glob("*.py")) if path.name > "0035_oldest_programs.py"]
    silent = [
        path.name
        for path in later
        if _TAKES_AWAY.search(path.read_text("utf-8").partition("def downgrade")[0])
        and "schema_support" not in path.read_text("utf-8")
    ]
    assert silent == [], "see docs/decisions/upgrades.md"
