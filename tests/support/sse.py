"""Reading server-sent events over a plain socket, as slowly or as little as a test wants."""

import json
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from tests.support.processes import Server


@dataclass(frozen=True, slots=True)
class Told:
    """One event as it came: its id, what it is called, and its data."""

    id: str | None
    event: str | None
    data: Any

    @property
    def number(self) -> int:
        """What tells the events of these tests apart."""
        found: int = self.data["payload"]["number"]
        return found


class Follower:
    """A reader of an organization's stream."""

    def __init__(
        self,
        server: Server,
        organization: str,
        *,
        after: str | None = None,
        receive_buffer: int | None = None,
        headers: Mapping[str, str] | None = None,
        **filters: str | list[str],
    ) -> None:
        self._socket = socket.socket()
        if receive_buffer is not None:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self._socket.settimeout(30)
        self._socket.connect(("127.0.0.1", server.port))
        sent = {"Host": "esg.test", **(server.headers if headers is None else headers)}
        if after is not None:
            sent["Last-Event-ID"] = after
        path = f"/v1/organizations/{organization}/stream?{urlencode(filters, doseq=True)}"
        head = "".join(f"{name}: {value}\r\n" for name, value in sent.items())
        self._socket.sendall(f"GET {path} HTTP/1.1\r\n{head}\r\n".encode())
        self._raw = b""
        self._text = b""
        self._begun = False

    def head(self) -> str:
        """Return status line and headers."""
        self._begun = True
        while b"\r\n\r\n" not in self._raw:
            self._raw += self._received()
        head, _, self._raw = self._raw.partition(b"\r\n\r\n")
        return head.decode()

    def opened(self) -> str:
        """Wait until the stream has begun; return the id it begins with."""
        first = self.next()
        assert first.id is not None
        return first.id

    def next(self) -> Told:
        """Return the next event; one without data carries an id alone."""
        while b"\n\n" not in self._text:
            self._text += self._chunk()
        block, _, self._text = self._text.partition(b"\n\n")
        fields = dict(line.split(": ", 1) for line in block.decode().splitlines() if not line.startswith(":"))
        data = json.loads(fields["data"]) if "data" in fields else None
        return Told(fields.get("id"), fields.get("event"), data)

    def told(self, count: int) -> list[Told]:
        """Return the next events that have data."""
        found: list[Told] = []
        while len(found) < count:
            event = self.next()
            if event.data is not None:
                found.append(event)
        return found

    def ends(self) -> bool:
        """Tell whether the server ends the stream in order from here on."""
        return self._chunk() == b""

    def is_cut(self) -> bool:
        """Read what is left; tell whether the connection was cut off rather than ended."""
        try:
            while self._socket.recv(1 << 20):
                pass
        except ConnectionResetError:
            return True
        return False

    def close(self) -> None:
        self._socket.close()

    def _chunk(self) -> bytes:
        if not self._begun:
            assert " 200 " in self.head().splitlines()[0]
        while b"\r\n" not in self._raw:
            self._raw += self._received()
        size, _, self._raw = self._raw.partition(b"\r\n")
        while len(self._raw) < int(size, 16) + 2:
            self._raw += self._received()
        chunk, self._raw = self._raw[: int(size, 16)], self._raw[int(size, 16) + 2 :]
        return chunk

    def _received(self) -> bytes:
        received = self._socket.recv(1 << 16)
        if not received:
            raise EOFError
        return received
