"""A day of readings in 24 minutes, with a crowd that follows the stream, and how memory and disk grow meanwhile."""

import asyncio
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Event
from pathlib import Path

import httpx
from sqlalchemy import text

from app.core.calendar.periods import instant_from_ms
from app.core.units.quantities import MICRO
from app.store.engine.database import Database
from bench.lab import Backend
from faults.load import opened
from faults.place import Place
from faults.row import Row
from tests.kills.killed import ADMIN_KEY
from tests.kills.senders import FIRST_MS
from tests.kills.trial import check_rollups, spec_of, until_quiet
from tests.support.forks import forks
from tests.support.processes import SERVE, Server
from tests.support.site import stored

READERS = "READERS"
"""The variable that says how many follow the stream; a thousand without it."""

_MINUTE_MS = 60_000
_METERS = [f"m{number:03}" for number in range(100)]
_QUARTERS = 4
_MB = 1024 * 1024
_SETTLED_S = 3.0
_PATIENCE_S = 120.0
_ORGANIZATION = {"code": "acme", "name": "Acme", "timezone": "UTC", "currency": "CNY", "plausibility": "off"}
_PLANT = {"code": "main", "name": "Main", "country": "CN", "timezone": "UTC"}
_METER = {
    "plant": "main",
    "resource": "electricity.grid",
    "unit": "kWh",
    "kind": "interval",
    "interval": "PT1M",
    "timestamp_edge": "interval_start",
}


def day(place: Place, times: int) -> Iterator[Row]:
    """Post a minute of a hundred meters each second for `times` minutes: 24 of them are a day, sixty times as fast.

    What the clock of the machine decides, such as jobs of the night, is not made faster.
    """
    readers = int(os.environ.get(READERS, "1000"))
    for backend in Backend:
        url = place.database(backend)
        server = Server(url, SERVE, {"ESG_ADMIN_KEY": ADMIN_KEY})
        try:
            server.wait_until_ready()
            _set_up(server.address)
            with _Readers(server, readers) as crowd:
                seen = _post(server, url, 60 * times)
            with opened(url) as database:
                until_quiet(database)
                lost, doubled = _missing_and_doubled(database, seen.acknowledged)
        finally:
            server.close()
        how = f"{len(_METERS)} meters, {times} of 24 hours, each in a minute; {readers:,} readers of the stream"
        note = f"{seen.words}; {crowd.words}"
        yield Row(f"a day, {backend}", how, times, seen.acknowledged * len(_METERS), lost, doubled, None, note)


@dataclass(slots=True)
class _Seen:
    """Minutes that were acknowledged, how long the slowest took, and the sizes at the beginning and at each quarter."""

    acknowledged: int = 0
    slowest_s: float = 0.0
    memory: list[int] = field(default_factory=list)
    disk: list[int] = field(default_factory=list)

    @property
    def words(self) -> str:
        memory, disk = (", ".join(f"{size / _MB:.0f}" for size in sizes) for sizes in (self.memory, self.disk))
        return f"memory {memory} MB at each quarter, disk {disk} MB, slowest answer {self.slowest_s:.1f} s"


def _set_up(address: str) -> None:
    bodies = [("", _ORGANIZATION), ("/acme/plants", _PLANT)]
    bodies += [("/acme/meters", {**_METER, "code": code, "name": code}) for code in _METERS]
    with httpx.Client(base_url=address, headers={"X-API-Key": ADMIN_KEY}, timeout=60) as client:
        for path, body in bodies:
            answer = client.post(f"/v1/organizations{path}", json=body)
            assert answer.status_code == 201, answer.text


