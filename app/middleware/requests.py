"""What surrounds every request: its id, its line in the log, its metrics, and the answer when the service fails."""

import re
import secrets
import time
from random import Random

import structlog
from prometheus_client import CollectorRegistry, Counter, Histogram
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.http.admission import REQUEST_ID
from app.http.errors import answer_to_error
from app.http.key_limits import HEADERS, KeyLimits
from app.middleware.receiving import Pace, PacedReceive
from app.store.engine.time_limits import Purpose, working_for
from app.stream.connection import connection_of

REQUEST_ID_HEADER = "X-Request-ID"
CLIENT_GONE = 499
"""What is logged and counted when the client hung up before it could be answered; nobody is sent it."""

_SANE_ID = re.compile(r"[A-Za-z0-9._:@/+=-]{1,128}")
_UNLOGGED = ("/health/live", "/health/ready", "/metrics")
_random = Random(secrets.randbits(128))  # noqa: S311 - ids need be apart, not secret; the system's own cost more


class RequestMetrics:
    """How many requests were answered, and how long they took, by route."""

    def __init__(self, registry: CollectorRegistry) -> None:
        labels = ("method", "route")
        self.requests = Counter("esg_requests", "Requests answered.", (*labels, "status"), registry=registry)
        self.express = Counter("esg_express_posts", "Posts that the express lane took.", registry=registry)
        self.seconds = Histogram("esg_request_seconds", "Seconds to the end of the answer.", labels, registry=registry)

        self._labelled: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}

    def count(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one answered request."""
        found = self._labelled.get((method, route, status))
        if found is None:
            found = self.requests.labels(method, route, str(status)), self.seconds.labels(method, route)
            self._labelled[method, route, status] = found
        found[0].inc()
        found[1].observe(seconds)


class RequestContext:
    """Middleware around everything that answers: names, paces, times, logs and counts each request.

    Whatever is raised within, in any lane, is answered as the table of errors says; a client that hung up is no error.
    """

    def __init__(self, app: ASGIApp, *, metrics: RequestMetrics, pace: Pace, limits: KeyLimits) -> None:
        self._app = app
        self._limits = limits
        self._metrics = metrics
        self._pace = pace
        self._log = structlog.get_logger("esg.requests").bind()

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
                message["headers"].extend(scope.get(HEADERS, ()))
            await send(message)

        started = time.perf_counter()
        try:
            with working_for(Purpose.REQUEST):
                await self._app(scope, PacedReceive(receive, self._pace), send_named)
        except ClientDisconnect:
            status = status or CLIENT_GONE
        except Exception as error:  # the outermost place: what has no line in the table of errors is a 500
            answer = answer_to_error(Request(scope), error)
            if status:  # an answer is under way; only a broken connection tells the caller
                connection_of(scope).abort()
            else:
                await answer(scope, receive, send_named)
        finally:
            self._limits.leave(scope)
            self._note(scope, request_id, status or 500, time.perf_counter() - started)

    def _note(self, scope: Scope, request_id: str, status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", "none")
        self._metrics.count(scope["method"], route, status, seconds)
        if scope["path"] not in _UNLOGGED:
            self._log.info(
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
