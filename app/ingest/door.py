"""The door readings come in by: small bodies join a group commit, larger ones get a transaction, huge ones a stream."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from app.ingest.body import decode, unpacked
from app.ingest.decode import MediaType, TextColumns
from app.ingest.gathering import PLAIN, Post
from app.ingest.group import GroupCommit, Overloaded
from app.ingest.problems import BodyTooLarge
from app.ingest.service import ingest_together
from app.ingest.streamed import Sender, StreamedBody
from app.ingest.tally import IngestOutcome
from app.store.engine import Database

_SMALL_BYTES = 64 * 2**10
"""Bodies up to this size are decoded at once and committed together."""

_WHOLE_BYTES = 8 * 2**20
"""Larger bodies in NDJSON or CSV are taken piece by piece; a JSON document is read whole in any case."""

_PIECE_BYTES = 2 * 2**20
_AT_ONCE = 4
_MOST_WAITING = 64
_PATIENCE_S = 20.0


class Door:
    """Takes bodies from asynchronous callers, as many at once as memory and the database bear; `committed` is called
    after every commit."""

    def __init__(self, database: Database, committed: Callable[[], None], *, limit_bytes: int) -> None:
        self._database = database
        self._committed = committed
        self._limit_bytes = limit_bytes
        self._group = GroupCommit(database, committed)
        self._places = asyncio.Semaphore(_AT_ONCE)
        self._waiting = 0

    def start(self) -> None:
        """Start the group commit."""
        self._group.start()

    def stop(self) -> None:
        """Commit what waits and take no more."""
        self._group.stop()

    async def take(
        self, chunks: AsyncIterator[bytes], sender: Sender, media: MediaType, encoding: str | None
    ) -> IngestOutcome:
        """Return what became of a body once it is committed.

        Raises what the decoders raise, BodyTooLarge, BatchContended, and Overloaded before much was read.
        """
        head = await self._read(chunks, _SMALL_BYTES)
        if len(head) <= _SMALL_BYTES:
            return await self._take_small(head, sender, media, encoding)
        async with self._place():
            outcome = await self._take_large(head, chunks, sender, media, encoding)
        self._committed()
        return outcome

    async def _take_small(self, body: bytes, sender: Sender, media: MediaType, encoding: str | None) -> IngestOutcome:
        texts = decode(unpacked(body, encoding, limit_bytes=self._limit_bytes), media)
        if sender.options == PLAIN:
            return await self.take_decoded(texts, sender)
        post = Post(sender.organization_id, sender.key_code, sender.options, sender.now_ms, texts.received)
        outcomes = await asyncio.to_thread(ingest_together, self._database, [post], [texts])
        self._committed()
        return outcomes[0]

    async def take_decoded(self, texts: TextColumns, sender: Sender) -> IngestOutcome:
        """Return what became of a few plainly posted readings once they are committed; raises Overloaded."""
        post = Post(sender.organization_id, sender.key_code, PLAIN, sender.now_ms, texts.received)
        return await self._group.take(post, texts)

    async def _take_large(
        self, head: bytes, chunks: AsyncIterator[bytes], sender: Sender, media: MediaType, encoding: str | None
    ) -> IngestOutcome:
        whole = self._limit_bytes if media is MediaType.JSON else _WHOLE_BYTES
        body = head + await self._read(chunks, whole - len(head))
        if len(body) <= whole:
            return await asyncio.to_thread(self._take_whole, body, sender, media, encoding)
        streamed = StreamedBody(self._database, sender, media, encoding, limit_bytes=self._limit_bytes)
        while body:
            await asyncio.to_thread(streamed.feed, body)
            body = await self._read(chunks, _PIECE_BYTES)
        return await asyncio.to_thread(streamed.finish)

    def _take_whole(self, body: bytes, sender: Sender, media: MediaType, encoding: str | None) -> IngestOutcome:
        texts = decode(unpacked(body, encoding, limit_bytes=self._limit_bytes), media)
        post = Post(sender.organization_id, sender.key_code, sender.options, sender.now_ms, texts.received)
        return ingest_together(self._database, [post], [texts])[0]

    async def _read(self, chunks: AsyncIterator[bytes], enough: int) -> bytes:
        """Return the next bytes: all there are, or a little more than `enough`."""
        parts: list[bytes] = []
        size = 0
        async for chunk in chunks:
            parts.append(chunk)
            size += len(chunk)
            if size > self._limit_bytes:
                raise BodyTooLarge(f"a body may have {self._limit_bytes} bytes")
            if size > enough:
                break
        return b"".join(parts)

    @asynccontextmanager
    async def _place(self) -> AsyncIterator[None]:
        """Wait for a place among the large bodies; raise Overloaded when too many wait, or for too long.

        Whoever waits has sent little more than its head: the rest stays in the sender's hands.
        """
        if self._waiting >= _MOST_WAITING:
            raise Overloaded("Too many large bodies are being taken; send this one again")
        self._waiting += 1
        try:
            async with asyncio.timeout(_PATIENCE_S):
                await self._places.acquire()
        except TimeoutError:
            raise Overloaded("Too many large bodies are being taken; send this one again") from None
        finally:
            self._waiting -= 1
        try:
            yield
        finally:
            self._places.release()
