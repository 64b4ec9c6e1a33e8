"""How long others wait for their small posts while one key misbehaves, beside how long they wait in quiet."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Iterator

import uvloop

from bench.client import READINGS, answer_length, post
from bench.figures import Goal, Line, percentile, ratios, spread
from bench.lab import Backend, Lab
from bench.misbehaviour import MISBEHAVIOURS, misbehaving, prepare
from bench.rows import JSON, time_ordered
from bench.serving import service
from bench.sizes import Sizes

_CLIENTS = 16
_POSTS_PER_S = 1_000
_ROWS_A_POST = 5
_GOAL = Goal(2.0, at_most=True)


def isolation(lab: Lab, sizes: Sizes) -> Iterator[Line]:
    """Yield, for each misbehaviour, the p99 of others' posts and its ratio to the quiet run just before it.

    The clients keep to a beat of a thousand posts a second in all, or of half of what the server answers without one,
    which is told. What an answer is late by counts from the beat on: a server that stands still is not asked less.
    """
    for backend in Backend:
        url = lab.metered(backend)
        quiet: dict[str, list[float]] = defaultdict(list)
        disturbed: dict[str, list[float]] = defaultdict(list)
        rates: list[float] = []
        with service(lab, url) as server:
            prepare(server)
            requests = _requests()
            beat = min(_POSTS_PER_S, _paced(server.port, requests, 2.0, None)[0] / 2)
            for _ in range(sizes.rounds):
                for each in MISBEHAVIOURS:
                    rate, p99 = _paced(server.port, requests, sizes.isolation_s, beat)
                    rates.append(rate)
                    quiet[each.name].append(p99)
                    with misbehaving(each, server, url):
                        disturbed[each.name].append(_paced(server.port, requests, sizes.isolation_s, beat)[1])
        lab.drop(url)
        note = f"{spread(rates).median:,.0f} posts/s of {_ROWS_A_POST} readings"
        for name, found in disturbed.items():
            yield Line(
                f"p99 beside {name}", backend, spread(found), "ms", ratios(found, quiet[name]), "quiet", _GOAL, note
            )


def _requests() -> Iterator[bytes]:
    for slot in range(10_000):
        for rows in time_ordered(slot, 1).cut(_ROWS_A_POST):
            yield post(READINGS, JSON.body(rows), JSON.media_type)


def _paced(port: int, requests: Iterator[bytes], seconds: float, posts_per_s: float | None) -> tuple[float, float]:
    """Send to the beat for some seconds; return answers a second, and the p99 of their milliseconds since the beat."""

    async def run() -> tuple[float, float]:
        latencies: list[float] = []
        started = time.perf_counter()
        beat = _CLIENTS / posts_per_s if posts_per_s else 0.0
        last = started + seconds

        async def client(number: int) -> None:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            due = started + number * beat / _CLIENTS
            while due < last:
                await asyncio.sleep(max(0.0, due - time.perf_counter()))
                writer.write(next(requests))
                head = await reader.readuntil(b"\r\n\r\n")
                await reader.readexactly(answer_length(head))
                if head[9:12] != b"200":
                    raise RuntimeError(f"others are refused: {head[:200]!r}")
                latencies.append((time.perf_counter() - due) * 1_000)
                due = due + beat if beat else time.perf_counter()
            writer.close()

        await asyncio.gather(*map(client, range(_CLIENTS)))
        return len(latencies) / (time.perf_counter() - started), percentile(latencies, 0.99)

    return uvloop.run(run())
