"""Readings that each move an annual figure, and how long after its acknowledgement the stream tells of it."""

import queue
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import httpx
import msgspec

from bench.client import READINGS, post
from bench.figures import expect
from bench.inventory import ORGANIZATION
from bench.new_rows import expect_counts
from bench.rows import JSON, START_MS
from bench.serving import KEY, Server

_YEAR = 2025
"""A year that the load does not touch, so that only the probes move its figures."""
_FIRST = datetime.fromtimestamp(START_MS / 1_000, UTC) + timedelta(days=400)
_STREAM = f"/v1/organizations/{ORGANIZATION}/stream?kind=figures.changed"
_KWH = 5_000
"""A reading large enough to move the figure of electricity, which is printed in MWh."""
_METERS = f"/v1/organizations/{ORGANIZATION}/meters"
_METER = {
    "code": "moved",
    "plant": "plant0",
    "resource": "electricity.grid",
    "kind": "interval",
    "unit": "kWh",
    "interval": "PT15M",
}
"""A meter of its own: at one of the load's such readings would lie far outside of what it says, and be suspect."""


def moved_figures(server: Server, seconds: float, patience_s: float) -> Iterator[float]:
    """Yield the milliseconds from each acknowledgement to the event of its year; the limit when none came in time."""
    told: queue.SimpleQueue[float] = queue.SimpleQueue()
    opened = threading.Event()
    threading.Thread(target=_listen, args=(server.port, told, opened), daemon=True).start()
    if not opened.wait(patience_s):
        raise TimeoutError("the stream did not open")
    connection = server.connect()
    expect(connection.exchange(post(_METERS, msgspec.json.encode(_METER), JSON.media_type)).status, 201, "the meter")
    until = time.perf_counter() + seconds
    number = 0
    while time.perf_counter() < until:
        answer = connection.exchange(post(READINGS, _body(number), JSON.media_type))
        acknowledged = time.perf_counter()
        expect_counts(answer, received=1, inserted=1)
        number += 1
        try:
            yield (told.get(timeout=patience_s) - acknowledged) * 1_000
        except queue.Empty:
            yield patience_s * 1_000


def _body(number: int) -> bytes:
    at = (_FIRST + timedelta(minutes=15 * number)).isoformat()
    return msgspec.json.encode({"readings": [{"meter": _METER["code"], "timestamp": at, "value": _KWH}]})


def _listen(port: int, told: "queue.SimpleQueue[float]", opened: threading.Event) -> None:
    headers = {"X-API-Key": KEY}
    with (
        httpx.Client(base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=60) as client,
        client.stream("GET", _STREAM) as answer,
    ):
        answer.raise_for_status()
        opened.set()
        try:
            for line in answer.iter_lines():
                if line.startswith("data: ") and msgspec.json.decode(line[6:])["payload"]["year"] == _YEAR:
                    told.put(time.perf_counter())
        except httpx.TransportError:
            return  # the server has been stopped
