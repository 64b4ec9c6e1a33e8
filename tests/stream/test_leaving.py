"""A reader that leaves just when something happens is let go of."""

import asyncio
from typing import Any

from prometheus_client import CollectorRegistry

from app.core.events import Position
from app.stream.feed import Piece
from app.stream.reader import EventSource, Reader
from app.stream.response import StreamMetrics
from app.stream.wire import Wanted

HERE = Position(0, 7)


class _Feed:
    """A feed in which nothing is new for the reader, whatever wakes it."""

    def __init__(self) -> None:
        self.position = HERE
        self.event = asyncio.Event()

    def changed(self, _organization_id: int) -> asyncio.Event:
        return self.event

    def since(self, _organization_id: int, _wanted: Wanted, position: Position) -> Piece:
        return Piece(b"", position)


async def _leaves_as_something_happens() -> bool:
    """Cancel a reader in the very step of the loop in which it is woken; tell whether it has ended a moment later."""
    feed: Any = _Feed()
    database: Any = None
    source = EventSource(database, feed, StreamMetrics(CollectorRegistry()))

    async def allowed() -> bool:
        return True

    async def read() -> None:
        async for _ in source.follow(Reader(1, Wanted(), HERE, resumes=False), allowed):
            pass

    reading = asyncio.ensure_future(read())
    await asyncio.sleep(0.05)
    feed.event.set()
    feed.event = asyncio.Event()  # the next wait is for what comes after
    await asyncio.sleep(0)  # what waited for the event is done, who waits for that has not run yet
    reading.cancel()
    done, _ = await asyncio.wait([reading], timeout=2)
    reading.cancel()
    await asyncio.gather(reading, return_exceptions=True)
    return bool(done) and source.readers == 0


def test_a_reader_that_leaves_as_something_happens_is_gone() -> None:
    assert asyncio.run(_leaves_as_something_happens())
