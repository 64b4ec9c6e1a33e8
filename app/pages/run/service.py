"""The service as a whole: whether it is well, its jobs, keys and users; for who administers every organization."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

from anyio import to_thread
from fastapi import APIRouter, Query, Request
from starlette.responses import RedirectResponse, Response

from app.http.deps import Db, MayAdministerAll
from app.http.page_route import PageRoute
from app.pages.forms import Form
from app.pages.refusal import refusal
from app.pages.rendering import html
from app.routers.inventory.keys import list_keys
from app.routers.inventory.users import list_users
from app.routers.operations.jobs import Runner, list_jobs
from app.store.engine.outages import DatabaseUnavailable
from app.store.operations.audit_log import verify_chains
from app.store.upkeep.backup import newest_backup_at
from app.store.upkeep.concerns import Look
from app.store.upkeep.health import ServiceNotReady, check_ready

router = APIRouter(include_in_schema=False, route_class=PageRoute, prefix="/run")

_MOST = 1_000
_BACKUP_OLD = timedelta(hours=26)
"""A copy is made each night."""


@router.get("")
def service_page(
    request: Request,
    access: MayAdministerAll,
    runner: Runner,
    database: Db,
    started: Annotated[str | None, Query(max_length=64)] = None,
) -> Response:
    """Show whether the service is well, what somebody should look at, what its jobs did last, and who may act."""
    settings = request.app.state.settings
    wrong, found = None, Look({}, 0.0, ())
    try:
        check_ready(database)
        found = request.app.state.monitoring.look()
    except (ServiceNotReady, DatabaseUnavailable) as error:
        wrong = refusal(error)
    backup_at = newest_backup_at(settings.backup_directory)
    return html(
        "run/service.html",
        wrong=wrong,
        concerns=found.concerns,
        waiting_minutes=round(found.waiting_s / 60),
        scarce=[(name, free >> 20) for name, free in found.disk_free.items() if free < settings.min_disk_free_bytes],
        backup_at=backup_at,
        backup_old=settings.backup_directory is not None
        and (backup_at is None or datetime.now(UTC) - backup_at > _BACKUP_OLD),
        jobs=list_jobs(access, runner, database).items,
        keys=list_keys(access, database, _MOST).items,
        users=list_users(access, database, _MOST).items,
        started=started,
    )


@router.post("/jobs")
def start_job(access: MayAdministerAll, runner: Runner, form: Form) -> Response:
    """Start a run of a job now, beside its schedule."""
    run = runner.request(form.text("job"), requested_by=access.key_code)
    return RedirectResponse(f"/run?started={run.job}", status_code=303)


@router.post("/audit")
async def check_audit(access: MayAdministerAll, database: Db) -> Response:
    """Follow the chains of the audit log of every organization and tell what is broken."""
    verdicts = await to_thread.run_sync(lambda: list(verify_chains(database, None)))
    return html("run/chains.html", verdicts=verdicts)
