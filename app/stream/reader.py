"""One reader of the stream: what it missed, what happens, and signs of life in between."""

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing, suppress
from dataclasses import dataclass

from app.core.events import BEGINNING, Position
from app.store.engine.database import Database
from app.store.outbox.events import events_after, first_position, resumed_position
from app.stream.feed import EventFeed, Piece
from app.stream.response import EventStream, StreamMetrics
from app.stream.wire import Wanted, encoded, gap, opening, sign_of_life

_PAGE = 200
_PIECE_BYTES = 32 * 1024
_READS_AT_ONCE = 4
_MOST_READERS = 5_000


class StreamFull(RuntimeError):
    """This process has as many readers as it can serve."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Whose events are read, which of them, and from where; `resumes` tells that it read up to there before."""

    organization_id: int
    wanted: Wanted
    position: Position
    resumes: bool


class EventSource:
    """Gives readers their events from the feed, and from the database what the feed no longer keeps.

    A sign of life is sent each `beat_s` seconds to a reader who still may read; one to whom nothing gets through for
    `stall_s` seconds is dropped.
    """

    def __init__(
        self,
        database: Database,
        feed: EventFeed,
        metrics: StreamMetrics,
        *,
        beat_s: float = 15.0,
        stall_s: float = 10.0,
    ) -> None:
        self.feed = feed
        self._database = database
        self._metrics = metrics
        self._beat_s = beat_s
        self._stall_s = stall_s
        self._reads = asyncio.Semaphore(_READS_AT_ONCE)
        self.readers = 0

    def admit(self) -> None:
        """Raise StreamFull when there is no room for another reader."""
        if self.readers >= _MOST_READERS:
            raise StreamFull

    def stream(self, reader: Reader, still_allowed: Callable[[], Awaitable[bool]]) -> EventStream:
        """Return the answer that streams to the reader."""
        return EventStream(self.follow(reader, still_allowed), metrics=self._metrics, stall_s=self._stall_s)

    async def follow(self, reader: Reader, still_allowed: Callable[[], Awaitable[bool]]) -> AsyncGenerator[bytes, None]:
        """Yield the reader's stream, without end, in pieces that each hold whole events.

        Before each sign of life `still_allowed` is asked; the stream ends when it says no.
        """
        self.readers += 1
        try:
            async with aclosing(self._pieces(reader, still_allowed)) as pieces:
                async for piece in pieces:
                    yield piece
        finally:
            self.readers -= 1

    async def _pieces(
        self, reader: Reader, still_allowed: Callable[[], Awaitable[bool]]
    ) -> AsyncGenerator[bytes, None]:
        position = reader.position
        first = BEGINNING
        if reader.resumes:
            # The place may be one from before a dump was restored, and events behind it may have been forgotten since.
            position, first = await asyncio.to_thread(self._resumed, position)
        yield opening(position)
        if position < first:
            yield gap(position, first)
        admitted_until = time.monotonic() + self._beat_s
        while True:
            # Asked for first: an event that comes while the piece is read sets it. Asked for after that, it would be of
            # the event behind, and this one would be waited for in vain.
            changed = self.feed.changed(reader.organization_id)
            piece = self.feed.since(reader.organization_id, reader.wanted, position)
            if piece is None:
                piece = await self._stored(reader, position)
            position = piece.position
            if piece.wire:
                yield piece.wire
            elif position >= self.feed.position:
                # Not wait_for: before Python 3.12 it drops a cancellation that meets the event; the reader never ends.
                with suppress(TimeoutError):
                    async with asyncio.timeout(admitted_until - time.monotonic()):
                        await changed.wait()
            if time.monotonic() >= admitted_until:
                if not await still_allowed():
                    return
                admitted_until = time.monotonic() + self._beat_s
                yield sign_of_life(position)

    async def _stored(self, reader: Reader, position: Position) -> Piece:
        """Read the next piece from the database; at its end the reader is where the feed was before."""
        reached = self.feed.position
        async with self._reads:
            return await asyncio.to_thread(self._read, reader, position, reached)

    def _read(self, reader: Reader, position: Position, reached: Position) -> Piece:
        with self._database.read() as session:
            events = events_after(
                session,
                position,
                organization_id=reader.organization_id,
                kinds=reader.wanted.kinds or None,
                limit=_PAGE,
            )
        wires: list[bytes] = []
        size = 0
        for event in events:
            position = event.position
            if reader.wanted.passes(event):
                wires.append(encoded(event))
                size += len(wires[-1])
                if size >= _PIECE_BYTES:
                    return Piece(b"".join(wires), position)
        whole = len(events) < _PAGE
        # At the end of the log the reader is as far as the feed was before; what came since, the feed has.
        return Piece(b"".join(wires), max(position, reached) if whole else position)

    def _resumed(self, position: Position) -> tuple[Position, Position]:
        with self._database.read() as session:
            return resumed_position(session, position), first_position(session)
