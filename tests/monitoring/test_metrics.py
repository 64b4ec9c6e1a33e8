"""What `/metrics` and readiness tell of rows, rollups, jobs and backups."""

import re
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from app.models import JobRun
from app.monitoring import Monitoring
from app.rollup.rolling.roller import roll_pending
from app.settings import Settings
from app.store.engine.database import Database
from app.store.operations.jobs import finish_run, open_run, start_clocks
from tests.conftest import ADMIN_KEY, Make
from tests.support.site import new_site
from tests.support.site import row as site_row

READINGS = "/v1/organizations/acme/readings"


def told(client: httpx.Client) -> dict[str, float]:
    return samples(client.get("/metrics").text)


def samples(text: str) -> dict[str, float]:
    """Return every sample of the metrics by its name and labels."""
    lines = text.splitlines()
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines if line[:1] != "#")}


@pytest.fixture
def grid(make_organization: Make, make_plant: Make, make_meter: Make) -> None:
    make_organization()
    make_plant()
    make_meter()


def row(minute: int, value: float, meter: str = "grid") -> dict[str, object]:
    return {"meter": meter, "timestamp": f"2026-01-01T00:{minute:02}:00+08:00", "value": value}


@pytest.mark.usefixtures("grid")
def test_rows_are_counted_by_what_became_of_them_and_why_they_were_rejected(client: httpx.Client) -> None:
    client.post(READINGS, json={"readings": [row(0, 1), row(15, 2), row(15, 2, "nobody's"), row(30, 3, "nobody's")]})
    client.post(READINGS, json={"readings": [row(0, 1), row(15, 5)]})
    client.post(f"{READINGS}?atomic=true", json={"readings": [row(30, 1), row(45, 2, "nobody's")]})
    found = told(client)
    assert {name: found[f'esg_rows_total{{outcome="{name}"}}'] for name in ("inserted", "replaced", "duplicate")} == {
        "inserted": 2,
        "replaced": 1,
        "duplicate": 1,
    }
    assert found['esg_rejected_rows_total{code="unknown_meter"}'] == 3


def test_what_waits_is_counted_and_how_old_it_was_when_it_was_rolled_up(database: Database) -> None:
    site = new_site(database)
    monitoring = Monitoring(database, Settings())
    meter = site.meter()
    site.post([site_row(meter, "2025-03-01T00:00:00Z", 1), site_row(meter, "2025-03-01T01:00:00Z", 2)])
    waiting = samples(monitoring.text().decode())
    assert (waiting["esg_rows_waiting"], waiting["esg_rolled_up_seconds_count"]) == (2, 0)
    roll_pending(database)
    found = samples(monitoring.text().decode())
    assert (found["esg_rows_waiting"], found["esg_marks_waiting"], found["esg_deliveries_waiting"]) == (0, 0, 0)
    assert found["esg_rolled_up_seconds_count"] == 1


def test_each_job_tells_when_it_last_succeeded_and_whether_its_last_run_failed(
    client: httpx.Client, database: Database
) -> None:
    def run(finished_ms: int, error: str | None) -> JobRun:
        with database.write() as session:
            opened = open_run(session, "retention", requested_by=None, worker="w", now_ms=finished_ms - 500)
            finish_run(session, opened, count=0, error=error, now_ms=finished_ms)
            return opened

    run(1_700_000_000_500, None)
    assert told(client)['esg_job_failed{name="retention"}'] == 0
    run(1_700_000_100_500, "no disk")
    found = told(client)
    assert found['esg_job_success_timestamp_seconds{name="retention"}'] == 1_700_000_000.5
    assert found['esg_job_failed{name="retention"}'] == 1


@pytest.fixture
def backups(tmp_path: Path) -> Path:
    folder = tmp_path / "backups"
    folder.mkdir()
    return folder


@pytest.fixture
def settings(database_url: str, backups: Path) -> Settings:
    return Settings(database_url=database_url, admin_key=SecretStr(ADMIN_KEY), backup_directory=backups)


def test_the_newest_backup_tells_its_age(backups: Path, client: httpx.Client) -> None:
    assert client.get("/health/ready").json()["backup_at"] is None
    assert re.search(r"^esg_backup_timestamp_seconds NaN$", client.get("/metrics").text, re.MULTILINE)
    for name in ("esg-20260101T014700Z.db", "esg-20260102T014700Z.dump", "esg-20260103T014700Z.db.unproved"):
        (backups / name).touch()
    assert client.get("/health/ready").json()["backup_at"] == "2026-01-02T01:47:00Z"
    made = datetime(2026, 1, 2, 1, 47, tzinfo=UTC).timestamp()
    assert told(client)["esg_backup_timestamp_seconds"] == made


def test_readiness_tells_when_jobs_were_claimed_last(client: httpx.Client, database: Database) -> None:
    with database.write() as session:
        start_clocks(session, ["later"], now_ms=4_102_444_800_000)
    assert client.get("/health/ready").json()["jobs_claimed_at"] == "2100-01-01T00:00:00Z"
