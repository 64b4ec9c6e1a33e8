"""How long others wait for their posts while one key sends as much as it can, and most of that is refused."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Event

import httpx

from app.core.calendar.periods import instant_from_ms
from bench.figures import percentile
from bench.lab import Backend
from faults.place import Place
from faults.row import Row
from tests.kills.killed import ADMIN_KEY
from tests.kills.senders import FIRST_MS, INTERVALS, QUARTER_MS, set_up
from tests.support.forks import forks
from tests.support.processes import SERVE, Server

_RATE_PER_S, _OTHERS, _POSTS_PER_S = 20, 4, 10
_SECONDS = 8.0
_LEAD_S = 2.0
_CONNECTIONS = 8
_PATH = "/v1/organizations/acme/readings"


def flood(place: Place, times: int) -> Iterator[Row]:
    """Yield the p99 of four keys' posts in quiet and beside a fifth key without restraint, the median of `times`.

    Each key may send 20 requests a second and the four send 10. What an answer is late by counts from when it was due,
    so that a server that stands still is not asked less.
    """
    for backend in Backend:
        settings = {"ESG_ADMIN_KEY": ADMIN_KEY, "ESG_KEY_REQUESTS_PER_S": str(_RATE_PER_S)}
        settings["ESG_KEY_BURST"] = str(_RATE_PER_S)  # a second's: a burst is over before anything is measured
        server = Server(place.database(backend), SERVE, settings)
        try:
            server.wait_until_ready()
            set_up(server.address)
            offender, *others = (_key(server.address, number) for number in range(1 + _OTHERS))
            _p99_ms(server.address, others, 0)  # everything is made at its first use
            pairs = []
            for number in range(times):
                quiet = _p99_ms(server.address, others, 2 * number + 1)
                with _Flood(server.address, offender) as flooding:
                    beside = _p99_ms(server.address, others, 2 * number + 2)
                pairs.append((beside / quiet, quiet, beside))
            ratio, quiet, beside = sorted(pairs)[len(pairs) // 2]
        finally:
            server.close()
        note = f"p99 {quiet:.0f} ms in quiet, {beside:.0f} ms beside it: {ratio:.1f} times; {flooding.words}"
        yield Row(
            f"one key floods, {backend}", f"{_CONNECTIONS} connections without a pause", times, 0, 0, 0, None, note
        )


def _key(address: str, number: int) -> str:
    body = {"name": f"k{number}", "scopes": ["ingest"], "organizations": ["acme"]}
    answer = httpx.post(f"{address}/v1/keys", json=body, headers={"X-API-Key": ADMIN_KEY}, timeout=30)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["key"])


def _p99_ms(address: str, keys: list[str], turn: int) -> float:
    """Return the p99 of the milliseconds that posts of one reading are answered after they were due."""
    with ThreadPoolExecutor(len(keys)) as threads:
        found = threads.map(lambda number: _posting(address, keys[number], number, turn), range(len(keys)))
        return percentile([each for some in found for each in some], 0.99)


def _posting(address: str, key: str, number: int, turn: int) -> list[float]:
    count = round(_SECONDS * _POSTS_PER_S)
    late_ms = []
    with httpx.Client(base_url=address, headers={"X-API-Key": key}, timeout=30) as client:
        began = time.monotonic() + number / (_OTHERS * _POSTS_PER_S)
        for n in range(count):
            due = began + n / _POSTS_PER_S
            time.sleep(max(0.0, due - time.monotonic()))
            at = instant_from_ms(FIRST_MS + ((turn * _OTHERS + number) * count + n) * QUARTER_MS).isoformat()
            answer = client.post(_PATH, json={"readings": [{"meter": INTERVALS[0], "timestamp": at, "value": 1}]})
            assert answer.status_code == 200, answer.text
            late_ms.append((time.monotonic() - due) * 1_000)
    return late_ms


class _Flood:
    """Another process that posts without a pause as long as the block runs, and counts what it was answered."""

    def __init__(self, address: str, key: str) -> None:
        self._over = forks.Event()
        self._answers: Queue[tuple[int, int]] = forks.Queue()
        self._process = forks.Process(target=_flooding, args=(address, key, self._over, self._answers))
        self.words = ""

    def __enter__(self) -> "_Flood":
        self._process.start()
        time.sleep(_LEAD_S)
        return self

    def __exit__(self, *_error: object) -> None:
        self._over.set()
        taken, refused = self._answers.get(timeout=60)
        self._process.join()
        self.words = f"of the last flood {taken:,} posts taken, {refused:,} refused"


def _flooding(address: str, key: str, over: Event, answers: "Queue[tuple[int, int]]") -> None:
    body = {"readings": [{"meter": INTERVALS[1], "timestamp": "2025-01-01T00:00:00Z", "value": 1}]}

    def send(_: int) -> tuple[int, int]:
        taken = refused = 0
        with httpx.Client(base_url=address, headers={"X-API-Key": key}, timeout=30) as client:
            while not over.is_set():
                status = client.post(_PATH, json=body).status_code
                taken, refused = taken + (status == 200), refused + (status == 429)
        return taken, refused

    with ThreadPoolExecutor(_CONNECTIONS) as threads:
        found = list(threads.map(send, range(_CONNECTIONS)))
    answers.put((sum(taken for taken, _ in found), sum(refused for _, refused in found)))
