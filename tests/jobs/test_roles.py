"""Processes that serve and one that runs the jobs: who does what, and what becomes of one when the other dies."""

import os
import shutil
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.commands import serving as commands
from app.commands.serving import kept_running, resolved
from app.settings import Role
from app.store.engine.database import Database
from tests.conftest import migrated
from tests.support.company import READINGS, Company, found, post, reading
from tests.support.processes import SERVE, Server, serving

JOBS = "app.background"
INSERTED, ROLLED_UP = 'esg_rows_total{outcome="inserted"}', "esg_rolled_up_seconds_count"
YEAR = "/v1/organizations/acme/rollups?grain=year&meter=grid"


def until(holds: Callable[[], object], patience_s: float = 60) -> None:
    end = time.monotonic() + patience_s
    while not holds():
        assert time.monotonic() < end, "it did not come to hold"
        time.sleep(0.05)


def children_of(pid: int) -> list[int]:
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for task in tasks for child in task.read_text().split()]


def is_alive(pid: int) -> bool:
    """Tell whether a process runs; one that has ended and is not waited for does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def jobs_process(server: Server) -> int | None:
    """Return the process that runs the jobs beside a server."""
    for child in children_of(server.pid):
        if is_alive(child) and JOBS in Path(f"/proc/{child}/cmdline").read_text().split("\0"):
            return child
    return None


def quantity(company: Company) -> str | None:
    items = company.admin.get(YEAR).json()["items"]
    return str(items[0]["quantity"]) if items else None


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def own_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, workers: int) -> Iterator[str]:
    with migrated(request, tmp_path_factory.mktemp(f"roles{workers}")) as url:
        yield url


@pytest.fixture(scope="module", params=[1, 2], ids=["one worker", "two workers"])
def workers(request: pytest.FixtureRequest) -> int:
    """How many processes serve."""
    number: int = request.param
    return number


@pytest.fixture(scope="module")
def company(workers: int, own_url: str) -> Iterator[Company]:
    """An organization on so many processes and one that runs the jobs beside, for all these tests."""
    arguments = [*SERVE, "--workers", str(workers)]
    with serving(own_url, arguments=arguments, ESG_ROLE="auto") as (server,), found(server, own_url) as acme:
        yield acme


def test_what_is_posted_is_rolled_up_by_the_process_beside_and_again_when_that_was_killed(company: Company) -> None:
    server = company.server
    assert isinstance(server, Server)
    before = company.metrics()

    def counted() -> list[float]:  # whichever process answers tells what all have counted
        told = company.metrics()
        return [told.get(each, 0) - before.get(each, 0) for each in (INSERTED, ROLLED_UP)]

    assert post(company.admin, reading(0, 1)).status_code == 200
    until(lambda: quantity(company) == "1" and counted() == [1, 1])
    first = jobs_process(server)
    assert first is not None
    os.kill(first, signal.SIGKILL)
    assert post(company.admin, reading(1, 2)).status_code == 200
    until(lambda: quantity(company) == "3" and counted() == [2, 2])
    assert [counted() for _ in range(4)] == 4 * [[2, 2]]
    second = jobs_process(server)
    assert second is not None
    assert second != first
    assert "the process that runs the jobs has ended and is started again" in server.output()


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGKILL])
def test_the_jobs_end_with_who_started_them(tmp_path: Path, ending: signal.Signals) -> None:
    with serving(f"sqlite:///{tmp_path / 'esg.db'}", ESG_ROLE="auto") as (server,):
        beside = jobs_process(server)
        assert beside is not None
        os.kill(server.pid, ending)
        until(lambda: not is_alive(beside))


def test_a_serving_process_leaves_all_to_one_that_runs_the_jobs(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ESG_DATABASE_URL", database_url)
    with serving(database_url, ESG_ROLE="serve") as (server,), found(server, database_url) as acme:
        assert jobs_process(server) is None
        assert post(acme.admin, reading(0, 5)).status_code == 200
        time.sleep(1)
        assert quantity(acme) is None
        assert acme.admin.get(READINGS).json()["items"][0]["value"] == 5
        with kept_running((sys.executable, "-m", JOBS)) as pid:
            until(lambda: quantity(acme) == "5")
            assert is_alive(pid())


def test_a_run_that_is_asked_for_is_carried_out_by_a_serving_process(database_url: str) -> None:
    with serving(database_url, ESG_ROLE="serve") as (server,), found(server, database_url) as acme:
        run = acme.admin.post("/v1/jobs/reconciliation/runs").json()
        until(lambda: acme.admin.get(f"/v1/jobs/reconciliation/runs/{run['run']}").json()["state"] == "succeeded")


def test_an_event_of_the_process_beside_is_streamed(company: Company) -> None:
    company.meter("streamed")
    with company.admin.stream("GET", "/v1/organizations/acme/stream", timeout=60) as stream:
        assert post(company.admin, reading(0, 1, meter="streamed")).status_code == 200
        assert next(line for line in stream.iter_lines() if line == "event: readings.accepted")


@pytest.mark.parametrize(
    ("role", "workers", "processors", "expected"),
    [
        (Role.AUTO, 1, 1, Role.ALL),
        (Role.AUTO, 2, 1, Role.AUTO),
        (Role.AUTO, 1, 2, Role.AUTO),
        (Role.ALL, 2, 2, Role.ALL),
        (Role.SERVE, 1, 1, Role.SERVE),
    ],
)
def test_one_processor_is_not_shared_by_two_processes(
    role: Role, workers: int, processors: int, expected: Role, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(processors)))
    assert resolved(role, workers) is expected


def test_a_process_that_ends_at_once_is_started_again_and_not_all_the_time(tmp_path: Path) -> None:
    starts = tmp_path / "starts"
    program = f"open({str(starts)!r}, 'a').write('x')"
    with kept_running((sys.executable, "-c", program), first_rest_s=0.3):
        until(lambda: starts.exists() and len(starts.read_text()) >= 3)
        began = time.monotonic()
        until(lambda: len(starts.read_text()) >= 4)
    assert time.monotonic() - began > 0.6


def test_one_that_was_well_for_long_is_started_as_soon_as_the_first_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commands, "_WELL_S", 0.0)
    starts = tmp_path / "starts"
    program = f"open({str(starts)!r}, 'a').write('x')"
    with kept_running((sys.executable, "-c", program), first_rest_s=0.1):
        until(lambda: starts.exists() and len(starts.read_text()) >= 9, patience_s=20)


def test_a_folder_that_has_an_app_of_its_own_is_no_matter(
    sqlite_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "__init__.py").write_text("raise RuntimeError('not this one')")
    shutil.copy(sqlite_template, tmp_path / "esg.db")
    monkeypatch.setenv("ESG_DATABASE_URL", f"sqlite:///{tmp_path / 'esg.db'}")
    monkeypatch.delenv("PYTHONPATH", raising=False)
    monkeypatch.chdir(tmp_path)
    with kept_running(commands._JOBS) as pid:
        first = pid()
        time.sleep(3)
        assert pid() == first
        assert is_alive(first)


def test_damage_is_known_to_processes_that_did_not_come_upon_it(company: Company) -> None:
    database = Database(company.database_url)
    with database.write() as session:
        session.connection().exec_driver_sql("INSERT INTO damaged_meter VALUES (1, 1, 7)")
    assert company.metric("esg_damaged_meters") == 1
    with database.write() as session:
        session.connection().exec_driver_sql("DELETE FROM damaged_meter")
    database.close()