def _post(server: Server, url: str, minutes: int) -> _Seen:
    """Post a minute each second, late ones as soon as it goes, and look at the sizes at each quarter."""
    seen = _Seen()
    with opened(url) as database, httpx.Client(headers={"X-API-Key": ADMIN_KEY}, timeout=_PATIENCE_S) as client:
        began = time.monotonic()
        for minute in range(minutes):
            if minute % max(1, minutes // _QUARTERS) == 0:
                _measure(seen, server, database)
            time.sleep(max(0.0, began + minute - time.monotonic()))
            at = instant_from_ms(FIRST_MS + minute * _MINUTE_MS).isoformat()
            lines = "\n".join(["meter,timestamp,value", *(f"{code},{at},{minute}" for code in _METERS)])
            asked = time.monotonic()
            answer = client.post(
                f"{server.address}/v1/organizations/acme/readings", content=lines, headers={"Content-Type": "text/csv"}
            )
            assert answer.status_code == 200, answer.text
            seen.slowest_s = max(seen.slowest_s, time.monotonic() - asked)
            seen.acknowledged += 1
        time.sleep(_SETTLED_S)  # until the last events have been read
        _measure(seen, server, database)
    return seen


def _measure(seen: _Seen, server: Server, database: Database) -> None:
    seen.memory.append(server.memory_bytes())
    if database.is_sqlite:
        files = [Path(f"{database.url.database}{suffix}") for suffix in ("", "-wal")]
        seen.disk.append(sum(each.stat().st_size for each in files if each.exists()))
        return
    with database.read() as session:
        size = session.connection().execute(text("SELECT pg_database_size(current_database())")).scalar_one()
    seen.disk.append(int(size))


def _missing_and_doubled(database: Database, minutes: int) -> tuple[int, int]:
    """Return how many acknowledged readings are not stored as such, and how many are stored again or unasked."""
    lost = doubled = 0
    for code in _METERS:
        with database.read() as session:
            spec = spec_of(session, database, code)
        rows = [((at - FIRST_MS) // _MINUTE_MS, value // MICRO) for at, value, *_ in stored(database, spec)]
        kept = dict(rows)
        lost += sum(kept.get(minute) != minute for minute in range(minutes))
        doubled += len(rows) - len(kept) + sum(minute >= minutes for minute in kept)
    check_rollups(database)
    return lost, doubled


class _Readers:
    """Another process that follows the stream by many connections as long as the block runs."""

    def __init__(self, server: Server, count: int) -> None:
        self._over = forks.Event()
        self._ready = forks.Event()
        self._told: Queue[tuple[int, int, int]] = forks.Queue()
        arguments = (server.port, count, self._ready, self._over, self._told)
        self._process = forks.Process(target=_follow, args=arguments)
        self.words = ""

    def __enter__(self) -> "_Readers":
        self._process.start()
        if not self._ready.wait(_PATIENCE_S):
            raise TimeoutError("not all of the readers are connected")
        return self

    def __exit__(self, *_error: object) -> None:
        self._over.set()
        fewest, most, cut = self._told.get(timeout=_PATIENCE_S)
        self._process.join()
        self.words = f"each reader was told {fewest:,} to {most:,} events, {cut:,} were cut off"


def _follow(port: int, count: int, ready: Event, over: Event, told: "Queue[tuple[int, int, int]]") -> None:
    events, cut = [0] * count, [0]

    async def read(number: int, places: asyncio.Semaphore, begun: asyncio.Barrier) -> None:
        async with places:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            head = f"Host: t\r\nX-API-Key: {ADMIN_KEY}\r\n"
            writer.write(f"GET /v1/organizations/acme/stream HTTP/1.1\r\n{head}\r\n".encode())
            await reader.readuntil(b"id: ")
        await begun.wait()
        while line := await reader.readline():
            events[number] += line.startswith(b"data: ")
        cut[0] += 1

    async def run() -> None:
        places, begun = asyncio.Semaphore(50), asyncio.Barrier(count + 1)
        reading = [asyncio.ensure_future(read(number, places, begun)) for number in range(count)]
        await begun.wait()
        ready.set()
        await asyncio.to_thread(over.wait)
        for each in reading:
            each.cancel()
        await asyncio.gather(*reading, return_exceptions=True)

    asyncio.run(run())
    told.put((min(events), max(events), cut[0]))
