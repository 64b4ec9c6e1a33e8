"""One worker and two on PostgreSQL, fed by one client and by one for each of four organizations."""

import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing

from app.store.engine.database import Database
from bench.client import Connection, post, readings_of
from bench.crowd import Crowd, crowd
from bench.figures import Goal, Line, ratios, spread
from bench.inventory import ORGANIZATION, store_meters
from bench.lab import Backend, Lab
from bench.rows import NDJSON, Supply
from bench.serving import Server, service, settle
from bench.singles import single_requests
from bench.sizes import METERS, Sizes

_BATCH = 10_000
_GOAL = Goal(1.5)
_TAIL_GOAL = Goal(1.0, at_most=True)
_ORGANIZATIONS = (ORGANIZATION, *(f"{ORGANIZATION}{number}" for number in range(1, 4)))
_CROWD = 200


def workers(lab: Lab, sizes: Sizes) -> Iterator[Line]:
    """Yield rows a second in batches of 10,000, and single readings a second with their p99, for one worker and two."""
    batches: dict[tuple[int, int], list[float]] = defaultdict(list)
    crowds: dict[int, list[Crowd]] = defaultdict(list)
    urls = {number: _organizations(lab.metered(Backend.POSTGRESQL)) for number in (1, 2)}
    requests = {number: single_requests([readings_of(each) for each in _ORGANIZATIONS]) for number in urls}
    supplies = {number: [Supply(first_slot=20_000) for _ in _ORGANIZATIONS] for number in urls}
    with ExitStack() as stack:
        servers = {number: stack.enter_context(service(lab, url, workers=number)) for number, url in urls.items()}
        for round_number in range(sizes.rounds + 1):  # the first one warms up and is not counted
            for clients in (1, len(_ORGANIZATIONS)):
                for number, server in servers.items():
                    settle(urls[number])
                    rate = _together(server, supplies[number][:clients], sizes.worker_batches)
                    if round_number:
                        batches[number, clients].append(rate)
            for number, server in servers.items():
                settle(urls[number])
                found = crowd(server.port, _CROWD, requests[number], sizes.single_s)
                if round_number:
                    crowds[number].append(found)
    one_client = f"1 client, batches of {_BATCH:,}"
    of_several = f"a client for each of {len(_ORGANIZATIONS)} organizations"
    for clients, subject, goal in ((1, one_client, Goal(1.0)), (len(_ORGANIZATIONS), of_several, _GOAL)):
        yield from _beside(subject, batches[1, clients], batches[2, clients], "rows/s", goal)
    rates = {number: [each.requests_per_s for each in found] for number, found in crowds.items()}
    tails = {number: [each.percentile_ms(0.99) for each in found] for number, found in crowds.items()}
    yield from _beside(f"{_CROWD} clients, single readings", rates[1], rates[2], "requests/s", _GOAL)
    yield from _beside(f"p99, {_CROWD} clients, single readings", tails[1], tails[2], "ms", _TAIL_GOAL)


def _beside(subject: str, one: Sequence[float], two: Sequence[float], unit: str, goal: Goal) -> Iterator[Line]:
    yield Line(f"1 worker, {subject}", Backend.POSTGRESQL, spread(one), unit)
    yield Line(f"2 workers, {subject}", Backend.POSTGRESQL, spread(two), unit, ratios(two, one), "one worker", goal)


def _organizations(url: str) -> str:
    """Add the organizations that are not there yet to a database, and return its address."""
    with closing(Database(url)) as database:
        for number, code in enumerate(_ORGANIZATIONS[1:], start=1):
            store_meters(database, organization_code=code, ids_before=number * METERS)
    return url


def _together(server: Server, supplies: Sequence[Supply], count: int) -> float:
    """Have a client for each supply post `count` batches in all, each to its organization; return rows a second."""
    each = range(count // len(supplies))
    ready = [
        [post(readings_of(code), NDJSON.body(supply.time_ordered(_BATCH)), NDJSON.media_type) for _ in each]
        for code, supply in zip(_ORGANIZATIONS, supplies, strict=False)
    ]
    connections = [server.connect() for _ in ready]
    failures: list[BaseException] = []

    def feed(connection: Connection, requests: list[bytes]) -> None:
        try:
            connection.post_all(requests)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=feed, args=pair) for pair in zip(connections, ready, strict=True)]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - started
    for connection in connections:
        connection.close()
    if failures:
        raise failures[0]
    return sum(map(len, ready)) * _BATCH / seconds
