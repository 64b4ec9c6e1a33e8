"""A copy made while the database is used comes back whole; one that cannot is refused, and never replaces anything."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli import cli
from app.jobs.backup import back_up
from app.store.engine.database import Database
from app.store.upkeep.backup import BackupRefused, back_up_to, newest_backup_at, prove, restore
from tests.conftest import own_database
from tests.support.client_programs import client_programs
from tests.support.flipping import flip_page, page_ids
from tests.support.folded import fold_site
from tests.support.site import Site, new_site, row, stored

__all__ = ["client_programs"]
ROWS = [("2025-03-01T00:00:00Z", 1), ("2025-03-01T01:00:00Z", 2), ("2025-03-02T00:00:00Z", 4)]


@pytest.fixture
def site(database: Database, client_programs: Path) -> Site:
    return new_site(database)


@pytest.fixture
def elsewhere(database_url: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database of the same kind with nothing in it."""
    if database_url.startswith("sqlite"):
        yield f"sqlite:///{tmp_path / 'elsewhere' / 'esg.db'}"
        return
    with own_database(request.getfixturevalue("postgresql_server"), template="template0") as url:
        yield url


def test_a_copy_comes_back_with_readings_in_pages_and_waiting_ones(
    site: Site, elsewhere: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    meter = site.meter()
    site.post([row(meter, at, kwh) for at, kwh in ROWS[:2]])
    fold_site(site)
    site.post([row(meter, *ROWS[2])])
    copy = tmp_path / "copy"
    back_up_to(site.database, copy)
    proof = prove(site.database, copy)
    assert proof.restored
    assert (proof.pages, proof.arrivals) == (1, 1)
    assert [each.name for each in tmp_path.iterdir() if each.name.startswith("copy")] == ["copy"]

    monkeypatch.setenv("ESG_DATABASE_URL", elsewhere)
    done = CliRunner().invoke(cli, ["restore", str(copy)])
    assert done.exit_code == 0, done.output
    with closing(Database(elsewhere)) as restored:
        assert [each[1] for each in stored(restored, meter)] == [1_000_000, 2_000_000, 4_000_000]

    again = CliRunner().invoke(cli, ["restore", str(copy)])
    assert again.exit_code == 1
    assert "already" in again.stderr


def test_a_copy_of_a_damaged_page_is_not_kept(site: Site, tmp_path: Path) -> None:
    meter = site.meter()
    site.post([row(meter, at, kwh) for at, kwh in ROWS])
    fold_site(site)
    flip_page(site.database, page_ids(site.database, meter.id)[0], 40)
    folder = tmp_path / "backups"
    with pytest.raises(BackupRefused, match="damaged"):
        back_up(site.database, directory=folder)
    assert list(folder.iterdir()) == []
    assert newest_backup_at(folder) is None


def test_what_is_no_copy_is_refused_and_nothing_is_made(site: Site, elsewhere: str, tmp_path: Path) -> None:
    other = tmp_path / "other"
    if site.database.is_sqlite:
        with closing(sqlite3.connect(other)) as unknown:
            unknown.execute("CREATE TABLE a (b)")
    else:
        other.write_bytes(b"no dump")
    with pytest.raises(BackupRefused):
        restore(elsewhere, other)
    if site.database.is_sqlite:
        assert not Path(elsewhere.removeprefix("sqlite:///")).exists()
        return
    with closing(Database(elsewhere)) as database, database.read() as session:
        tables = "SELECT count(*) FROM pg_tables WHERE schemaname = current_schema()"
        assert session.connection().exec_driver_sql(tables).scalar_one() == 0


def test_every_night_a_proved_copy_is_kept_beside_a_fortnight_of_them(site: Site, tmp_path: Path) -> None:
    site.post([row(site.meter(), *ROWS[0])])
    suffix = "db" if site.database.is_sqlite else "dump"
    for day in range(1, 16):
        (tmp_path / f"esg-202001{day:02}T000000Z.{suffix}").touch()
    assert back_up(site.database, directory=tmp_path) == 1
    names = sorted(path.name for path in tmp_path.glob("esg-*"))
    assert (len(names), names[0]) == (14, f"esg-20200103T000000Z.{suffix}")
    made = newest_backup_at(tmp_path)
    assert made is not None
    assert names[-1] == f"esg-{made:%Y%m%dT%H%M%SZ}.{suffix}"


def test_without_the_servers_programs_it_is_said_what_is_missing(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    if site.database.is_sqlite:
        back_up_to(site.database, tmp_path / "copy")
        assert prove(site.database, tmp_path / "copy").restored
        return
    with pytest.raises(BackupRefused, match="pg_dump is not on the path"):
        back_up_to(site.database, tmp_path / "copy")
    assert not (tmp_path / "copy").exists()
