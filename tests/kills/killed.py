"""Serving processes that are forked in a tenth of a second, killed, and started again."""

import os
import socket
import time
from contextlib import suppress
from functools import partial

import httpx
import uvicorn
from sqlalchemy import text

from app.jobs.runner import JobRunner
from app.jobs.table import Job, job_table
from app.main import create_app
from app.settings import Settings
from app.store.engine.database import Database
from tests.support.forks import forks

ADMIN_KEY = "kills"
COUNTING = "count"
_PATIENCE_S = 60


def count(database: Database) -> int:
    """Write down that the counting job ran."""
    with database.write() as session:
        session.connection().execute(text("INSERT INTO tally (process) VALUES (:process)"), {"process": os.getpid()})
    return 1


def _serve(database_url: str, port: int) -> None:
    settings = Settings(database_url=database_url, admin_key=ADMIN_KEY, key_cache_s=1, log_json=True)
    app = create_app(settings)
    standing = [job for job in job_table(settings) if not job.claimed]
    jobs = [*standing, Job(COUNTING, "* * * * * *", partial(count), "rows")]
    app.state.runner = JobRunner(app.state.database, jobs, on_work=app.state.events.feed.wake, beat_s=0.5, lease_s=4.0)
    app.state.door._committed = app.state.runner.wake
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # a line a request would fill the test's output
    uvicorn.run(app, port=port, access_log=False, log_level="critical")


class Process:
    """One serving process at a port of its own, with a new life after each death."""

    def __init__(self, database_url: str) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self._port = int(probe.getsockname()[1])
        self._database_url = database_url
        self.address = f"http://127.0.0.1:{self._port}"
        self.start()

    def start(self) -> None:
        """Begin a life."""
        self._process = forks.Process(target=_serve, args=(self._database_url, self._port), daemon=True)
        self._process.start()

    def wait_until_ready(self) -> None:
        end = time.monotonic() + _PATIENCE_S
        with httpx.Client(base_url=self.address, timeout=10) as client:
            while True:
                with suppress(httpx.TransportError):
                    if client.get("/health/ready").status_code == 200:
                        return
                assert self._process.is_alive(), "the process has ended by itself"
                assert time.monotonic() < end, "the process did not come up"
                time.sleep(0.05)

    def kill(self) -> None:
        """End the process as a power cut would, if it has not ended."""
        self._process.kill()
        self._process.join()

    def stop(self) -> None:
        """Ask the process to end, and wait until it has finished what it had begun."""
        self._process.terminate()
        self._process.join(_PATIENCE_S)
        assert self._process.exitcode is not None, "the process does not end"
