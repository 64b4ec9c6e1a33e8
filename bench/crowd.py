"""Many keep-alive clients at once, each sending its next request when the last one is answered."""

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

import uvloop

from bench.client import Refused, answer_length
from bench.figures import percentile

_PATIENCE_S = 60.0


@dataclass(frozen=True, slots=True)
class Crowd:
    """What a crowd of clients saw: answered requests a second, and the latency of each in seconds."""

    requests_per_s: float
    latencies_s: list[float]
    client_cpu_share: float
    """Processor seconds of the client for each second of the run."""

    def percentile_ms(self, share: float) -> float:
        """Return a percentile of the latencies in milliseconds."""
        return percentile(self.latencies_s, share) * 1_000


class _Client(asyncio.Protocol):
    def __init__(self, requests: Iterator[bytes], until: float, latencies: list[float]) -> None:
        self._requests = requests
        self._until = until
        self._latencies = latencies
        self._received = b""
        self._sent_at = 0.0
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's does not derive from asyncio's
        self._send()

    def data_received(self, data: bytes) -> None:
        self._received += data
        end = self._received.find(b"\r\n\r\n")
        if end < 0 or len(self._received) < end + 4 + answer_length(self._received[: end + 2]):
            return
        self._latencies.append(time.perf_counter() - self._sent_at)
        if self._received[9:12] != b"200":
            self._end(Refused(self._received[:500].decode("utf-8", "replace")))
        elif time.perf_counter() < self._until:
            self._received = b""
            self._send()
        else:
            self._end(None)

    def connection_lost(self, exc: Exception | None) -> None:
        self._end(ConnectionError("the server closed a connection"))

    def _send(self) -> None:
        request = next(self._requests)
        self._sent_at = time.perf_counter()
        self._transport.write(request)

    def _end(self, error: Exception | None) -> None:
        if self.done.done():
            return
        if error is None:
            self.done.set_result(None)
        else:
            self.done.set_exception(error)
        self._transport.close()


def crowd(port: int, clients: int, requests: Iterator[bytes], seconds: float) -> Crowd:
    """Have `clients` connections send what `requests` yields for some seconds; every answer must be 200."""

    async def run() -> Crowd:
        loop = asyncio.get_running_loop()
        latencies: list[float] = []
        started, cpu = time.perf_counter(), time.process_time()
        pairs = [
            await loop.create_connection(lambda: _Client(requests, started + seconds, latencies), "127.0.0.1", port)
            for _ in range(clients)
        ]
        await asyncio.wait_for(asyncio.gather(*(client.done for _, client in pairs)), seconds + _PATIENCE_S)
        elapsed = time.perf_counter() - started
        return Crowd(len(latencies) / elapsed, latencies, (time.process_time() - cpu) / elapsed)

    return uvloop.run(run())
