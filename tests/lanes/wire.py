"""Requests over a bare socket: sent in part, slowly, or left in the middle."""

import json
import select
import socket
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

CSV = "text/csv"
JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back before the server closed the connection or had answered whole."""

    status: int
    headers: dict[str, str]
    body: bytes

    def problem(self) -> dict[str, Any]:
        """Return the problem it is."""
        assert self.headers["content-type"] == "application/problem+json"
        problem: dict[str, Any] = json.loads(self.body)
        assert problem["request_id"] == self.headers["x-request-id"]
        return problem


class Wire:
    """A connection to a server on this machine."""

    def __init__(self, port: int, *, key: str = "test-administrator") -> None:
        self._key = key
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=30)

    def begin(self, path: str, *, length: int, media: str = CSV, method: str = "POST") -> None:
        """Send the head of a request whose body will have `length` bytes."""
        head = f"{method} {path} HTTP/1.1\r\nHost: t\r\nX-API-Key: {self._key}\r\n"
        self.send(f"{head}Content-Type: {media}\r\nContent-Length: {length}\r\n\r\n".encode())

    def send(self, data: bytes) -> None:
        """Send some bytes."""
        self.socket.sendall(data)

    def reply(self) -> Reply:
        """Read one answer; raises TimeoutError when none comes."""
        data = b""
        while b"\r\n\r\n" not in data:
            data += self._more()
        head, _, body = data.partition(b"\r\n\r\n")
        status, *lines = head.decode().split("\r\n")
        headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
        while len(body) < int(headers["content-length"]):
            body += self._more()
        return Reply(int(status.split()[1]), headers, body)

    def has_answer(self) -> bool:
        """Tell whether something has come back, without waiting for it."""
        return bool(select.select([self.socket], [], [], 0)[0])

    def is_answered_within(self, seconds: float) -> bool:
        """Tell whether something comes back within some seconds."""
        return bool(select.select([self.socket], [], [], seconds)[0])

    def until(self, part: bytes, *, times: int) -> bytes:
        """Return what comes until a part has come so often; raises TimeoutError when it does not."""
        data = b""
        while data.count(part) < times:
            data += self._more()
        return data

    def is_closed(self) -> bool:
        """Tell whether the server has closed the connection; waits for it for as long as the socket does."""
        try:
            return self.socket.recv(1) == b""
        except ConnectionResetError:
            return True

    def close(self) -> None:
        """Hang up."""
        self.socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _more(self) -> bytes:
        data = self.socket.recv(65_536)
        if not data:
            raise ConnectionError("the server closed the connection without an answer")
        return data
