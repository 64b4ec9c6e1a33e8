"""The composition root: settings, database, jobs, routes and errors put together into one application."""

import gc
import os
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import Any

import structlog
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.telemetry import TelemetryConfig
from starlette.concurrency import run_in_threadpool

from app.http import errors
from app.http.conditional import KnownAnswers
from app.http.key_limits import KeyLimits
from app.http.threads import Threads
from app.ingest.door.door import Door
from app.jobs.runner import JobRunner
from app.jobs.table import job_table
from app.middleware.cross_origin import CrossOrigin
from app.middleware.express import ExpressLane
from app.middleware.methods import Methods
from app.middleware.packing import Packing
from app.middleware.protection import Protection
from app.middleware.receiving import Pace
from app.middleware.requests import RequestContext, RequestMetrics
from app.middleware.tracing import TracedRequests, untraced
from app.monitoring import Monitoring
from app.pages.problems import problem_page
from app.pages.site import PAGES
from app.replicas import replica_of
from app.routers.disclosures import (
    comments,
    datapoints,
    disclosures,
    exports,
    figure_settings,
    frameworks,
    imported,
    previews,
    publications,
)
from app.routers.factors import calorific_values, factors, gwp_sets, instruments, market_areas
from app.routers.inventory import fiscal_years, keys, meters, organizations, plants, regions, resources, users
from app.routers.metrics import limits, metrics, monthly_figures, targets
from app.routers.operations import audit, docs, health, jobs, stream, webhooks
from app.routers.readings import (
    amendments,
    bulk_amendments,
    connectors,
    evidence,
    exchanges,
    issues,
    readings,
    rollups,
    stored_readings,
)
from app.schemas.document.finishing import finished
from app.schemas.wire.json import ExactJSON
from app.settings import Role, Settings, unknown_variables
from app.starting import configure_logging, database_of, prepare
from app.store.engine.commits import Commits
from app.store.engine.database import Database
from app.store.engine.replica import ReplicatedDatabase
from app.store.operations.keyring import Keyring
from app.store.operations.keys import create_first_key
from app.store.operations.sealing import keeps_secrets
from app.stream.feed import EventFeed
from app.stream.reader import EventSource
from app.stream.response import StreamMetrics
from app.tracing import Tracing, start_tracing

_log = structlog.get_logger("esg.start")
_DESCRIPTION = "Meter readings in, the annual ESG disclosure table out: exact, explained and traceable."
_ROUTERS = (
    fiscal_years,
    organizations,
    plants,
    meters,
    readings,
    stored_readings,
    amendments,
    bulk_amendments,
    exchanges,
    evidence,
    rollups,
    issues,
    metrics,
    monthly_figures,
    limits,
    targets,
    datapoints,
    disclosures,
    publications,
    comments,
    exports,
    factors,
    calorific_values,
    gwp_sets,
    instruments,
    imported,
    figure_settings,
    previews,
    frameworks,
    resources,
    regions,
    market_areas,
    keys,
    users,
    audit,
    webhooks,
    connectors,
    stream,
    jobs,
    health,
    docs,
    *PAGES,
)


_SWITCH_S = 0.0005
"""How long a thread may keep the interpreter from others: a batch returns from the database several times, and each
time would wait ten times as long behind a job."""


def application() -> FastAPI:
    """Return the application as the environment describes it; what a server process starts."""
    created = create_app(Settings())
    for warning in unknown_variables(os.environ):
        _log.warning(warning)
    sys.setswitchinterval(_SWITCH_S)
    gc.freeze()  # what is in memory now stays: no collection need look at it
    return created


