"""What the server's interface to applications leaves out: streams know their connection, silent ones are closed, and
whoever offers another protocol is served in this one."""

import asyncio
import socket
import struct
from typing import Any

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from app.stream.connection import CONNECTION

_OFFER = frozenset({b"upgrade", b"http2-settings"})
"""Headers by which a client offers another protocol, each of which Connection names as well."""

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

    An offer to go on in another protocol is passed over, as RFC 9110 has it: the request is served as if it had none.
    Java's client makes one with every request on a new connection, `Upgrade: h2c`. httptools then stops behind the
    head, whatever body follows. So the head is parsed once more, without the offer, by a parser that goes on to the
    body: `POST /x`, `Connection: Upgrade, HTTP2-Settings`, `Content-Length: 7` becomes `POST /x`, `Content-Length: 7`.
    """

    _head_due: asyncio.TimerHandle | None = None
    _passing_over = False

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

    def data_received(self, data: bytes) -> None:
        self._unset_keepalive_if_required()
        while data:
            try:
                self.parser.feed_data(data)
                return
            except httptools.HttpParserUpgrade as offer:
                data = self._passed_over(data[offer.args[0] :])
            except httptools.HttpParserError:
                self._refuse()
                return

    def on_headers_complete(self) -> None:
        self._expect_nothing()
        self._passing_over = self.parser.should_upgrade()
        if not self._passing_over:
            super().on_headers_complete()

    def on_message_complete(self) -> None:
        if not self._passing_over:  # else there is no request yet whose body could be complete
            super().on_message_complete()

    def shutdown(self) -> None:
        """Have streams end, so that the server can; other answers are completed."""
        self._connection.closing.set()
        super().shutdown()

    def _passed_over(self, rest: bytes) -> bytes:
        """Return the head that made an offer without it, and what followed, for a parser that has begun anew."""
        method = self.parser.get_method()
        if method == b"CONNECT":  # asks for a tunnel, which is none of the methods here, and has no path
            self._refuse()
            return b""
        version = self.parser.get_http_version().encode()
        lines = [b"%b %b HTTP/%b" % (method, self.url, version), *_without_offer(self.headers), b"", b""]
        self.parser = httptools.HttpRequestParser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)
        return b"\r\n".join(lines) + rest

    def _refuse(self) -> None:
        words = "Invalid HTTP request received."
        self.logger.warning(words)
        self.send_400_response(words)

    def _expect_head(self) -> None:
        self._expect_nothing()
        self._head_due = self.loop.call_later(HEAD_S, self.transport.close)

    def _expect_nothing(self) -> None:
        if self._head_due is not None:
            self._head_due.cancel()
            self._head_due = None


def _without_offer(headers: list[tuple[bytes, bytes]]) -> list[bytes]:
    """Return the lines of a head without what offers another protocol."""
    lines = []
    for name, value in headers:
        if name == b"connection":
            kept = [each for part in value.split(b",") if (each := part.strip()).lower() not in _OFFER]
            value = b", ".join(kept)
        if name not in _OFFER and (value or name != b"connection"):
            lines.append(b"%b: %b" % (name, value))
    return lines
