"""The express lane: a few readings posted as plain JSON, answered without the framework's machinery around them.

A gateway posts one reading at a time for years, and the framework costs several times what storing the reading does.
What is not plainly one of these goes on to the application untouched. The lane lies within the context of requests,
which names, logs and counts what it does, and answers what it raises as it does everywhere else.
"""

import re
import time
from collections.abc import Mapping
from http import HTTPStatus

from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.core.access import Scope as KeyScope
from app.http.key_limits import KeyLimits
from app.ingest.bodies.body_columns import TextColumns
from app.ingest.bodies.json_rows import from_json
from app.ingest.door.door import Door
from app.ingest.problems import BodyInvalid, BodyUnreadable
from app.ingest.writing.gathering import PLAIN, Post
from app.ingest.writing.tally import IngestOutcome
from app.middleware.requests import RequestMetrics
from app.routers.readings.readings import answer_to, router
from app.store.operations.keyring import Keyring, UnknownKey

_PATH = re.compile(r"/v1/organizations/([A-Za-z0-9][A-Za-z0-9._-]{0,63})/readings")
_MOST_BYTES = 8_192
_RECEIPT = (
    '{"batch":"%s","received":%d,"inserted":%d,"replaced":%d,"duplicate":%d,"suspect":%d,"rejected":0,"errors":[],'
    '"warnings":[]}'
)
_JSON = (b"content-type", b"application/json")
_ROUTE = next(route for route in router.routes if isinstance(route, APIRoute) and route.name == "post_readings")
"""The route a post of readings has in the application, by which it is counted."""


class ExpressLane:
    """Middleware around the application, for small plain posts by keys it has seen in the last few seconds."""

    def __init__(
        self, app: ASGIApp, *, keyring: Keyring, limits: KeyLimits, door: Door, metrics: RequestMetrics
    ) -> None:
        self._app = app
        self._limits = limits
        self._keyring = keyring
        self._door = door
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        sender = self._sender(scope) if scope["type"] == "http" and scope["method"] == "POST" else None
        if sender is None:
            await self._app(scope, receive, send)
            return
        message = await receive()
        texts = _texts(message)
        if texts is None:
            await self._app(scope, _again(message, receive), send)
            return
        scope["route"] = _ROUTE
        self._metrics.express.inc()
        await _answer(scope, send, await self._door.take_decoded(texts, sender))

    def _sender(self, scope: Scope) -> Post | None:
        """Return whose post this is, if it is one for this lane; None leaves it to the application."""
        found = _PATH.fullmatch(scope["path"])
        if found is None or scope["query_string"]:
            return None
        headers = dict(reversed(scope["headers"]))  # of a header sent twice the first counts, as it does elsewhere
        if not _is_small_json(headers):
            return None
        now_ms = time.time_ns() // 1_000_000
        try:
            access = self._keyring.remembered(headers.get(b"x-api-key", b"").decode("latin-1"), now_ms)
        except UnknownKey:
            return None
        organization_id = self._keyring.remembered_organization(found[1])
        if access is None or organization_id is None:
            return None
        if not access.allows(KeyScope.INGEST) or not access.reaches(found[1]):
            return None
        if not self._limits.admit_at_once(scope, access.key_code):
            return None
        return Post(organization_id, access.key_code, PLAIN, now_ms, access.binding)


def _is_small_json(headers: Mapping[bytes, bytes]) -> bool:
    length = headers.get(b"content-length", b"")
    return (
        headers.get(b"content-type") == b"application/json"
        and b"content-encoding" not in headers
        and length.isdigit()
        and 0 < int(length) <= _MOST_BYTES
    )


def _texts(message: Message) -> TextColumns | None:
    """Return the rows of a body that came whole in one message and can be read; None for any other."""
    if message["type"] != "http.request" or message.get("more_body"):
        return None
    try:
        texts = from_json(message["body"])
    except (BodyInvalid, BodyUnreadable):
        return None
    return texts if texts.received else None


def _again(message: Message, receive: Receive) -> Receive:
    """Return a receive that gives `message` once more before it goes on."""
    waiting = [message]

    async def receive_again() -> Message:
        return waiting.pop() if waiting else await receive()

    return receive_again


async def _answer(scope: Scope, send: Send, outcome: IngestOutcome) -> None:
    """Send the receipt; one with rejected or doubtful rows has the application's own words."""
    status, body, kind = HTTPStatus.OK.value, b"", _JSON
    if outcome.rejected or outcome.warnings:
        answer = answer_to(Request(scope), outcome)
        status, body, kind = answer.status_code, bytes(answer.body), (_JSON[0], (answer.media_type or "").encode())
    else:
        counts = (outcome.received, outcome.inserted, outcome.replaced, outcome.duplicate, outcome.suspect)
        body = (_RECEIPT % (outcome.batch, *counts)).encode()
    headers = [kind, (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
