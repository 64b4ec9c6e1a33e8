"""The jobs: what runs by itself, when, what became of it, and starting one now."""

from collections.abc import Sequence
from typing import Annotated, Protocol, TypeAlias

from fastapi import Depends, Path, Request

from app import models
from app.http.deps import DEFAULT_LIMIT, Cursor, Db, Limit, MayAdministerAll, api_router
from app.http.idempotency import DoneOnce
from app.schemas.operations.jobs import JobPage, JobRow, JobRun, JobRunPage, job_from, run_from
from app.schemas.wire.json import ExactJSON
from app.schemas.wire.texts import Code
from app.store.operations.jobs import last_runs, run_of, run_page

router = api_router("jobs", "/v1/jobs")


class _Runner(Protocol):
    """What runs the jobs of this process."""

    @property
    def jobs(self) -> Sequence[JobRow]: ...
    def job_named(self, name: str) -> JobRow: ...
    def next_fire(self, name: str) -> int | None: ...
    def request(self, name: str, *, requested_by: str | None) -> models.JobRun: ...


async def _runner(request: Request) -> _Runner:
    runner: _Runner = request.app.state.runner
    return runner


Runner: TypeAlias = Annotated[_Runner, Depends(_runner)]
JobName: TypeAlias = Annotated[Code, Path(description="The name of the job.")]
RunCode: TypeAlias = Annotated[str, Path(pattern=r"^r[0-9]{1,9}$", description="The run of the job.")]


@router.get("")
def list_jobs(_access: MayAdministerAll, runner: Runner, database: Db) -> JobPage:
    """List every job with its schedule and its last recorded run."""
    with database.read() as session:
        last = last_runs(session)
    items = [
        job_from(each, next_at_ms=runner.next_fire(each.name), last_run=last.get(each.name)) for each in runner.jobs
    ]
    return JobPage(items=items, next=None)


@router.get("/{job}/runs")
def list_job_runs(
    _access: MayAdministerAll,
    job: JobName,
    runner: Runner,
    database: Db,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> JobRunPage:
    """List the recorded runs of a job, newest first."""
    name = runner.job_named(job).name
    with database.read() as session:
        page = run_page(session, name, cursor=cursor, limit=limit)
    return JobRunPage(items=[run_from(run) for run in page.items], next=page.next)


@router.post("/{job}/runs", status_code=202, response_model=JobRun)
def start_job_run(access: MayAdministerAll, job: JobName, runner: Runner, database: Db, once: DoneOnce) -> ExactJSON:
    """Start a run now, beside the schedule; it goes on after the answer."""
    run = run_from(runner.request(job, requested_by=access.key_code))
    answer = ExactJSON(run, status_code=202, headers={"Location": f"/v1/jobs/{run.job}/runs/{run.run}"})
    return once.keep_after(database, answer)


@router.get("/{job}/runs/{run}")
def get_job_run(_access: MayAdministerAll, job: JobName, run: RunCode, runner: Runner, database: Db) -> JobRun:
    """Read a run."""
    name = runner.job_named(job).name
    with database.read() as session:
        return run_from(run_of(session, name, int(run[1:])))
