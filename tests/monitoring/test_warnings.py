"""Readiness names what somebody should look at before readings stop being taken, and why none can be taken."""

import time
from pathlib import Path

import httpx
import pytest
from sqlalchemy import text

from app.rollup.rolling.roller import roll_pending
from app.settings import Settings
from app.store.arrivals.marks import mark_everything
from app.store.engine.database import Database
from app.store.operations.jobs import start_clocks
from app.store.upkeep.concerns import Bounds, Concern, directories_of, look
from tests.conftest import ADMIN_KEY
from tests.monitoring.test_metrics import told
from tests.support.site import new_site
from tests.support.site import row as site_row


def concerns(
    database: Database, *, now_s: float = 0, disk_free_bytes: int = 0, waiting_s: float = 60
) -> tuple[Concern, ...]:
    bounds = Bounds(disk_free_bytes, waiting_s, directories_of(database, {"backup": None}))
    with database.read() as session:
        return look(database, session, bounds, now_s=now_s).concerns


def test_what_waits_longer_than_it_may_is_told_by_every_process_until_it_is_rolled_up(
    database: Database, database_url: str
) -> None:
    site = new_site(database)
    meter = site.meter()
    started_later = Database(database_url)

    def told() -> list[tuple[Concern, ...]]:
        """What is told now, an hour later, and then by a process that has seen nothing of it wait."""
        now_s = time.time()
        ages = [(database, now_s), (database, now_s + 3_600), (started_later, now_s + 3_600)]
        return [concerns(each, now_s=at_s, waiting_s=1_800) for each, at_s in ages]

    site.post([site_row(meter, "2025-03-01T00:00:00Z", 1)], now_ms=time.time_ns() // 1_000_000)
    posted = told()
    roll_pending(database)
    site.post([site_row(meter, "2025-03-01T00:00:00Z", 2)], now_ms=time.time_ns() // 1_000_000)
    corrected = told()
    roll_pending(database)
    rolled = told()
    with database.write() as session:
        mark_everything(session, site.organization_id, [meter.id])
    marked = told()
    started_later.close()

    late = [(), (Concern.ROLLUPS_BEHIND,), (Concern.ROLLUPS_BEHIND,)]
    assert (posted, corrected, rolled, marked) == (late, late, [()] * 3, late)


def test_what_a_program_marked_that_kept_no_time_has_waited_since_it_was_seen(database: Database) -> None:
    with database.write() as session:
        statement = "INSERT INTO mark (organization_id, meter_id, first_at, last_at) VALUES (1, 7, 1, 9)"
        session.connection().execute(text(statement))
    told = [concerns(database, now_s=at_s, waiting_s=60) for at_s in (1_000, 1_050, 1_061)]
    assert told == [(), (), (Concern.ROLLUPS_BEHIND,)]


def test_jobs_that_nobody_claims_for_five_minutes_are_told(database: Database) -> None:
    before = concerns(database, now_s=10_000_000)
    with database.write() as session:
        start_clocks(session, ["rollup"], now_ms=1_000_000_000)
    assert (before, concerns(database, now_s=1_000_299)) == ((), ())
    assert concerns(database, now_s=1_000_301) == (Concern.JOBS_SILENT,)


def test_a_schema_of_a_later_program_is_told(database: Database) -> None:
    with database.write() as session:
        session.connection().execute(text("UPDATE alembic_version SET version_num = '9998'"))
    assert concerns(database) == (Concern.SCHEMA_AHEAD,)


def test_a_disk_is_told_that_has_less_room_than_it_should(sqlite_template: Path) -> None:
    database = Database(f"sqlite:///{sqlite_template}")
    assert concerns(database, disk_free_bytes=2**62) == (Concern.DISK_LOW,)
    assert concerns(database, disk_free_bytes=1) == ()
    database.close()


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    return Settings(
        database_url=database_url, admin_key=ADMIN_KEY, backup_directory=tmp_path, min_disk_free_bytes=2**62
    )


def test_readiness_and_metrics_tell_the_same_and_the_service_is_ready(client: httpx.Client) -> None:
    ready = client.get("/health/ready")
    found = told(client)
    assert (ready.status_code, ready.json()["warnings"]) == (200, ["disk_low"])
    named = {name: found[f'esg_warning{{name="{name}"}}'] for name in Concern}
    assert named == {"disk_low": 1, "schema_ahead": 0, "jobs_silent": 0, "rollups_behind": 0}
    assert found['esg_disk_free_bytes{directory="backup"}'] > 0
    assert found["esg_longest_waiting_seconds"] >= 0


def test_who_is_not_ready_says_why_by_a_word(client: httpx.Client, database: Database) -> None:
    with database.write() as session:
        session.connection().execute(text("UPDATE alembic_version SET version_num = '0001'"))
    answer = client.get("/health/ready")
    assert answer.status_code == 503
    assert [(each["field"], each["code"]) for each in answer.json()["errors"]] == [(None, "schema_not_current")]
