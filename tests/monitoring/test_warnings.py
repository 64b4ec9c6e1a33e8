"""Readiness names what somebody should look at before readings stop being taken, and why none can be taken."""

import time
from collections.abc import Callable
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


def test_what_waits_longer_than_it_may_is_told_until_it_is_rolled_up(database: Database) -> None:
    site = new_site(database)
    meter = site.meter()

    def told_after_a_while(wait: Callable[[], object]) -> list[tuple[Concern, ...]]:
        wait()
        first = concerns(database, waiting_s=0.2)
        time.sleep(0.3)
        return [first, concerns(database, waiting_s=0.2)]

    posted = told_after_a_while(lambda: site.post([site_row(meter, "2025-03-01T00:00:00Z", 1)]))
    roll_pending(database)
    rolled = concerns(database, waiting_s=0.2)

    def mark() -> None:
        with database.write() as session:
            mark_everything(session, site.organization_id, [meter.id])

    marked = told_after_a_while(mark)
    roll_pending(database)
    busy = []
    for day in range(1, 4):  # something waits at each look, and another thing each time
        site.post([site_row(meter, f"2025-04-0{day}T00:00:00Z", 1)])
        busy.append(concerns(database, waiting_s=0.2))
        roll_pending(database)
        time.sleep(0.15)

    assert posted == [(), (Concern.ROLLUPS_BEHIND,)]
    assert rolled == ()
    assert marked == [(), (Concern.ROLLUPS_BEHIND,)]
    assert busy == [(), (), ()]


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
