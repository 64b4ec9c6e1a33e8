"""The service with one change: each POST of readings is a transaction of its own, whatever company it might have."""

from fastapi import FastAPI, Request
from starlette.concurrency import run_in_threadpool

from app.http.deps import Db, MayIngest, NowMs, api_router
from app.ingest.writing.intake import IngestOptions, ingest_readings
from app.main import application as service_application
from app.middleware.express import ExpressLane
from app.schemas.readings.readings import ReadingReceipt, receipt_from
from app.schemas.wire.json import ExactJSON

router = api_router("readings", "/v1/organizations/{organization}/readings")


@router.post("", response_model=ReadingReceipt)
async def post_readings_alone(access: MayIngest, request: Request, database: Db, now_ms: NowMs) -> ExactJSON:
    """Take readings as the service does, in one transaction a request."""
    body = b"".join([chunk async for chunk in request.stream()])
    outcome = await run_in_threadpool(
        ingest_readings,
        database,
        organization_id=access.organization_id,
        key_code=access.key_code,
        body=body,
        content_type=request.headers.get("content-type"),
        content_encoding=request.headers.get("content-encoding"),
        limit_bytes=request.app.state.settings.max_body_bytes,
        options=IngestOptions(),
        now_ms=now_ms,
    )
    request.app.state.runner.wake()
    return ExactJSON(receipt_from(outcome))


def application() -> FastAPI:
    """Return the service with this route in front of its own, and without the lane that would commit in groups."""
    app = service_application()
    app.user_middleware = [
        each for each in app.user_middleware if getattr(each.cls, "__name__", "") != ExpressLane.__name__
    ]
    app.include_router(router)
    routes = app.router.routes
    routes.insert(0, routes.pop())
    return app
