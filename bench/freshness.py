"""How soon an acknowledged reading shows, in the year's rollup and as a changed figure on the stream, under load."""

import threading
import time
from collections.abc import Iterator, Mapping

from bench.beside import Found, contender
from bench.builds import THIS
from bench.client import READINGS, Connection, Refused, get, post
from bench.figures import Goal, Line, percentile, spread
from bench.inventory import ORGANIZATION
from bench.lab import Backend, Lab
from bench.moved_figures import moved_figures
from bench.new_rows import BATCH, expect_counts, post_batches
from bench.rows import JSON, NDJSON, Supply, by_meter, meter_code
from bench.serving import Server
from bench.sizes import METERS, Sizes

_PROBE = METERS
"""The meter that only the probe posts to."""
_GOAL = Goal(1_500, 1_000, at_most=True)
_LOOK_S = 0.005
_PATIENCE_S = 10.0
_YEAR = f"/v1/organizations/{ORGANIZATION}/rollups?grain=year&meter={meter_code(_PROBE)}"


def freshness(lab: Lab, sizes: Sizes) -> Iterator[Line]:
    """Yield milliseconds from acknowledgement to rollup and to stream, and the load they were measured under."""
    for backend in Backend:
        rolled: dict[str, list[float]] = {}
        told: dict[str, list[float]] = {}
        notes: dict[str, str] = {}
        for build in lab.builds:
            url = lab.metered(backend, build)
            with contender(lab, build, url) as each:
                post_batches(each.connection, Supply().time_ordered(BATCH).cut(BATCH), JSON)
                each.settle()
                load = _Load(each.server)
                load.start()
                rolled[each.name] = list(_probes(each.server, sizes.freshness_s))
                told[each.name] = list(moved_figures(each.server, sizes.freshness_s, _PATIENCE_S))
                notes[each.name] = f"under {load.stop():,.0f} rows/s in batches of {BATCH:,}"
            lab.drop(url)
        yield from _lines("year's rollup", backend, rolled, notes)
        yield from _lines("figure on the stream", backend, told, notes)


def _lines(what: str, backend: Backend, delays: Mapping[str, list[float]], notes: Mapping[str, str]) -> Iterator[Line]:
    for name, found in delays.items():
        subject = f"acknowledged to {what}, each probe{'' if name == THIS else f', {name}'}"
        given_up = sum(delay >= _PATIENCE_S * 1_000 for delay in found)
        words = f"{notes[name]}; {len(found)} probes, {given_up} given up after {_PATIENCE_S:.0f} s"
        yield Line(subject, backend, spread(found), "ms", note=words)
    for share in (0.5, 0.99):
        line = Found(f"{what}, p{share * 100:.0f}", "ms")
        for name, found in delays.items():
            line.builds[name].append(percentile(found, share))
        yield from line.lines(backend, goal=_GOAL)


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
