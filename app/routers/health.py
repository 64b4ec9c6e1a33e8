"""Whether the service lives, whether it can take readings, and its metrics."""

from typing import Any

from fastapi import APIRouter, Request
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.responses import Response

from app.deps import Db
from app.schemas.health import Health
from app.store.health import check_ready

_OPEN: dict[str, Any] = {"security": []}
router = APIRouter(tags=["health"])


@router.get("/health/live", openapi_extra=_OPEN)
def get_liveness() -> Health:
    """Answer while the process runs."""
    return Health(status="ok")


@router.get("/health/ready", openapi_extra=_OPEN)
def get_readiness(database: Db) -> Health:
    """Answer 200 when readings can be taken: the database answers and its schema is current; else 503."""
    check_ready(database)
    return Health(status="ok")


@router.get("/metrics", include_in_schema=False)
def get_metrics(request: Request) -> Response:
    """Return the process's metrics as Prometheus reads them."""
    return Response(generate_latest(request.app.state.metrics_registry), media_type=CONTENT_TYPE_LATEST)
