"""Jobs over HTTP and at the command line."""

import time
from typing import Any

import httpx
import pytest
from sqlmodel import select
from typer.testing import CliRunner

from app.cli import cli
from app.models import JobRun
from app.store.engine.database import Database
from app.store.operations.jobs import start_clocks
from tests.conftest import Make


def finished(client: httpx.Client, location: str) -> dict[str, Any]:
    end = time.monotonic() + 20
    while True:
        run: dict[str, Any] = client.get(location).json()
        if run["state"] != "running":
            return run
        assert time.monotonic() < end
        time.sleep(0.05)


def test_the_jobs_are_listed_with_what_they_do(client: httpx.Client) -> None:
    page = client.get("/v1/jobs").json()
    by_name = {job["name"]: job for job in page["items"]}

    assert page["next"] is None
    assert list(by_name)[:3] == ["rollup", "announcements", "figures"]
    assert by_name["rollup"]["recorded"] is False
    assert by_name["reconciliation"]["next_at"].endswith("T02:17:00Z")
    assert by_name["reconciliation"] == {
        "name": "reconciliation",
        "schedule": "17 2 * * *",
        "counts": "buckets that differ",
        "recorded": True,
        "next_at": by_name["reconciliation"]["next_at"],
        "last_run": None,
    }


def test_a_run_is_started_and_can_be_followed_by_its_location(client: httpx.Client) -> None:
    """Of a job whose own time comes once a month."""
    started = client.post("/v1/jobs/stale-factors/runs")
    run = finished(client, started.headers["Location"])

    assert started.status_code == 202
    assert started.json()["state"] == "running"
    assert started.headers["Location"] == f"/v1/jobs/stale-factors/runs/{started.json()['run']}"
    assert (run["state"], run["count"], run["error"], run["attempt"]) == ("succeeded", 0, None, 1)
    assert run["requested_by"] == "environment"
    assert run["duration_ms"] >= 0
    assert client.get("/v1/jobs/stale-factors/runs").json() == {"items": [run], "next": None}
    listed = client.get("/v1/jobs").json()["items"]
    assert next(job["last_run"] for job in listed if job["name"] == "stale-factors") == run


def test_a_standing_job_can_be_asked_for_and_is_then_recorded(client: httpx.Client) -> None:
    started = client.post("/v1/jobs/rollup/runs")
    assert finished(client, started.headers["Location"])["state"] == "succeeded"


def test_history_is_paged_newest_first(client: httpx.Client) -> None:
    asked = [client.post("/v1/jobs/stale-factors/runs").json()["run"] for _ in range(3)]
    first = client.get("/v1/jobs/stale-factors/runs", params={"limit": 2}).json()
    rest = client.get("/v1/jobs/stale-factors/runs", params={"limit": 2, "cursor": first["next"]}).json()

    assert [run["run"] for run in first["items"] + rest["items"]] == asked[::-1]
    assert rest["next"] is None


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v1/jobs/nothing/runs", 404),
        ("POST", "/v1/jobs/nothing/runs", 404),
        ("GET", "/v1/jobs/retention/runs/r999", 404),
        ("GET", "/v1/jobs/retention/runs/9", 422),
        ("GET", "/v1/jobs/nothing/runs/r1", 404),
    ],
)
def test_what_is_not_there_is_not_found(client: httpx.Client, method: str, path: str, status: int) -> None:
    assert client.request(method, path).status_code == status


def test_jobs_are_for_administrators_of_the_whole_service(client: httpx.Client, make_organization: Make) -> None:
    make_organization()
    for body in ({"name": "r", "scopes": ["read"]}, {"name": "a", "scopes": ["admin"], "organizations": ["acme"]}):
        key = client.post("/v1/keys", json=body).json()["key"]
        for method, path in (("GET", "/v1/jobs"), ("POST", "/v1/jobs/rollup/runs")):
            assert client.request(method, path, headers={"X-API-Key": key}).status_code == 403


def test_a_job_is_run_from_the_command_line_and_recorded(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ESG_DATABASE_URL", database.url.render_as_string(hide_password=False))
    done = CliRunner().invoke(cli, ["jobs", "run", "retention"])
    unknown = CliRunner().invoke(cli, ["jobs", "run", "nothing"])
    with database.read() as session:
        (run,) = session.exec(select(JobRun))

    assert (done.exit_code, done.output) == (0, "retention: 0 rows forgotten.\n")
    assert (run.job, run.state, run.requested_by) == ("retention", "succeeded", None)
    assert unknown.exit_code == 2
    assert "reconciliation" in unknown.output


def test_what_came_due_while_nothing_ran_is_not_touched_by_the_command_line(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ESG_DATABASE_URL", database.url.render_as_string(hide_password=False))
    with database.write() as session:
        start_clocks(session, ["month-close"], now_ms=1_600_000_000_000)
    CliRunner().invoke(cli, ["jobs", "run", "retention"])
    with database.read() as session:
        assert [run.job for run in session.exec(select(JobRun))] == ["retention"]


def test_the_metrics_tell_until_when_jobs_have_been_claimed(client: httpx.Client, database: Database) -> None:
    with database.write() as session:
        start_clocks(session, ["later"], now_ms=4_102_444_800_000)
    assert "\nesg_jobs_claimed_timestamp_seconds 4.1024448e+09\n" in client.get("/metrics").text
