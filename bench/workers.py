"""One worker and two on PostgreSQL, fed by one and by four clients."""

import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack

from bench.client import READINGS, Connection, post
from bench.crowd import crowd
from bench.figures import Goal, Line, ratios, spread
from bench.lab import Backend, Lab
from bench.new_rows import BATCH, post_batches
from bench.rows import JSON, NDJSON, Supply
from bench.serving import Server, service, settle
from bench.singles import single_requests
from bench.sizes import Sizes

_GOAL = Goal(1.0, 1.3)
_CLIENTS = (1, 2, 4)


def workers(lab: Lab, sizes: Sizes) -> Iterator[Line]:
    """Yield rows a second in batches of 10,000 and single readings a second, for one worker and for two."""
    batches: dict[tuple[int, int], list[float]] = defaultdict(list)
    one_by_one: dict[int, list[float]] = defaultdict(list)
    urls = {number: lab.metered(Backend.POSTGRESQL) for number in (1, 2)}
    supplies = {number: Supply(first_slot=20_000) for number in urls}
    requests = {number: single_requests() for number in urls}
    with ExitStack() as stack:
        servers = {n: stack.enter_context(service(lab, url, workers=n)) for n, url in urls.items()}
        for number, server in servers.items():
            for _ in range(2 * number):
                post_batches(server.connect(), supplies[number].time_ordered(BATCH).cut(BATCH), JSON)
        for _ in range(sizes.rounds):
            for clients in _CLIENTS:
                for number, server in servers.items():
                    settle(urls[number])
                    rate = _together(server, clients, supplies[number], sizes.worker_batches)
                    batches[number, clients].append(rate)
            for number, server in servers.items():
                settle(urls[number])
                one_by_one[number].append(crowd(server.port, 32, requests[number], sizes.single_s).requests_per_s)
    for (number, clients), rates in batches.items():
        subject = f"{number} worker{'s'[: number - 1]}, {clients} client{'s'[: clients - 1]}, batches of {BATCH:,}"
        if number == 2:
            against = ratios(rates, batches[1, clients])
            goal = _GOAL if clients == _CLIENTS[-1] else None
            yield Line(subject, Backend.POSTGRESQL, spread(rates), "rows/s", against, "one worker", goal)
        elif clients > 1:
            yield Line(subject, Backend.POSTGRESQL, spread(rates), "rows/s", ratios(rates, batches[1, 1]), "one client")
        else:
            yield Line(subject, Backend.POSTGRESQL, spread(rates), "rows/s")
    yield Line("1 worker, 32 clients, single readings", Backend.POSTGRESQL, spread(one_by_one[1]), "requests/s")
    ratio = ratios(one_by_one[2], one_by_one[1])
    subject = "2 workers, 32 clients, single readings"
    yield Line(subject, Backend.POSTGRESQL, spread(one_by_one[2]), "requests/s", ratio, "one worker", _GOAL)


def _together(server: Server, clients: int, supply: Supply, count: int) -> float:
    """Have clients on fresh connections post `count` batches between them; return rows a second."""
    ready = [post(READINGS, NDJSON.body(supply.time_ordered(BATCH)), NDJSON.media_type) for _ in range(count)]
    connections = [server.connect() for _ in range(clients)]
    failures: list[BaseException] = []

    def feed(connection: Connection, requests: list[bytes]) -> None:
        try:
            connection.post_all(requests)
        except BaseException as error:
            failures.append(error)

    threads = [
        threading.Thread(target=feed, args=(connection, ready[number::clients]))
        for number, connection in enumerate(connections)
    ]
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
    return count * BATCH / seconds
