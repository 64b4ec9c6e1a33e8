"""The capacity model beside what was measured, for fleets of three sizes.

Processor time and bytes of the log, and no time on a clock: both mean the same on a machine that others use too.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, count, islice

from bench.capacity_costs import COSTS
from bench.capacity_model import DAY_S, Fleet, estimate
from bench.client import Connection
from bench.counters import log_position
from bench.figures import Line, Spread, expect, ratios, spread
from bench.fleets import founded, posts_of
from bench.lab import Backend, Lab, opened
from bench.new_rows import expect_counts
from bench.processor_time import postmaster_of, processor_s
from bench.serving import Server, pending, service
from bench.sizes import Sizes

FLEETS = (
    Fleet(meters=100, interval_s=900, post_meters=100),
    Fleet(meters=1_000, interval_s=60, post_meters=500),
    Fleet(meters=10_000, interval_s=60, post_meters=500),
)
"""A plant with a meter a machine; one with sub-meters by the minute; twenty of those in one organization."""

_APART_S = 3.0
"""From post to post: longer than a post takes to be rolled up and its figures told, and so what these cost is the same
as when they come a quarter hour apart."""


@dataclass(frozen=True, slots=True)
class _Taken:
    """Processor seconds of both sides and bytes of the log, at an instant."""

    service_s: float
    database_s: float
    log_bytes: int
    at_s: float

    def since(self, before: "_Taken") -> "_Taken":
        return _Taken(
            self.service_s - before.service_s,
            self.database_s - before.database_s,
            self.log_bytes - before.log_bytes,
            self.at_s - before.at_s,
        )


def capacity(lab: Lab, sizes: Sizes) -> Iterator[Line]:
    """Yield shares of a processor and the log of a day for each fleet, measured, to those that the model foretells.

    A share is the processor time of a post and all that follows from it, times the posts a second of the fleet, and
    what is taken while nothing is posted.
    """
    for backend in Backend:
        for fleet in FLEETS:
            idle, posts, number, readings = _measured(lab, backend, fleet, sizes)
            foretold = estimate(fleet, COSTS[backend], processes=1, running_jobs=1)
            subject = f"{fleet.meters:,} meters each {fleet.interval_s} s"
            service_idle, database_idle = idle.service_s / idle.at_s, idle.database_s / idle.at_s
            service = service_idle + (posts.service_s - service_idle * posts.at_s) / number * fleet.posts_per_s
            yield _line(f"{subject}: service", backend, service, foretold.service_share, "processors")
            if backend is Backend.SQLITE:
                continue
            database = database_idle + (posts.database_s - database_idle * posts.at_s) / number * fleet.posts_per_s
            yield _line(f"{subject}: database", backend, database, foretold.database_share, "processors")
            log = posts.log_bytes / readings * fleet.readings_per_s * DAY_S / 1e9
            yield _line(f"{subject}: log", backend, log, foretold.log_bytes_a_day / 1e9, "GB a day")


def _line(subject: str, backend: Backend, measured: float, foretold: float, unit: str) -> Line:
    ratio: Spread = ratios([measured], [foretold])
    return Line(subject, backend, spread([measured]), unit, ratio, "the model", note=f"the model says {foretold:.3g}")


def _measured(lab: Lab, backend: Backend, fleet: Fleet, sizes: Sizes) -> tuple[_Taken, _Taken, int, int]:
    """Return what an idle service took, what one that is posted to took, and how many posts and readings those were.

    All meters have their buckets before.
    """
    url = founded(lab, backend, fleet)
    with service(lab, url) as server:
        connection = server.connect()
        for number in range(2):
            _post(connection, list(posts_of(fleet, number)))
        _await_quiet(url)
        idle = _taken(server, url)
        time.sleep(sizes.idle_s)
        idle = _taken(server, url).since(idle)
        rounds = (posts_of(fleet, number) for number in count(2))
        chosen = list(islice(chain.from_iterable(rounds), sizes.capacity_posts))
        before = _taken(server, url)
        for each in chosen:
            started = time.monotonic()
            _post(connection, [each])
            time.sleep(max(0.0, _APART_S - (time.monotonic() - started)))
        _await_quiet(url)
        posts = _taken(server, url).since(before)
    lab.drop(url)
    return idle, posts, len(chosen), sum(readings for _, readings in chosen)


def _post(connection: Connection, requests: list[tuple[bytes, int]]) -> None:
    for request, readings in requests:
        [answer] = connection.post_all([request])[1]
        expect_counts(answer, received=readings, inserted=readings)


def _await_quiet(url: str, *, limit_s: float = 300.0) -> None:
    """Return when everything is rolled up and told."""
    until = time.monotonic() + limit_s
    with opened(url) as database:
        while pending(database):
            expect(time.monotonic() < until, True, "rolled up in time")
            time.sleep(0.1)
    time.sleep(_APART_S)


def _taken(server: Server, url: str) -> _Taken:
    if url.startswith("sqlite"):
        return _Taken(processor_s(server.pid), 0.0, 0, time.monotonic())
    return _Taken(processor_s(server.pid), processor_s(postmaster_of(url)), log_position(url), time.monotonic())
