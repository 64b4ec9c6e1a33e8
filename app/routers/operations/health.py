"""Whether the service lives, whether it can take readings, and its metrics."""

from typing import Any

from anyio import to_thread
from fastapi import APIRouter, Request
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.exceptions import HTTPException
from starlette.responses import Response

from app.core.access import Scope
from app.core.calendar.periods import instant_from_ms
from app.core.calendar.zone_rules import EDITION
from app.http.admission import Requirement
from app.http.deps import Db, Workers
from app.http.exact_route import operation_id
from app.schemas.operations.health import Health, Readiness
from app.settings import MetricsAccess
from app.store.upkeep.backup import newest_backup_at
from app.store.upkeep.health import check_ready

_OPEN: dict[str, Any] = {"security": []}
_KEY = Requirement(Scope.READ, unlimited=True)
router = APIRouter(tags=["health"], generate_unique_id_function=operation_id)


@router.get("/health/live", openapi_extra=_OPEN)
async def get_liveness() -> Health:
    """Answer while the process runs."""
    return Health(status="ok")


@router.get("/health/ready", openapi_extra=_OPEN, responses={503: {}})
async def get_readiness(request: Request, database: Db, workers: Workers) -> Readiness:
    """Answer 200 when readings can be taken: the database answers, its schema is current, it takes writes; else 503."""
    found = await to_thread.run_sync(check_ready, database, limiter=workers.admission)
    replica = request.app.state.replica
    standing = None if replica is None else replica.standing
    claimed_ms = found.jobs_claimed_ms
    concerns = await to_thread.run_sync(request.app.state.monitoring.look, limiter=workers.admission)
    return Readiness(
        status="ok",
        zone_rules=EDITION,
        zone_rules_in_force=found.zone_rules,
        read_replica=standing,
        backup_at=newest_backup_at(request.app.state.settings.backup_directory),
        jobs_claimed_at=None if claimed_ms is None else instant_from_ms(claimed_ms),
        warnings=list(concerns.concerns),
    )


@router.get("/metrics", include_in_schema=False)
async def get_metrics(request: Request, workers: Workers) -> Response:
    """Return the metrics of the service as Prometheus reads them; ESG_METRICS says to whom."""
    wanted = request.app.state.settings.metrics
    if wanted is MetricsAccess.OFF:
        raise HTTPException(404)
    if wanted is MetricsAccess.KEY:
        await _KEY.admit(request)
    text = await to_thread.run_sync(request.app.state.monitoring.text, limiter=workers.admission)
    return Response(text, media_type=CONTENT_TYPE_LATEST)
