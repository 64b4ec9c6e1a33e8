"""The annual table of an example company over HTTP: whole and plain, packed, and asked for on condition."""

import http.client
import time
from collections.abc import Iterator, Mapping

from app.demo.load import load_demo
from app.store.upkeep.migrate import migrate
from bench.client import Refused
from bench.figures import Goal, Line, ratios, spread
from bench.lab import Backend, Lab, opened
from bench.serving import service
from bench.sizes import Sizes

_PATH = "/v1/organizations/magnets/disclosures/hkex/2021"
_HEADERS = {"X-API-Key": "bench-administrator"}
_PLAIN = {"Accept-Encoding": "identity"}
_ROUNDS = 15
_A_FIFTEENTH, _HALF = Goal(1 / 15, at_most=True), Goal(0.5, at_most=True)


def table_again(lab: Lab, _sizes: Sizes) -> Iterator[Line]:
    """Yield bytes and milliseconds, each beside those of the whole and plain answer, asked for in turn."""
    for backend in Backend:
        url = lab.empty(backend)
        with opened(url) as database:
            migrate(database)
            load_demo(database)
        with service(lab, url) as server:
            connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
            tag, *_ = _asked(connection, _PLAIN)
            ways: dict[str, Mapping[str, str]] = {
                "whole and plain": _PLAIN,
                "packed by zstd": {"Accept-Encoding": "zstd"},
                "packed by gzip": {"Accept-Encoding": "gzip"},
                "on condition": {"Accept-Encoding": "zstd", "If-None-Match": tag},
            }
            sizes: dict[str, list[float]] = {name: [] for name in ways}
            times: dict[str, list[float]] = {name: [] for name in ways}
            for round_number in range(_ROUNDS + 2):
                for name, headers in ways.items():
                    _, size, elapsed_ms = _asked(connection, headers)
                    if round_number > 1:  # the first on condition is computed, and kept
                        sizes[name].append(size)
                        times[name].append(elapsed_ms)
            connection.close()
        plain = "whole and plain"
        for name in ways:
            kilobytes = [size / 1_000 for size in sizes[name]]
            ratio = ratios(sizes[name], sizes[plain])
            goal = None if name == plain else _A_FIFTEENTH
            yield Line(f"{name}: bytes", backend, spread(kilobytes), "kB", ratio, plain, goal)
            ratio = ratios(times[name], times[plain])
            goal = _HALF if name == "on condition" else None
            yield Line(f"{name}: time", backend, spread(times[name]), "ms", ratio, plain, goal)


def _asked(connection: http.client.HTTPConnection, headers: Mapping[str, str]) -> tuple[str, int, float]:
    """Return the tag, the length of the body as it was sent, and how long it took."""
    started = time.perf_counter()
    connection.request("GET", _PATH, headers={**_HEADERS, **headers})
    answer = connection.getresponse()
    body = answer.read()
    elapsed_ms = (time.perf_counter() - started) * 1_000
    if answer.status not in (200, 304):
        raise Refused(f"{answer.status}: {body[:500]!r}")
    return answer.headers["ETag"], len(body), elapsed_ms
