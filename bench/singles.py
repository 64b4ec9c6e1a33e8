"""Single readings from many keep-alive clients: ours, one transaction each, and the naive endpoint in turn."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import count

from bench.builds import TODAY
from bench.client import READINGS, post
from bench.crowd import Crowd, crowd
from bench.figures import Goal, Line, Spread, ratios, spread
from bench.lab import Backend, Lab
from bench.rows import JSON, time_ordered
from bench.serving import Server, application, service
from bench.sizes import Sizes

_FEW, _MANY = 32, 200
_OURS, _ALONE, _NAIVE = "ours", "one transaction each", "naive"
_TODAYS = f"ours, {TODAY}"
_Runs = Mapping[tuple[str, int], list[Crowd]]


@dataclass(frozen=True, slots=True)
class _Contender:
    server: Server
    url: str
    requests: Iterator[bytes]
    settle: Callable[[str], float]
    """Waits until what is in the database is rolled up."""


def singles(lab: Lab, sizes: Sizes) -> Iterator[Line]:
    """Yield requests a second and latencies of single-reading POSTs, 32 and 200 clients, on both databases."""
    for backend in Backend:
        runs: dict[tuple[str, int], list[Crowd]] = defaultdict(list)
        with ExitStack() as stack:
            contenders = _contenders(lab, backend, stack)
            for contender in contenders.values():
                crowd(contender.server.port, 4, contender.requests, 0.3)
            for _ in range(sizes.rounds):
                for clients in (_FEW, _MANY):
                    for name, contender in contenders.items():
                        for each in contenders.values():
                            each.settle(each.url)
                        found = crowd(contender.server.port, clients, contender.requests, sizes.single_s)
                        runs[name, clients].append(found)
        for contender in contenders.values():
            lab.drop(contender.url)
        yield from _lines(backend, runs)


def single_requests(paths: Sequence[str] = (READINGS,)) -> Iterator[bytes]:
    """Yield a POST of one new reading after the other, every meter's next quarter hour in turn, to each path."""
    for slot in count():
        for rows in time_ordered(slot, 1).cut(1):
            for path in paths:
                yield post(path, JSON.body(rows), JSON.media_type)


def _contenders(lab: Lab, backend: Backend, stack: ExitStack) -> dict[str, _Contender]:
    found: dict[str, _Contender] = {}
    for build in lab.builds:
        url = lab.metered(backend, build)
        server = stack.enter_context(service(lab, url, build=build))
        found[_OURS if build is lab.this else _TODAYS] = _Contender(server, url, single_requests(), build.settle)
    for name, factory in ((_ALONE, "bench.alone:application"), (_NAIVE, "bench.naive:application")):
        url = lab.metered(backend)
        server = stack.enter_context(application(lab, url, factory))
        found[name] = _Contender(server, url, single_requests(), lab.this.settle)
    return found


def _lines(backend: Backend, runs: _Runs) -> Iterator[Line]:
    rates = {key: [each.requests_per_s for each in found] for key, found in runs.items()}
    for (name, clients), rate in rates.items():
        cpu = spread([each.client_cpu_share for each in runs[name, clients]]).median
        note = f"clients use {cpu:.0%} of a processor"
        subject = f"{name}, {clients} clients"
        if name != _OURS:
            yield Line(subject, backend, spread(rate), "requests/s", note=note)
            continue
        goal = Goal(8, 12) if clients == _FEW else None
        to_naive = ratios(rate, rates[_NAIVE, clients])
        today = _to_today(rate, rates.get((_TODAYS, clients)))
        yield Line(subject, backend, spread(rate), "requests/s", to_naive, _NAIVE, goal, today=today)
        yield Line(
            subject, backend, spread(rate), "requests/s", ratios(rate, rates[_ALONE, clients]), _ALONE, note=note
        )
    for share in (0.5, 0.99):
        tails = {key: [each.percentile_ms(share) for each in found] for key, found in runs.items()}
        for (name, clients), tail in tails.items():
            subject = f"p{share * 100:.0f} {name}, {clients} clients"
            if name != _OURS:
                yield Line(subject, backend, spread(tail), "ms")
                continue
            goal = Goal(1.0, at_most=True) if share == 0.99 and clients == _FEW else None
            to_alone = ratios(tail, tails[_ALONE, clients])
            today = _to_today(tail, tails.get((_TODAYS, clients)))
            yield Line(subject, backend, spread(tail), "ms", to_alone, _ALONE, goal, today=today)


def _to_today(figures: Sequence[float], todays: Sequence[float] | None) -> Spread | None:
    return None if todays is None else ratios(figures, todays)
