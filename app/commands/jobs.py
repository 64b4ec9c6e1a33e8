"""The commands about what otherwise runs by itself: list the jobs, run one now."""

from typing import Annotated

import typer

from app.commands.shared import Json, open_database, refuse, show_rows
from app.jobs.runner import JobRunner
from app.jobs.table import job_table
from app.schemas.operations.jobs import job_from
from app.settings import Settings
from app.store.operations.jobs import last_runs

jobs = typer.Typer(no_args_is_help=True, help="What otherwise runs by itself.")


@jobs.command("list")
def list_jobs(as_json: Json = False) -> None:
    """Print every job with its schedule (UTC), when it runs next and how it went last."""
    with open_database() as database:
        runner = JobRunner(database, job_table(Settings()))
        with database.read() as session:
            last = last_runs(session)
        rows = [
            job_from(each, next_at_ms=runner.next_fire(each.name), last_run=last.get(each.name)) for each in runner.jobs
        ]
    columns = ("name", "schedule", "next_at", "last_run.state", "last_run.finished_at", "last_run.count", "counts")
    show_rows(rows, columns, as_json=as_json)


@jobs.command("run")
def run_job(name: Annotated[str, typer.Argument(help="A job of the table, such as reconciliation.")]) -> None:
    """Run a job here and now, whatever its schedule; the run is recorded like any other."""
    with open_database() as database:
        runner = JobRunner(database, job_table(Settings()))
        if name not in {job.name for job in runner.jobs}:
            known = ", ".join(job.name for job in runner.jobs)
            raise typer.BadParameter(f"no job is called {name}; there are {known}", param_hint="NAME")
        run = runner.run_here(name)
    if run.error is not None:
        refuse(run.error)
    typer.echo(f"{name}: {run.count} {runner.job_named(name).counts}.")
