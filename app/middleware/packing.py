"""Answers packed as their reader accepts them: zstd, br or gzip, whole ones whole and streams as they go."""

import re
from collections.abc import Callable
from functools import partial

from anyio import CapacityLimiter, to_thread
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.core.codings import Coding, ContentEncoder
from app.core.entity_tags import packed_tag
from app.core.negotiation import coding_preferred

_OFFERED = (Coding.ZSTD, Coding.BR, Coding.GZIP)
"""What is preferred of those that a reader accepts alike: zstd packs as well as the others in a tenth of the time."""

_LEAST_BYTES = 1_024
"""Less fits into the segments that its headers take."""

_AT_ONCE_BYTES = 8 * 2**10
"""What is packed on the event loop; more takes long enough for others to notice, and has a thread."""

_THREADS = 2
_PACKABLE = re.compile(
    r"text/(?!event-stream)|application/(json|problem\+json|x-ndjson|javascript|xml)\b|image/svg\+xml"
)
"""What becomes smaller. Events are read one by one as they happen; sheets, PDF and archives are packed already."""

_WITHOUT_BODY = (204, 304)


class Packing:
    """Middleware that packs answers.

    An answer of 900 bytes leaves as it is. One of 120,000 in one piece is packed in a thread and leaves with the length
    it has then. A stream has no length; what it yields is packed piece by piece, and nothing of it is kept.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._threads = CapacityLimiter(_THREADS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        accepted = ",".join(Headers(scope=scope).getlist("accept-encoding"))
        name = coding_preferred(accepted, _OFFERED)
        answer = _Answer(send, None if name is None else Coding(name), self._threads)
        await self._app(scope, receive, answer.send)


class _Answer:
    """One answer on its way out; its head waits for the first piece of its body, which tells how long it is."""

    def __init__(self, send: Send, coding: Coding | None, threads: CapacityLimiter) -> None:
        self._send = send
        self._coding = coding
        self._threads = threads
        self._head: Message | None = None
        self._encoder: ContentEncoder | None = None

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start" and _is_packable(message):
            MutableHeaders(scope=message).add_vary_header("Accept-Encoding")
            if self._coding is not None:
                self._head = message
                return
        if message["type"] == "http.response.body":
            message = await self._begun(message) if self._head is not None else message
            message = await self._packed(message) if self._encoder is not None else message
        await self._send(message)

    async def _begun(self, message: Message) -> Message:
        """Send the head, with the packed length where the body has come whole, and return what is left to be sent."""
        head, self._head = self._head, None
        assert head is not None and self._coding is not None  # noqa: S101, PT018 - who calls has looked
        headers = MutableHeaders(scope=head)
        if message.get("more_body", False):
            self._encoder = ContentEncoder(self._coding)
            del headers["content-length"]
        elif len(message.get("body", b"")) < _LEAST_BYTES:
            await self._send(head)
            return message
        else:
            packed = await self._worked(partial(_packed, ContentEncoder(self._coding), ends=True), message["body"])
            headers["content-length"] = str(len(packed))
            message = {**message, "body": packed}
        headers["content-encoding"] = self._coding
        if "etag" in headers:
            headers["etag"] = packed_tag(headers["etag"], self._coding)
        await self._send(head)
        return message

    async def _packed(self, message: Message) -> Message:
        """Return the next piece of a stream, packed; the last one ends what is packed."""
        assert self._encoder is not None  # noqa: S101 - who calls has looked
        ends = not message.get("more_body", False)
        body = await self._worked(partial(_packed, self._encoder, ends=ends), message.get("body", b""))
        if ends:
            self._encoder = None
        return {**message, "body": body}

    async def _worked(self, work: Callable[[bytes], bytes], plain: bytes) -> bytes:
        if len(plain) <= _AT_ONCE_BYTES:
            return work(plain)
        return await to_thread.run_sync(work, plain, limiter=self._threads)


def _packed(encoder: ContentEncoder, plain: bytes, *, ends: bool) -> bytes:
    packed = encoder.encode(plain) if plain else b""
    return packed + encoder.finish() if ends else packed


def _is_packable(head: Message) -> bool:
    headers = Headers(raw=head["headers"])
    if head["status"] in _WITHOUT_BODY or "content-encoding" in headers:
        return False
    return _PACKABLE.match(headers.get("content-type", "")) is not None
