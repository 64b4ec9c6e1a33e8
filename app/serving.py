"""What a streamed answer must know of its connection, which the server's interface to applications does not tell."""

import asyncio
import socket
import struct
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from app.stream.connection import CONNECTION

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
    """HTTP/1.1 as uvicorn speaks it, with the connection at hand for answers that do not end by themselves."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        super().connection_made(transport)
        self._connection = _Connection(transport)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        extensions: dict[str, Any] = {CONNECTION: self._connection}
        self.scope["extensions"] = extensions

    def shutdown(self) -> None:
        """Have streams end, so that the server can; other answers are completed."""
        self._connection.closing.set()
        super().shutdown()
