"""HTTP clients that cost little: requests are bytes made ready beforehand, connections are kept alive."""

import socket
import time
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import msgspec

from bench.inventory import ORGANIZATION

_READINGS = "/v1/organizations/{}/readings"
READINGS = _READINGS.format(ORGANIZATION)
_IDLE_S = 1.0
_HEADERS = "Host: bench\r\nX-API-Key: bench-administrator\r\n"


class Refused(RuntimeError):
    """The server answered with another status than the measurement counts on."""


@dataclass(frozen=True)
class Answer:
    """A status and a body."""

    status: int
    body: bytes

    @cached_property
    def json(self) -> Any:
        """Return the body as JSON."""
        return msgspec.json.decode(self.body)


def readings_of(organization: str) -> str:
    """Return the path of an organization's readings."""
    return _READINGS.format(organization)


def post(path: str, body: bytes, media_type: str) -> bytes:
    """Return the bytes of a POST request."""
    head = f"POST {path} HTTP/1.1\r\n{_HEADERS}Content-Type: {media_type}\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def get(path: str) -> bytes:
    """Return the bytes of a GET request."""
    return f"GET {path} HTTP/1.1\r\n{_HEADERS}\r\n".encode()


def answer_length(head: bytes) -> int:
    """Return the length of the body that an answer's head announces; 0 when it announces none."""
    lowered = head.lower()
    at = lowered.find(b"content-length:")
    return int(lowered[at + 15 : lowered.find(b"\r\n", at)]) if at >= 0 else 0


class Connection:
    """One keep-alive connection, one request at a time.

    `busy_s` is how long requests sent by `post_all` were under way, `cpu_s` what of it the client itself computed.
    """

    def __init__(self, port: int, *, timeout_s: float = 300.0) -> None:
        self.busy_s = 0.0
        self.cpu_s = 0.0
        self._port = port
        self._timeout_s = timeout_s
        self._connect()

    def exchange(self, request: bytes) -> Answer:
        """Send a request and return the whole answer."""
        self._socket.sendall(request)
        received = b""
        while (end := received.find(b"\r\n\r\n")) < 0:
            received += self._more()
        head, body = received[: end + 2], bytearray(received[end + 4 :])
        length = answer_length(head)
        while len(body) < length:
            body += self._more()
        self._used_at = time.monotonic()
        return Answer(int(head[9:12]), bytes(body))

    def post_all(self, requests: list[bytes], *, status: int = 200) -> tuple[float, list[Answer]]:
        """Send requests one after the other; return the seconds it took and the answers, all of one status.

        A connection that was idle is opened anew first, since servers close those after some seconds.
        """
        if time.monotonic() - self._used_at > _IDLE_S:
            self.close()
            self._connect()
        started, cpu = time.perf_counter(), time.thread_time()
        answers = [self.exchange(request) for request in requests]
        seconds = time.perf_counter() - started
        self.cpu_s += time.thread_time() - cpu
        self.busy_s += seconds
        for answer in answers:
            if answer.status != status:
                raise Refused(f"{answer.status}: {answer.body[:500]!r}")
        return seconds, answers

    def _connect(self) -> None:
        self._socket = socket.create_connection(("127.0.0.1", self._port), timeout=self._timeout_s)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._used_at = time.monotonic()

    def close(self) -> None:
        """Close the connection."""
        self._socket.close()

    def _more(self) -> bytes:
        chunk = self._socket.recv(1 << 20)
        if not chunk:
            raise ConnectionError("the server closed the connection")
        return chunk
