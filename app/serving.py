"""What the server's interface to applications leaves out: streams know their connection, silent ones are closed."""

import asyncio
import socket
import struct
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from app.stream.connection import CONNECTION

HEAD_S = 30.0
"""Seconds in which the head of a request must come."""

_NO_LINGERING = struct.pack("ii", 1, 0)


class _Connection:
    """The connection under a request; see `app.stream.connection.Connection`."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self.closing = asyncio.Event()

    def unsent_bytes(self) -> int:
        return self._transport.get_write_buffer_size()

    def abort(self) -> None:
        """Drop what the system has taken and not sent, too, which it would otherwise keep for minutes."""
        connected: socket.socket | None = self._transport.get_extra_info("socket")
        if connected is not None:
            connected.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGERING)
        self._transport.abort()


class StreamingProtocol(HttpToolsProtocol):
    """HTTP/1.1 as uvicorn speaks it, with the connection at hand for answers that do not end by themselves.

    A connection on which no head of a request comes to its end is closed. uvicorn does so only between two requests;
    one that never says anything, or stops in the middle of a head, would stay open for as long as it likes. What
    comes after the head is paced by the application.
    """

    _head_due: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        super().connection_made(transport)
        self._connection = _Connection(transport)
        self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._expect_nothing()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        extensions: dict[str, Any] = {CONNECTION: self._connection}
        self.scope["extensions"] = extensions
        self._expect_head()

    def on_headers_complete(self) -> None:
        self._expect_nothing()
        super().on_headers_complete()

    def shutdown(self) -> None:
        """Have streams end, so that the server can; other answers are completed."""
        self._connection.closing.set()
        super().shutdown()

    def _expect_head(self) -> None:
        self._expect_nothing()
        self._head_due = self.loop.call_later(HEAD_S, self.transport.close)

    def _expect_nothing(self) -> None:
        if self._head_due is not None:
            self._head_due.cancel()
            self._head_due = None
