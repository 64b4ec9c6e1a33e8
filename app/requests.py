"""What surrounds every request: its id, its line in the log, its metrics, and the answer when the service fails."""

import re
import secrets
import time
from random import Random

import structlog
from prometheus_client import CollectorRegistry, Counter, Histogram
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.errors import REQUEST_ID, problem

REQUEST_ID_HEADER = "X-Request-ID"
_SANE_ID = re.compile(r"[A-Za-z0-9._:@/+=-]{1,128}")
_UNLOGGED = ("/health/live", "/health/ready", "/metrics")
_random = Random(secrets.randbits(128))  # noqa: S311 - ids need be apart, not secret; the system's own cost more
_log = structlog.get_logger("esg.requests")


class RequestMetrics:
    """How many requests were answered, and how long they took, by route."""

    def __init__(self, registry: CollectorRegistry) -> None:
        labels = ("method", "route")
        self.requests = Counter("esg_requests", "Requests answered.", (*labels, "status"), registry=registry)
        self.seconds = Histogram("esg_request_seconds", "Seconds to the end of the answer.", labels, registry=registry)

    def count(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one answered request."""
        self.requests.labels(method, route, str(status)).inc()
        self.seconds.labels(method, route).observe(seconds)


class RequestContext:
    """Middleware that names, times, logs and counts each request, and answers 500 for what nobody handled."""

    def __init__(self, app: ASGIApp, *, metrics: RequestMetrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = request_id_of(scope)
        scope[REQUEST_ID] = request_id
        status = 0

        async def send_named(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)[REQUEST_ID_HEADER] = request_id
            await send(message)

        started = time.perf_counter()
        try:
            await self._app(scope, receive, send_named)
        except Exception:
            _log.exception("request failed", request_id=request_id, method=scope["method"], path=scope["path"])
            if status:
                raise  # the answer is under way; only a broken connection tells the caller
            failed = problem(
                Request(scope),
                status=500,
                code="internal_error",
                detail=f"The service failed; its log has the reason under request {request_id}",
            )
            await failed(scope, receive, send_named)
        finally:
            self._note(scope, request_id, status or 500, time.perf_counter() - started)

    def _note(self, scope: Scope, request_id: str, status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", "none")
        self._metrics.count(scope["method"], route, status, seconds)
        if scope["path"] not in _UNLOGGED:
            _log.info(
                "request",
                request_id=request_id,
                method=scope["method"],
                path=scope["path"],
                status=status,
                ms=round(seconds * 1000, 1),
            )


def request_id_of(scope: Scope) -> str:
    """Return the id the caller gave the request, if it is a sane one, else a new one."""
    sent = Headers(scope=scope).get(REQUEST_ID_HEADER, "")
    return sent if _SANE_ID.fullmatch(sent) else f"{_random.getrandbits(128):032x}"
