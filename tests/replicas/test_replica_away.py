"""A replica that breaks, goes away, or is none: reads go to the primary, and it is told; what cannot be is refused."""

import threading
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Connection, text

from app.main import create_app
from app.settings import Settings
from app.store.engine.replica import ReplicaRefused
from tests.conftest import ADMIN_KEY, own_database
from tests.replicas.standby import Standby
from tests.replicas.works import Works
from tests.support.client import running


def test_a_read_that_is_cut_off_at_the_replica_is_answered_by_the_primary(
    works: Works, standby: Standby, monkeypatch: pytest.MonkeyPatch
) -> None:
    works.post("2026-01-01T00:00:00Z", 4.5)
    reaches = works.replica._reaches

    def reaching_and_cut(connection: Connection, position: str) -> bool:
        """Cut the connection of a read, not of the watch, once it has caught up, as a recovery conflict may."""
        reached = reaches(connection, position)
        if threading.current_thread().name != "replica-watch":
            with psycopg.connect(standby.server, autocommit=True) as other:
                pid = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
                other.execute("SELECT pg_terminate_backend(%s)", [pid])
        return reached

    monkeypatch.setattr(works.replica, "_reaches", reaching_and_cut)
    reads = works.replica_reads()
    assert works.values() == [4.5]
    assert works.replica_reads() > reads
    monkeypatch.undo()
    works.until(lambda: works.ready()["read_replica"] == "in_use")


def test_a_replica_that_is_away_is_passed_by_and_used_again_when_it_is_back(works: Works, standby: Standby) -> None:
    works.post("2026-02-01T00:00:00Z", 1)
    standby.stop()
    assert works.values() == [1]
    works.post("2026-02-01T00:15:00Z", 2)
    assert works.values() == [1, 2]
    assert (works.ready()["status"], works.ready()["read_replica"]) == ("ok", "away")
    assert works.metric("esg_read_replica_in_use") == 0.0
    standby.start()
    works.until(lambda: works.ready()["read_replica"] == "in_use")
    before = works.replica_reads()
    assert works.values() == [1, 2]
    assert works.replica_reads() > before


def test_another_database_and_the_primary_itself_are_no_replica(database_url: str, standby: Standby) -> None:
    for named in (standby.server, database_url):
        settings = Settings(database_url=database_url, read_database_url=named, admin_key=ADMIN_KEY)
        with running(create_app(settings), key=ADMIN_KEY) as client:
            assert client.get("/health/ready").json()["read_replica"] == "not_a_replica"
            assert client.get("/v1/organizations").status_code == 200


def test_a_replica_that_was_promoted_is_read_no_longer(works: Works, standby: Standby) -> None:
    works.post("2026-03-01T00:00:00Z", 1)
    standby.promote()
    works.replica._wait_s = 0.1
    with works.replica.engine.connect() as connection:  # it has had all that, and will never have what comes
        assert not works.replica._reaches(connection, "0/0")
    works.post("2026-03-01T00:15:00Z", 2)
    assert works.values() == [1, 2]
    works.until(lambda: works.ready()["read_replica"] == "not_a_replica")


@pytest.mark.parametrize("read", ["postgresql://postgres@/esg", "sqlite:///copy.db"])
def test_a_sqlite_file_has_no_replica(tmp_path: Path, read: str) -> None:
    with pytest.raises(ReplicaRefused, match="replicas of PostgreSQL databases only"):
        create_app(Settings(database_url=f"sqlite:///{tmp_path / 'esg.db'}", read_database_url=read))


@pytest.mark.parametrize("read", ["sqlite:///copy.db", "mysql://somewhere/esg", "nonsense"])
def test_a_replica_is_a_postgresql_database(read: str) -> None:
    with pytest.raises(ReplicaRefused, match="not of a PostgreSQL database"):
        create_app(Settings(database_url="postgresql://postgres@/esg", read_database_url=read))


def test_readiness_says_that_there_is_no_replica(postgresql_template: str) -> None:
    with own_database(postgresql_template) as url:
        settings = Settings(database_url=url, admin_key=ADMIN_KEY)
        with running(create_app(settings), key=ADMIN_KEY) as client:
            assert client.get("/health/ready").json()["read_replica"] is None
            assert "esg_read_replica" not in client.get("/metrics").text
