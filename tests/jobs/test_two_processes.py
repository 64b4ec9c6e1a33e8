"""Two server processes on one PostgreSQL, each with its scheduler: every run once, and none lost when one dies."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import psycopg
import pytest

from tests.support.databases import postgresql_url
from tests.support.processes import Server, serving

__all__ = ["postgresql_url"]
RUNS = 200
LEFT = "SELECT count(*) FROM job_run WHERE finished_at IS NULL AND started_at < 1000 * extract(epoch FROM now()) - 5000"
ROLLUP_LOCKS = 1_919_905_893
ORGANIZATION = {"code": "acme", "name": "Acme", "timezone": "Asia/Shanghai", "currency": "CNY"}
PLANT = {"code": "main", "name": "Main", "country": "CN", "timezone": "Asia/Shanghai"}
METER = {
    "code": "grid",
    "plant": "main",
    "name": "Grid",
    "resource": "electricity.grid",
    "kind": "interval",
    "unit": "kWh",
    "interval": "PT15M",
}


@pytest.fixture(scope="module")
def tallied(postgresql_url: str) -> Iterator[psycopg.Connection]:
    """The database of both servers, with the table their jobs write to."""
    with psycopg.connect(postgresql_url, autocommit=True) as connection:
        connection.execute("CREATE TABLE tally (job text, process integer)")
        yield connection


@pytest.fixture(scope="module")
def servers(postgresql_url: str, tallied: psycopg.Connection) -> Iterator[list[Server]]:
    with serving(postgresql_url, count=2, arguments=["-m", "tests.jobs.tally_server"]) as started:
        yield started


def rows(connection: psycopg.Connection, statement: str) -> list[Any]:
    return connection.execute(statement.encode()).fetchall()


def wait_for(condition: Callable[[], bool], patience_s: float = 40) -> None:
    end = time.monotonic() + patience_s
    while not condition():
        assert time.monotonic() < end, "it did not come to pass"
        time.sleep(0.1)


def test_of_two_hundred_scheduled_runs_each_is_run_exactly_once(
    tallied: psycopg.Connection, servers: list[Server]
) -> None:
    finished = "SELECT job, scheduled_at, worker FROM job_run WHERE state = 'succeeded' AND job LIKE 'count-%'"
    wait_for(lambda: len(rows(tallied, finished)) >= RUNS and len({row[2] for row in rows(tallied, finished)}) == 2)
    with tallied.transaction():
        tallied.execute("LOCK TABLE job_clock IN EXCLUSIVE MODE")  # no further run is claimed
        wait_for(lambda: rows(tallied, "SELECT count(*) FROM job_run WHERE finished_at IS NULL") == [(0,)])
        ran = rows(tallied, finished)
        tally = rows(tallied, "SELECT job, process FROM tally WHERE job LIKE 'count-%'")
        failed = rows(tallied, "SELECT job, error FROM job_run WHERE state <> 'succeeded' OR attempt > 1")

    assert failed == []
    assert Counter(job for job, _ in tally) == Counter(job for job, _, _ in ran)
    assert len({(job, scheduled_at) for job, scheduled_at, _ in ran}) == len(ran) >= RUNS
    assert {process for _, process in tally} == {server.pid for server in servers}


def test_a_killed_process_leaves_no_run_lost_and_no_bucket_dirty(
    tallied: psycopg.Connection, servers: list[Server]
) -> None:
    doomed, other = servers
    with httpx.Client(base_url=doomed.address, headers=doomed.headers, timeout=60) as client:
        for path, body in (("", ORGANIZATION), ("/acme/plants", PLANT), ("/acme/meters", METER)):
            assert client.post(f"/v1/organizations{path}", json=body).status_code == 201
        run = client.post("/v1/jobs/slow/runs").json()
        wait_for(lambda: rows(tallied, "SELECT count(*) FROM tally WHERE job = 'slow'") == [(1,)])
        # No roller gets past its lock until the process is dead, which by then has begun to roll.
        with tallied.transaction():
            for shard in range(64):
                tallied.execute("SELECT pg_advisory_xact_lock(%s, %s)", (ROLLUP_LOCKS, shard))
            reading = {"meter": "grid", "timestamp": "2026-01-01T00:15:00+08:00", "value": 4801.25}
            posted = client.post("/v1/organizations/acme/readings", json={"readings": [reading]})
            waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
            wait_for(lambda: rows(tallied, waiting) != [(0,)])
            doomed.kill()

    assert posted.json()["inserted"] == 1
    with httpx.Client(base_url=other.address, headers=other.headers, timeout=60) as client:
        wait_for(lambda: client.get(f"/v1/jobs/slow/runs/{run['run']}").json()["state"] == "succeeded")
        taken = client.get(f"/v1/jobs/slow/runs/{run['run']}").json()
        wait_for(lambda: rows(tallied, "SELECT count(*) FROM mark") == [(0,)])
        buckets = client.get("/v1/organizations/acme/rollups", params={"grain": "year"}).json()["items"]
        wait_for(lambda: rows(tallied, LEFT) == [(0,)])
    given_up = rows(tallied, "SELECT job, error FROM job_run WHERE state = 'failed'")

    assert run["worker"] != taken["worker"]
    assert (taken["attempt"], taken["count"], taken["error"]) == (2, 2, None)
    assert [(bucket["quantity"], bucket["count"]) for bucket in buckets] == [(4801.25, 1)]
    assert given_up == []


LEFT = "SELECT count(*) FROM job_run WHERE finished_at IS NULL AND started_at < 1000 * extract(epoch FROM now()) - 5000"
