"""The events of all organizations in order, polled once for the whole process and kept for a while in memory."""

import asyncio
import threading
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace

import structlog

from app.core.events import BEGINNING, Event, Position
from app.store.engine.database import Database
from app.store.engine.outages import DatabaseUnavailable
from app.store.outbox.events import adopt_restored_events, events_after, events_pending, latest_position
from app.store.outbox.listening import Waiter, waiter_for
from app.stream.wire import Wanted, encoded

_PAGE = 500
_KEPT_EVENTS = 5_000
_KEPT_BYTES = 16 * 1024 * 1024
_PIECE_BYTES = 32 * 1024
_MOST_PIECES = 64
_PENDING_S = 0.02
_SHORTEST_WAIT_S = 0.02
_RETRY_S = 1.0
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Kept:
    """An event without its payload, and the whole of it as it is streamed."""

    event: Event
    wire: bytes


@dataclass(frozen=True, slots=True)
class Piece:
    """Some events as they are streamed, and how far they bring their reader."""

    wire: bytes
    position: Position


class EventFeed:
    """Follows the log of events in a thread of its own; everything else is called on the event loop.

    Readers keep nothing here but their own position: what they have not sent yet is either among the events kept for
    all, or read again from the database. `poll_s` is how late an event may be whose wake-up was lost.
    """

    def __init__(self, database: Database, *, poll_s: float = 0.5) -> None:
        self._database = database
        self._poll_s = poll_s
        self._waiter: Waiter | None = None
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._kept: list[_Kept] = []
        self._kept_bytes = 0
        self._since = self.position = BEGINNING
        self._changed: dict[int, asyncio.Event] = {}
        self._pieces: dict[tuple[int, Wanted, Position], Piece] = {}

    async def start(self) -> None:
        """Begin to follow the log from its end."""
        self._since = self.position = await asyncio.to_thread(self._find_end)
        loop = asyncio.get_running_loop()
        waiter = self._waiter = waiter_for(self._database)
        arguments = loop, waiter, self.position
        self._thread = threading.Thread(target=self._follow, args=arguments, name="event-feed", daemon=True)
        self._thread.start()

    async def stop(self) -> None:
        """Stop following."""
        self._stopping.set()
        if self._waiter is None or self._thread is None:
            return
        self._waiter.stop()
        await asyncio.to_thread(self._thread.join)
        self._waiter.close()
        self._waiter = None

    def wake(self) -> None:
        """Look for events now; from any thread."""
        waiter = self._waiter
        if waiter is not None:
            waiter.wake()

    def changed(self, organization_id: int) -> asyncio.Event:
        """Return what is set at the organization's next event; ask for it before `since`, and wait on it after."""
        return self._changed.setdefault(organization_id, asyncio.Event())

    def since(self, organization_id: int, wanted: Wanted, position: Position) -> Piece | None:
        """Return the next piece of what the reader at `position` wants, empty when it has everything.

        None when events that it has not seen are no longer kept: they are to be read from the database.
        """
        if position < self._since:
            return None
        key = organization_id, wanted, position
        piece = self._pieces.get(key)
        if piece is None:
            piece = self._piece(organization_id, wanted, position)
            # Many readers who want the same from the same place share one; others make their own, which is only work.
            if len(self._pieces) < _MOST_PIECES:
                self._pieces[key] = piece
        return piece

    def _piece(self, organization_id: int, wanted: Wanted, position: Position) -> Piece:
        wires: list[bytes] = []
        size = 0
        for kept in self._kept[bisect_right(self._kept, position, key=lambda kept: kept.event.position) :]:
            if kept.event.organization_id == organization_id and wanted.passes(kept.event):
                wires.append(kept.wire)
                size += len(kept.wire)
                if size >= _PIECE_BYTES:
                    return Piece(b"".join(wires), kept.event.position)
        return Piece(b"".join(wires), max(position, self.position))

    def _take(self, fresh: Sequence[_Kept]) -> None:
        """Keep what was read and tell the readers whose organizations it concerns."""
        self._kept += fresh
        self._kept_bytes += sum(len(kept.wire) for kept in fresh)
        # As many as are too many, and then as many as take too many bytes.
        gone = max(0, len(self._kept) - _KEPT_EVENTS)
        self._kept_bytes -= sum(len(kept.wire) for kept in self._kept[:gone])
        while self._kept_bytes > _KEPT_BYTES:
            self._kept_bytes -= len(self._kept[gone].wire)
            gone += 1
        if gone:
            self._since = self._kept[gone - 1].event.position
            del self._kept[:gone]
        self.position = fresh[-1].event.position
        # A piece that reached to the end of what is kept is out of date with the next event.
        self._pieces.clear()
        for organization_id in {kept.event.organization_id for kept in fresh}:
            # Set once and never again: readers that come later wait on a new one.
            changed = self._changed.pop(organization_id, None)
            if changed is not None:
                changed.set()

    def _find_end(self) -> Position:
        with self._database.write() as session:
            adopt_restored_events(session)
        with self._database.read() as session:
            return latest_position(session)

    def _follow(self, loop: asyncio.AbstractEventLoop, waiter: Waiter, position: Position) -> None:
        while not self._stopping.is_set():
            try:
                position = self._step(loop, waiter, position)
            except Exception as error:  # whatever it is, readers must not wait for ever
                outage = isinstance(error, DatabaseUnavailable)
                _log.warning("events could not be read", error=str(error), exc_info=None if outage else error)
                self._stopping.wait(_RETRY_S)

    def _step(self, loop: asyncio.AbstractEventLoop, waiter: Waiter, position: Position) -> Position:
        """Hand over the next page of events, or wait for one; return how far that goes."""
        with self._database.read() as session:
            events = events_after(session, position, limit=_PAGE)
            pending = not events and events_pending(session)
        if events:
            fresh = [_Kept(replace(event, payload={}), encoded(event)) for event in events]
            # What is kept changes on the event loop alone, where readers look at it: it needs no lock.
            loop.call_soon_threadsafe(self._take, fresh)
            self._stopping.wait(_SHORTEST_WAIT_S)
            return events[-1].position
        waiter.wait(_PENDING_S if pending else self._poll_s)
        return position
