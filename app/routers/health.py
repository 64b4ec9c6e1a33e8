"""Whether the service lives, whether it can take readings, and its metrics."""

from typing import Any

from fastapi import APIRouter, Request
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.responses import Response

from app.core.zone_rules import EDITION
from app.deps import Db
from app.schemas.health import Health, Readiness
from app.store.health import check_ready

_OPEN: dict[str, Any] = {"security": []}
router = APIRouter(tags=["health"])


@router.get("/health/live", openapi_extra=_OPEN)
def get_liveness() -> Health:
    """Answer while the process runs."""
    return Health(status="ok")


@router.get("/health/ready", openapi_extra=_OPEN)
def get_readiness(database: Db) -> Readiness:
    """Answer 200 when readings can be taken: the database answers and its schema is current; else 503."""
    return Readiness(status="ok", zone_rules=EDITION, zone_rules_in_force=check_ready(database))


@router.get("/metrics", include_in_schema=False)
def get_metrics(request: Request) -> Response:
    """Return the process's metrics as Prometheus reads them."""
    return Response(generate_latest(request.app.state.metrics_registry), media_type=CONTENT_TYPE_LATEST)
