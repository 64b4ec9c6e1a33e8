"""How soon an acknowledged reading shows, in the year's rollup and as a changed figure on the stream, under load."""

import threading
import time
from collections.abc import Iterator

from bench.client import READINGS, Connection, Refused, get, post
from bench.figures import Goal, Line, percentile, spread
from bench.inventory import ORGANIZATION
from bench.lab import Backend, Lab
from bench.moved_figures import moved_figures
from bench.new_rows import BATCH, expect_counts, post_batches
from bench.rows import JSON, NDJSON, Supply, by_meter, meter_code
from bench.serving import Server, service, settle
from bench.sizes import METERS, Sizes

_PROBE = METERS
"""The meter that only the probe posts to."""
_LOOK_S = 0.005
_PATIENCE_S = 10.0
_YEAR = f"/v1/organizations/{ORGANIZATION}/rollups?grain=year&meter={meter_code(_PROBE)}"


def freshness(lab: Lab, sizes: Sizes) -> Iterator[Line]:
    """Yield milliseconds from acknowledgement to rollup and to stream, and the load they were measured under."""
    for backend in Backend:
        url = lab.metered(backend)
        with service(lab, url) as server:
            post_batches(server.connect(), Supply().time_ordered(BATCH).cut(BATCH), JSON)
            settle(url)
            load = _Load(server)
            load.start()
            rolled = list(_probes(server, sizes.freshness_s))
            told = list(moved_figures(server, sizes.freshness_s, _PATIENCE_S))
            rate = load.stop()
        lab.drop(url)
        note = f"under {rate:,.0f} rows/s in batches of {BATCH:,}"
        yield from _lines("year's rollup", backend, rolled, note)
        yield from _lines("figure on the stream", backend, told, note)


def _lines(what: str, backend: Backend, delays: list[float], note: str) -> Iterator[Line]:
    yield Line(f"acknowledged to {what}, each probe", backend, spread(delays), "ms", note=note)
    given_up = sum(delay >= _PATIENCE_S * 1_000 for delay in delays)
    words = f"{len(delays)} probes, {given_up} given up after {_PATIENCE_S:.0f} s"
    for share in (0.5, 0.99):
        found = spread([percentile(delays, share)])
        yield Line(f"{what}, p{share * 100:.0f}", backend, found, "ms", goal=Goal(2_000, at_most=True), note=words)


class _Load(threading.Thread):
    """Posts new rows of all meters, batch after batch, until it is stopped."""

    def __init__(self, server: Server) -> None:
        super().__init__(daemon=True)
        self._connection = server.connect()
        self._stopped = threading.Event()
        self._rows = 0
        self._seconds = 0.0
        self._error: BaseException | None = None

    def run(self) -> None:
        supply = Supply(first_slot=100, meters=METERS - 1)
        started = time.perf_counter()
        try:
            while not self._stopped.is_set():
                body = NDJSON.body(supply.time_ordered(BATCH))
                answer = self._connection.exchange(post(READINGS, body, NDJSON.media_type))
                expect_counts(answer, received=BATCH, inserted=BATCH)
                self._rows += BATCH
        except BaseException as error:
            self._error = error
        self._seconds = time.perf_counter() - started

    def stop(self) -> float:
        """Stop and return the rows a second; raises what went wrong."""
        self._stopped.set()
        self.join()
        if self._error is not None:
            raise self._error
        return self._rows / self._seconds


def _probes(server: Server, seconds: float) -> Iterator[float]:
    """Yield the milliseconds each probe took to show; one that did not in time yields the limit."""
    connection = server.connect()
    until = time.perf_counter() + seconds
    shown = _count(connection)
    for reading in by_meter(1_000, 20_000, _PROBE, 1).cut(1):
        if time.perf_counter() > until:
            return
        answer = connection.exchange(post(READINGS, JSON.body(reading), JSON.media_type))
        acknowledged = time.perf_counter()
        expect_counts(answer, received=1, inserted=1)
        shown += 1
        while _count(connection) < shown and time.perf_counter() < acknowledged + _PATIENCE_S:
            time.sleep(_LOOK_S)
        yield (time.perf_counter() - acknowledged) * 1_000


def _count(connection: Connection) -> int:
    answer = connection.exchange(get(_YEAR))
    if answer.status != 200:
        raise Refused(f"{answer.status}: {answer.body[:500]!r}")
    return sum(item["count"] for item in answer.json["items"])
