"""A server whose jobs count: started as a process of its own, beside others on the same database.

Each second every one of twenty jobs writes down that it ran; `slow` sleeps when it is run for the first time.
"""

import os
import sys
import time
from functools import partial

import uvicorn
from sqlalchemy import text

from app.jobs.runner import JobRunner
from app.jobs.table import INGEST, Job
from app.main import create_app
from app.rollup.rolling.roller import roll_pending
from app.settings import Settings
from app.store.engine.database import Database

JOBS = 20


def count(name: str, database: Database) -> int:
    """Write down that a job ran."""
    with database.write() as session:
        statement = text("INSERT INTO tally (job, process) VALUES (:job, :process)")
        session.connection().execute(statement, {"job": name, "process": os.getpid()})
    return 1


def sleep_once(database: Database) -> int:
    """Write down that it ran, and sleep for longer than anybody waits unless it ran before."""
    count("slow", database)
    with database.read() as session:
        times = session.connection().execute(text("SELECT count(*) FROM tally WHERE job = 'slow'")).scalar_one()
    if times == 1:
        time.sleep(600)
    return int(times)


def main() -> None:
    """Serve on the port of the last argument."""
    app = create_app(Settings())
    names = [f"count-{number:02}" for number in range(JOBS)]
    jobs = [Job(name, "* * * * * *", partial(count, name), "rows") for name in names]
    jobs.append(Job("rollup", "*/2 * * * * *", roll_pending, "meters rolled up", after=(INGEST,)))
    jobs.append(Job("slow", "0 0 29 2 *", sleep_once, "times"))
    app.state.runner = JobRunner(app.state.database, jobs, beat_s=0.5, lease_s=2.5)
    uvicorn.run(app, port=int(sys.argv[-1]), access_log=False)


if __name__ == "__main__":
    main()
