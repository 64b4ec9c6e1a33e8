"""What a release asked of its database runs on the schema of today, for as long as that bears the release.

Statements are kept as they reached the driver. When the schema bears their release no longer, they are recorded again:
`python -m pytest tests/upgrades/record.py`.
"""

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import inspect, text

from app.store.engine.database import Database

RECORD = Path(__file__).with_name("statements.json")
_PARAMETER = re.compile(r"%\(\w+\)s|%[sbt]")
_NUMBERED = re.compile(r"\?(\d+)")
_COLUMNS = re.compile(r'^(?:WITH .*? )?(?:INSERT(?: OR \w+)? INTO|COPY) "?(\w+)"? \(([^)]*)\)')
_UNDECIDED = (psycopg.errors.IndeterminateDatatype, psycopg.errors.AmbiguousFunction, psycopg.errors.AmbiguousParameter)
"""What a statement says without the types that the driver sends along; not that anything is missing."""


@pytest.fixture
def release(database: Database) -> tuple[str, list[str]]:
    """The revision of the recorded release and its statements on this database."""
    kept = json.loads(RECORD.read_text("utf-8"))
    return kept["revision"], kept[database.url.get_backend_name()]


def refused(database: Database, statements: Iterable[str]) -> list[str]:
    """Return what of these statements the schema does not bear, with the reason."""
    with database.engine.connect() as connection:
        inspector = inspect(connection)
        driver: Any = connection.connection.driver_connection
        check = _refused_by_sqlite if database.is_sqlite else _refused_by_postgresql
        found = [f"{why}: {each}" for each in statements if (why := check(driver, each)) is not None]
        return found + [f"{why}: {each}" for each in statements if (why := _left_out(inspector, each)) is not None]


def _refused_by_sqlite(driver: Any, statement: str) -> str | None:
    numbered = [int(number) for number in _NUMBERED.findall(statement)]
    try:
        driver.execute(f"EXPLAIN {statement}", [None] * (max(numbered) if numbered else statement.count("?")))
    except Exception as error:
        return str(error)
    return None


def _refused_by_postgresql(driver: psycopg.Connection, statement: str) -> str | None:
    if statement.startswith("COPY"):
        return None
    numbers = iter(range(1, 10_000))
    named: dict[str, str] = {}

    def number(found: re.Match[str]) -> str:
        if found[0].startswith("%("):
            return named.setdefault(found[0], f"${next(numbers)}")
        return f"${next(numbers)}"

    words = _PARAMETER.sub(number, statement)
    try:
        with driver.transaction(force_rollback=True):
            driver.execute(f"PREPARE recorded AS {words}".encode())
            driver.execute("DEALLOCATE recorded")
    except _UNDECIDED:
        return None
    except psycopg.Error as error:
        return str(error).partition("\n")[0]
    return None


def _left_out(inspector: Any, statement: str) -> str | None:
    """Return what an insertion does not give though the table must have it, or gives though there is no such column."""
    found = _COLUMNS.match(statement)
    if found is None:
        return None
    given = {name.strip().strip('"') for name in found[2].split(",")}
    if not inspector.has_table(found[1]):
        return f"there is no {found[1]}"
    columns = inspector.get_columns(found[1])
    key = inspector.get_pk_constraint(found[1])["constrained_columns"]
    needed = {
        each["name"]
        for each in columns
        if not each["nullable"]
        and each["default"] in (None, "NULL")
        and not each.get("identity")
        and key != [each["name"]]
    }
    missing, unknown = needed - given, given - {each["name"] for each in columns}
    return f"{found[1]} needs {sorted(missing)} and has no {sorted(unknown)}" if missing or unknown else None


def test_the_statements_of_the_last_release_run_on_the_schema_of_today(
    database: Database, release: tuple[str, list[str]]
) -> None:
    revision, statements = release
    with database.read() as session:
        oldest = session.execute(text("SELECT oldest FROM schema_support")).scalar_one()

    assert revision >= oldest, "the schema bears the recorded release no longer: record the statements of the last one"
    assert len(statements) > 100
    assert refused(database, statements) == [], "see docs/decisions/upgrades.md"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("ALTER TABLE plant DROP COLUMN grid_region", "grid_region"),
        ("ALTER TABLE mark RENAME TO dirty_mark", "mark"),
        ("ALTER TABLE api_key RENAME COLUMN digest TO sha256", "digest"),
        ("ALTER TABLE arrival ADD COLUMN origin INTEGER NOT NULL", "origin"),
    ],
)
def test_what_would_break_the_last_release_is_found(
    database: Database, release: tuple[str, list[str]], change: str, said: str
) -> None:
    if database.is_sqlite and "NOT NULL" in change:
        change += " DEFAULT NULL"  # SQLite adds no other; it is refused when a row comes
    with database.write() as session:
        session.execute(text(change))

    found = refused(database, release[1])

    assert found
    assert said in found[0]
