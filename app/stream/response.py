"""An answer of server-sent events that lets go of readers who stopped reading."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from app.store.engine.outages import DatabaseUnavailable
from app.stream.connection import Connection, connection_of

EVENT_STREAM = "text/event-stream"
_FAREWELL_S = 1.0
_log = structlog.get_logger(__name__)


class ReaderStalled(ConnectionError):
    """Nothing that was written to the reader has left for too long."""


class StreamMetrics:
    """How many readers there are, and how many were dropped for not reading."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.readers = Gauge(
            "esg_stream_readers", "Readers of event streams.", registry=registry, multiprocess_mode="livesum"
        )
        self.dropped = Counter("esg_stream_dropped", "Readers dropped because they did not read.", registry=registry)


class EventStream(Response):
    """Sends pieces of a stream until the reader leaves, the server closes, or nothing has left for `stall_s` seconds.

    A reader that stalls is cut off: to close in order would wait for it for ever, with all that was written to it.
    """

    media_type = EVENT_STREAM

    def __init__(self, pieces: AsyncGenerator[bytes, None], *, metrics: StreamMetrics, stall_s: float) -> None:
        super().__init__(headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
        del self.headers["content-length"]
        self._pieces = pieces
        self._metrics = metrics
        self._stall_s = stall_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        connection = connection_of(scope)
        writing, leaving = asyncio.ensure_future(self._write(connection, send)), asyncio.ensure_future(_left(receive))
        tasks = [writing, leaving, asyncio.ensure_future(connection.closing.wait())]
        with self._metrics.readers.track_inprogress():
            try:
                await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
                await self._end(connection, send, writing, leaving)
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)

    async def _end(
        self, connection: Connection, send: Send, writing: asyncio.Future[None], leaving: asyncio.Future[None]
    ) -> None:
        """End the answer in order where the reader is still there; raises what kept it from being written."""
        # It has left: there is nobody to end anything for.
        if leaving.done():
            return
        # The server closes: nothing further is written, and the answer is ended in order.
        if not writing.done():
            writing.cancel()
            await asyncio.wait([writing])
        elif isinstance(writing.exception(), ReaderStalled):
            self._metrics.dropped.inc()
            _log.warning("a reader that does not read was dropped")
            # To end it in order would wait for what it does not read.
            connection.abort()
            await asyncio.wait([leaving], timeout=_FAREWELL_S)
            return
        elif isinstance(writing.exception(), DatabaseUnavailable):
            _log.warning("a stream ended, since the database is not available", error=str(writing.exception()))
        else:
            writing.result()
        try:
            async with asyncio.timeout(_FAREWELL_S):
                await send({"type": "http.response.body", "body": b"", "more_body": False})
        except TimeoutError:
            connection.abort()
            await asyncio.wait([leaving], timeout=_FAREWELL_S)

    async def _write(self, connection: Connection, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        async with aclosing(self._pieces) as pieces:
            async for piece in pieces:
                message = {"type": "http.response.body", "body": piece, "more_body": True}
                await _send_on(connection, send, message, stall_s=self._stall_s)


async def _send_on(connection: Connection, send: Send, message: Message, *, stall_s: float) -> None:
    """Send as soon as what was sent before has left; raises ReaderStalled when nothing leaves for `stall_s` seconds.

    The server waits before it takes a message, so one whose wait was cut short can be sent again.
    """
    # A reader that is slow is none that stalled: as long as less is left than before, it is waited for again.
    unsent = connection.unsent_bytes()
    while True:
        try:
            async with asyncio.timeout(stall_s):
                await send(message)
                return
        except TimeoutError:
            now = connection.unsent_bytes()
            if now >= unsent:
                raise ReaderStalled from None
            unsent = now


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
