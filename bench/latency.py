"""How long annual figures and rollups take to answer, with 10^6 and with 10^7 readings stored."""

import time
from collections import defaultdict
from collections.abc import Iterator

from bench.client import Connection, Refused, get
from bench.figures import Goal, Line, ratios, spread
from bench.fill import history
from bench.inventory import ORGANIZATION
from bench.lab import Backend, Lab
from bench.serving import service
from bench.sizes import METERS, Sizes

_ORGANIZATION = f"/v1/organizations/{ORGANIZATION}"
_GOAL = Goal(1.3, at_most=True)
_QUESTIONS = {
    "annual disclosure": f"{_ORGANIZATION}/disclosures/hkex-2020/2024",
    "year rollups, all meters": f"{_ORGANIZATION}/rollups?grain=year&limit=1000",
    "day rollups, one meter": f"{_ORGANIZATION}/rollups?grain=day&meter=m0500&limit=10",
}


def latency(lab: Lab, sizes: Sizes) -> Iterator[Line]:
    """Yield the milliseconds of each question at both sizes, asked in turn."""
    middle, large = sizes.middle_slots, sizes.large_slots
    for backend in Backend:
        found: dict[tuple[str, int], list[float]] = defaultdict(list)
        urls = [history(lab, backend, slots) for slots in (middle, large)]
        with service(lab, urls[0]) as small, service(lab, urls[1]) as big:
            connections = {middle: small.connect(), large: big.connect()}
            for round_number in range(sizes.latency_requests + 1):
                for question, path in _QUESTIONS.items():
                    for slots, connection in connections.items():
                        elapsed_ms = _asked(connection, path)
                        if round_number:
                            found[question, slots].append(elapsed_ms)
        for question in _QUESTIONS:
            few, many = found[question, middle], found[question, large]
            name = f"{METERS * middle:,} readings"
            yield Line(f"{question}, {name}", backend, spread(few), "ms")
            subject = f"{question}, {METERS * large:,} readings"
            yield Line(subject, backend, spread(many), "ms", ratios(many, few), name, _GOAL)


def _asked(connection: Connection, path: str) -> float:
    started = time.perf_counter()
    answer = connection.exchange(get(path))
    elapsed_ms = (time.perf_counter() - started) * 1_000
    if answer.status != 200:
        raise Refused(f"{answer.status}: {answer.body[:500]!r}")
    return elapsed_ms
