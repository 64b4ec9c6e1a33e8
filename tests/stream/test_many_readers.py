"""A thousand readers of one worker, and one who stops reading."""

import asyncio
import time
from collections.abc import Callable

import httpx

from app.store.engine.database import Database
from tests.support.event_log import tell, tell_at_once
from tests.support.processes import Server
from tests.support.sse import Follower

READERS = 1_000
EVENTS = 20
PIECES = 24 * 16
MB = 1024 * 1024


async def _read(server: Server, code: str, ready: asyncio.Semaphore, begun: asyncio.Barrier) -> list[bytes]:
    """Read until the last event; return the lines of data."""
    async with ready:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port, limit=MB)
        key = server.headers["X-API-Key"]
        request = f"GET /v1/organizations/{code}/stream HTTP/1.1\r\nHost: t\r\nX-API-Key: {key}\r\n\r\n"
        writer.write(request.encode())
        await reader.readuntil(b"id: ")
    await begun.wait()
    found: list[bytes] = []
    while len(found) < EVENTS:
        line = await reader.readline()
        if line.startswith(b"data: "):
            found.append(line)
    writer.close()
    return found


async def _crowd(server: Server, database: Database, organization: tuple[int, str]) -> tuple[list[list[bytes]], int]:
    """Have a thousand read the same events; return what each read and the server's memory while all were there."""
    ready, begun = asyncio.Semaphore(50), asyncio.Barrier(READERS + 1)
    reading = [asyncio.ensure_future(_read(server, organization[1], ready, begun)) for _ in range(READERS)]
    await begun.wait()
    for number in range(EVENTS):
        await asyncio.to_thread(tell, database, organization[0], number, filler="x" * 1_000)
        await asyncio.sleep(0.05)
    found = await asyncio.gather(*reading)
    return found, server.memory_bytes()


def test_a_thousand_readers_each_see_every_event_in_bounded_memory(
    servers: list[Server], replicas_database: Database, organization: tuple[int, str]
) -> None:
    before = servers[0].memory_bytes()
    found, after = asyncio.run(_crowd(servers[0], replicas_database, organization))

    assert len(found) == READERS
    assert all(lines == found[0] for lines in found)
    assert [b'"number":%d,' % number in line for number, line in enumerate(found[0])] == [True] * EVENTS
    assert after - before < 120 * MB, f"{(after - before) / READERS / 1024:.0f} KiB a reader"
    assert _metric(servers[0], "esg_stream_readers") < READERS


def test_a_reader_that_stops_reading_is_dropped_and_the_others_read_on(
    servers: list[Server],
    replicas_database: Database,
    organization: tuple[int, str],
    follow: Callable[..., Follower],
) -> None:
    """Several MB are needed: until then the system's socket buffers take what nobody reads."""
    own, code = organization
    stalled = follow(servers[0], code, receive_buffer=4_096)
    stalled.opened()
    good = follow(servers[0], code)
    good.opened()
    dropped = _metric(servers[0], "esg_stream_dropped_total")
    for first in range(0, PIECES, 16):
        tell_at_once(replicas_database, own, range(first, first + 16), filler="x" * 64_000)
    read = [event.number for event in good.told(PIECES)]
    full_at = time.monotonic()
    while _metric(servers[0], "esg_stream_dropped_total") == dropped and time.monotonic() < full_at + 30:
        time.sleep(0.2)
    took = time.monotonic() - full_at

    assert read == list(range(PIECES))
    assert _metric(servers[0], "esg_stream_dropped_total") == dropped + 1
    assert took < 20
    assert stalled.is_cut()


def _metric(server: Server, name: str) -> float:
    lines = httpx.get(f"{server.address}/metrics").text.splitlines()
    return float(next(line.split()[1] for line in lines if line.startswith(f"{name} ")))
