"""The chain of an audit log: who writes at once, what is rolled back, what somebody changes behind its back."""

import hashlib
import threading
from collections.abc import Iterator

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from typer.testing import CliRunner

from app.cli import cli
from app.core.acting import Actor, acting_as
from app.store.audit.capture import append_changes, note
from app.store.engine.database import Database
from app.store.operations.audit_log import ChainVerdict, audit_entries, verify_chains

AUDIT = "/v1/organizations/acme/audit"


def with_key(key: str) -> dict[str, str]:
    return {"X-API-Key": key}


KEPT = {
    True: ("audit_entry_no_update", "audit_entry_no_delete", "audit_entry_no_replace"),
    False: ("audit_entry_kept", "audit_entry_not_emptied"),
}


@pytest.fixture
def log(database: Database) -> Iterator[int]:
    """The number of an organization of five entries, of whom nobody else writes."""
    own = 7_000_001
    for number in range(1, 6):
        with acting_as(Actor("key-1", "Zo\u00eb", "try_it", f"r{number}", "192.0.2.7")), database.write() as session:
            note(session, own, "thing", "t", before=number - 1, after={"is": number, "\u00fc": None})
    yield own
    behind_its_back(database, f"DELETE FROM audit_entry WHERE organization_id = {own}")
    behind_its_back(database, f"DELETE FROM audit_head WHERE organization_id = {own}")


def behind_its_back(database: Database, statement: str) -> None:
    """Do what nobody may, as somebody would who owns the database."""
    with database.engine.connect() as connection:
        where = "" if database.is_sqlite else " ON audit_entry"
        names = KEPT[database.is_sqlite]
        told = {row[0]: row[1] for row in connection.execute(text(_TRIGGERS[database.is_sqlite]))}
        for name in names:
            connection.execute(text(f"DROP TRIGGER {name}{where}"))
        connection.execute(text(statement))
        for name in names:
            connection.execute(text(told[name]))
        connection.commit()


_TRIGGERS = {
    True: "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'",
    False: "SELECT tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal",
}


def verdict(database: Database, own: int) -> ChainVerdict:
    return next(each for each in verify_chains(database, None) if each.organization == f"no. {own}")


def test_each_entry_names_the_hash_of_the_one_before(database: Database, log: int) -> None:
    with database.read() as session:
        entries = list(audit_entries(session, log))

    assert [each["number"] for each in entries] == [1, 2, 3, 4, 5]
    first = entries[0]
    told = (
        f'[{log},1,{first["at"]},"key-1","Zo\u00eb","try_it","thing","t","0","{{\\"is\\":1,\\"\u00fc\\":null}}",'
        f'"r1","192.0.2.7","{"0" * 64}"]'
    )
    assert first["hash"] == hashlib.sha256(told.encode()).hexdigest()
    assert [each["previous"] for each in entries[1:]] == [each["hash"] for each in entries[:-1]]
    assert verdict(database, log) == ChainVerdict(f"no. {log}", 5, ())


@pytest.mark.parametrize(
    ("statement", "broken"),
    [
        (
            "UPDATE audit_entry SET after = '4' WHERE number = 3 AND organization_id = {}",
            ("entry 3: its hash is not that of what it says: it was changed",),
        ),
        (
            "UPDATE audit_entry SET actor = 'key-2' WHERE number = 5 AND organization_id = {}",
            ("entry 5: its hash is not that of what it says: it was changed",),
        ),
        (
            "DELETE FROM audit_entry WHERE number = 2 AND organization_id = {}",
            (
                "entry 3: the entry before it is 1: entries are missing or were put in",
                "entry 3: it does not name the hash of entry 1",
            ),
        ),
        (
            "DELETE FROM audit_entry WHERE number = 5 AND organization_id = {}",
            ("the log ends with entry 4, and entry 5 was appended last",),
        ),
        (
            "UPDATE audit_head SET number = 4 WHERE organization_id = {}",
            ("the log ends with entry 5, and entry 4 was appended last",),
        ),
    ],
)
def test_a_row_that_is_changed_behind_its_back_is_named(
    database: Database, log: int, statement: str, broken: tuple[str, ...]
) -> None:
    behind_its_back(database, statement.format(log))

    assert verdict(database, log).broken == broken


def test_the_command_ends_with_1_and_names_the_link(
    database: Database, database_url: str, log: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ESG_DATABASE_URL", database_url)
    whole = CliRunner().invoke(cli, ["verify"])
    behind_its_back(database, f"UPDATE audit_entry SET at = at + 1 WHERE number = 4 AND organization_id = {log}")
    changed = CliRunner().invoke(cli, ["verify"])

    assert (whole.exit_code, changed.exit_code) == (0, 1)
    assert f"no. {log}: audit log, entry 4: its hash is not that of what it says: it was changed\n" in changed.output
    assert changed.output.endswith("1 links broken.\n")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entry SET actor = 'nobody' WHERE organization_id = {}",
        "DELETE FROM audit_entry WHERE organization_id = {}",
    ],
)
def test_the_database_lets_nobody_change_or_delete_an_entry(database: Database, log: int, statement: str) -> None:
    with pytest.raises(DBAPIError, match="never changed or deleted"), database.write() as session:
        session.connection().execute(text(statement.format(log)))

    assert verdict(database, log).broken == ()


def test_what_is_rolled_back_leaves_no_entry(database: Database, log: int) -> None:
    def change() -> None:
        with database.write() as session:
            note(session, log, "thing", "t", after=6)
            append_changes(session)
            raise RuntimeError("after all not")

    with pytest.raises(RuntimeError, match="after all not"):
        change()

    assert verdict(database, log).entries == 5


def test_many_writers_make_one_chain(database_url: str, database: Database, log: int) -> None:
    failures: list[Exception] = []

    def write(own: Database) -> None:
        try:
            for number in range(20):
                with own.write() as session:
                    note(session, log + number % 2, "thing", "t", after=number)
                    note(session, log, "thing", "u", after=number)
        except Exception as error:
            failures.append(error)

    processes = [Database(database_url) for _ in range(4)]
    threads = [threading.Thread(target=write, args=(each,)) for each in processes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for each in processes:
        each.close()

    assert failures == []
    assert verdict(database, log) == ChainVerdict(f"no. {log}", 5 + 4 * 20 + 4 * 10, ())
    assert verdict(database, log + 1) == ChainVerdict(f"no. {log + 1}", 4 * 10, ())
    behind_its_back(database, f"DELETE FROM audit_entry WHERE organization_id = {log + 1}")
    behind_its_back(database, f"DELETE FROM audit_head WHERE organization_id = {log + 1}")