def create_app(settings: Settings) -> FastAPI:
    """Return the application; it touches the database only when it is started."""
    configure_logging(json=settings.log_json)
    tracing = start_tracing(settings)
    app = FastAPI(
        title="ESG Metrics",
        version=version("esg-metrics"),
        description=_DESCRIPTION,
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        lifespan=_lifespan,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        routes=[route for module in _ROUTERS for route in module.router.routes],  # included, each would be made again
        separate_input_output_schemas=False,
        telemetry=_telemetry(tracing),
    )
    database = database_of(settings)
    secret = settings.admin_key.get_secret_value() if settings.admin_key else None
    monitoring = Monitoring(database, settings)
    app.state.settings = settings
    app.state.database = database
    app.state.keyring = Keyring(database, environment_secret=secret, ttl_s=settings.key_cache_s)
    limits = KeyLimits(database, rate=settings.key_rate, at_once=settings.key_requests_at_once)
    app.state.key_limits = limits
    feed = EventFeed(database)
    app.state.events = EventSource(database, feed, StreamMetrics(monitoring.counters), beat_s=settings.stream_beat_s)
    app.state.runner = JobRunner(database, job_table(settings), on_work=feed.wake)
    app.state.door = Door(
        database, app.state.runner.wake, limit_bytes=settings.max_body_bytes, limit_rows=settings.max_body_rows
    )
    app.state.monitoring = monitoring
    app.state.known_answers = KnownAnswers(Commits(database))
    app.state.replica = replica_of(database, settings, monitoring.live)
    app.state.reads = database if app.state.replica is None else ReplicatedDatabase(app.state.replica)
    app.state.tracing = tracing
    metrics = RequestMetrics(monitoring.counters)
    app.add_middleware(Packing)  # the last one added is the outermost
    app.add_middleware(Methods)
    app.add_middleware(ExpressLane, keyring=app.state.keyring, limits=limits, door=app.state.door, metrics=metrics)
    if tracing is not None:
        tracing.watch(database.engine)
        if app.state.replica is not None:
            tracing.watch(app.state.replica.engine)
        app.add_middleware(TracedRequests)
    pace = Pace(settings.body_patience_s, settings.body_bytes_per_s)
    app.add_middleware(RequestContext, metrics=metrics, pace=pace, limits=limits)
    if settings.cors_origins:
        app.add_middleware(CrossOrigin, origins=settings.cors_origins)
    app.add_middleware(Protection, hsts_s=settings.hsts_s)
    app.state.problem_page = problem_page
    errors.install(app)
    _serve_openapi(app)
    return app


def _telemetry(tracing: Tracing | None) -> TelemetryConfig:
    """Return what the framework may tell of requests: spans, where traces are on, and nothing else anywhere.

    Its logs would have the words of errors, and its metrics are told by /metrics; it would begin both by itself where
    FASTAPI_OTEL_AUTO_CONFIGURE is set.
    """
    told = TelemetryConfig(metrics=False, logs=False, operation_spans=False, auto_configure=False, exclude=untraced)
    if tracing is None:
        return {**told, "tracing": False}
    return {**told, "tracer_provider": tracing.provider}


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    app.state.threads = Threads(app.state.settings.pool_size)
    await run_in_threadpool(_prepare, app)
    if app.state.replica is not None:
        await run_in_threadpool(app.state.replica.start)
    await app.state.events.feed.start()
    app.state.runner.start(scheduled=app.state.settings.role is not Role.SERVE)
    app.state.database.rolls = True
    app.state.door.start()
    app.state.keyring.uses.start()
    try:
        yield
    finally:
        await run_in_threadpool(app.state.door.stop)
        await run_in_threadpool(app.state.runner.stop)
        await run_in_threadpool(app.state.keyring.uses.stop)
        await app.state.events.feed.stop()
        if app.state.replica is not None:
            await run_in_threadpool(app.state.replica.close)
        app.state.known_answers.commits.close()
        app.state.database.close()
        if app.state.tracing is not None:
            await run_in_threadpool(app.state.tracing.stop)


def _prepare(app: FastAPI) -> None:
    database: Database = app.state.database
    prepare(database)
    _warn_of_plain_secrets(app)
    if app.state.settings.admin_key is not None:
        return
    with database.write() as session:
        secret = create_first_key(session, now_ms=time.time_ns() // 1_000_000)
    if secret is not None:
        sys.stderr.write(f"\nAdministrator key, shown this once: {secret}\n\n")


def _warn_of_plain_secrets(app: FastAPI) -> None:
    with app.state.database.read() as session:
        if not app.state.settings.secret_key and keeps_secrets(session):
            _log.warning("ESG_SECRET_KEY is not set: the secrets of webhooks and connectors are kept as they are")


def _serve_openapi(app: FastAPI) -> None:
    """Serve the finished document, made once, at /openapi.json."""

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = finished(
                get_openapi(
                    title=app.title,
                    version=app.version,
                    description=app.description,
                    license_info=app.license_info,
                    routes=app.routes,
                    separate_input_output_schemas=False,
                )
            )
        return app.openapi_schema

    def get_openapi_document() -> ExactJSON:
        return ExactJSON(document())

    app.openapi = document  # type: ignore[method-assign]  # how FastAPI has a document replaced
    app.add_api_route("/openapi.json", get_openapi_document, include_in_schema=False)
