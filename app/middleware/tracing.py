"""What the span of a request tells beside what the framework puts into it: its id, its route in any lane, no values."""

from urllib.parse import parse_qsl, urlencode

from opentelemetry.trace import get_current_span
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.http.admission import REQUEST_ID

UNTRACED = ("/health/live", "/health/ready", "/metrics")


class TracedRequests:
    """Middleware within the context of requests, for a process whose traces are on.

    Of a query the names are told and not the values, among which are tickets and codes of signing in.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        span = get_current_span()
        if scope["type"] != "http" or not span.is_recording():
            await self._app(scope, receive, send)
            return
        span.set_attribute("esg.request_id", scope[REQUEST_ID])
        if scope["query_string"]:
            span.set_attribute("url.query", without_values(scope["query_string"].decode("latin-1")))

        async def send_named(message: Message) -> None:
            path = getattr(scope.get("route"), "path", None)
            if message["type"] == "http.response.start" and path is not None:
                span.set_attribute("http.route", path)
                span.update_name(f"{scope['method']} {path}")
            await send(message)

        await self._app(scope, receive, send_named)


def untraced(scope: Scope) -> bool:
    """Tell whether a request is asked all day by machines that look after this one, and is in no trace."""
    return scope["path"] in UNTRACED


def without_values(query: str) -> str:
    """Return a query with its names alone, as the conventions write it: `year=2024` is `year=REDACTED`."""
    return urlencode([(name, "REDACTED") for name, _ in parse_qsl(query, keep_blank_values=True)])
