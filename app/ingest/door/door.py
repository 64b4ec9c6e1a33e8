"""The door readings come in by: small bodies join a group commit, larger ones get a transaction, huge ones a stream."""

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from typing import ParamSpec, TypeVar

from app.core.codings import Coding
from app.ingest.bodies.body import at_most, decode, unpacked
from app.ingest.bodies.body_columns import MediaType, TextColumns
from app.ingest.door.group import GroupCommit
from app.ingest.door.places import Holders, Places
from app.ingest.door.streamed import StreamedBody
from app.ingest.problems import BodyTooLarge
from app.ingest.writing.courtesy import SmallPosts
from app.ingest.writing.gathering import PLAIN, Post
from app.ingest.writing.intake import ingest_together
from app.ingest.writing.tally import IngestOutcome
from app.store.engine.database import Database

_SMALL_BYTES = 64 * 2**10
"""Bodies up to this size are decoded at once and committed together."""

_SMALL_PLAIN_BYTES = 256 * 2**10
"""What a small body may unpack to and still be decoded at once: a few milliseconds' work."""

_WHOLE_BYTES = 8 * 2**20
"""Larger bodies in NDJSON or CSV are taken piece by piece; a JSON document is read whole in any case."""

_PIECE_BYTES = 2 * 2**20
_AT_WORK = 4
_AT_WORK_OF_ONE = 3
_LARGEST_IN_MEMORY = 4
"""So many bodies of the largest size may be in memory, or many more smaller ones; half of that for one key."""

_MOST_WAITING = 64
_PATIENCE_S = 20.0
_P = ParamSpec("_P")
_T = TypeVar("_T")


class Door:
    """Takes bodies from asynchronous callers, as many at once as memory and the database bear; `committed` is called
    after every commit.

    A body has a place at work while it is decoded and written, and none while it arrives: then it only counts for the
    memory it has filled. So a post who stops half-way is in nobody's way but its own.
    """

    def __init__(
        self, database: Database, committed: Callable[[], None], *, limit_bytes: int, limit_rows: int | None = None
    ) -> None:
        self._database = database
        self._committed = committed
        self._limit_bytes = limit_bytes
        self._limit_rows = limit_rows
        self._group = GroupCommit(database, committed)
        self._small_posts = SmallPosts()
        self._threads = ThreadPoolExecutor(2 * _AT_WORK, thread_name_prefix="ingest")
        places = partial(Places, most_waiting=_MOST_WAITING, patience_s=_PATIENCE_S)
        self._at_work = places(_AT_WORK, of_one=_AT_WORK_OF_ONE)
        self._small_at_work = places(_AT_WORK, of_one=_AT_WORK_OF_ONE)
        share = _LARGEST_IN_MEMORY // 2 * _blocks(limit_bytes)
        self._memory = places(2 * share, of_one=share)

    def start(self) -> None:
        """Start the group commit."""
        self._group.start()

    def stop(self) -> None:
        """Commit what waits and take no more."""
        self._group.stop()
        self._threads.shutdown(wait=True)

    async def take(
        self, chunks: AsyncIterator[bytes], post: Post, media: MediaType, coding: Coding | None
    ) -> IngestOutcome:
        """Return what became of a body once it is committed.

        Raises what the decoders raise, CodingFault, BodyTooLarge, TooManyRows, BatchContended, and Overloaded.
        """
        head = await self._read(chunks, _SMALL_BYTES)
        if len(head) <= _SMALL_BYTES:
            return await self._take_small(head, post, media, coding)
        memory = _Memory(self._memory, _holders(post))
        try:
            await memory.grow(len(head))
            outcome = await self._take_large(head, chunks, post, media, coding, memory)
        finally:
            memory.give_back()
        self._committed()
        return outcome

    async def _take_small(self, body: bytes, post: Post, media: MediaType, coding: Coding | None) -> IngestOutcome:
        try:
            plain = unpacked(body, coding, limit_bytes=min(_SMALL_PLAIN_BYTES, self._limit_bytes))
        except BodyTooLarge:  # 300 bytes of br may hold 128 MiB, which is no work for the event loop
            async with self._at_work.taken(_holders(post)):
                outcome = await self._in_thread(self._take_whole, body, post, media, coding)
            self._committed()
            return outcome
        texts = at_most(decode(plain, media), self._limit_rows)
        if post.options == PLAIN:
            return await self.take_decoded(texts, post)
        async with self._small_at_work.taken(_holders(post)):
            outcomes = await self._in_thread(ingest_together, self._database, [post.with_rows(texts.received)], [texts])
        self._committed()
        return outcomes[0]

    async def carry_out(self, post: Post, function: Callable[[], _T]) -> _T:
        """Return what a function returns that takes readings by itself, of a file; it has a place at work meanwhile.

        Raises Overloaded.
        """
        async with self._at_work.taken(_holders(post)):
            found = await self._in_thread(function)
        self._committed()
        return found

    async def take_decoded(self, texts: TextColumns, post: Post) -> IngestOutcome:
        """Return what became of a few plainly posted readings once they are committed.

        Raises Overloaded and TooManyRows.
        """
        at_most(texts, self._limit_rows)
        self._small_posts.came()
        return await self._group.take(post.with_rows(texts.received), texts)

    async def _take_large(
        self,
        head: bytes,
        chunks: AsyncIterator[bytes],
        post: Post,
        media: MediaType,
        coding: Coding | None,
        memory: "_Memory",
    ) -> IngestOutcome:
        whole = self._limit_bytes if media is MediaType.JSON else _WHOLE_BYTES
        body = head + await self._read(chunks, whole - len(head), memory)
        if len(body) <= whole:
            async with self._at_work.taken(_holders(post)):
                return await self._in_thread(self._take_whole, body, post, media, coding)
        streamed = StreamedBody(
            self._database, post, media, coding, limit_bytes=self._limit_bytes, limit_rows=self._limit_rows
        )
        while body:
            async with self._at_work.taken(_holders(post)):
                await self._in_thread(self._fed, streamed, body)
            await memory.grow_to(streamed.plain_bytes)
            body = await self._read(chunks, _PIECE_BYTES, memory)
        async with self._at_work.taken(_holders(post)):
            return await self._in_thread(streamed.finish)

    def _fed(self, streamed: StreamedBody, piece: bytes) -> None:
        steps = self._small_posts.steps()
        streamed.feed(piece)
        steps.rest()

    def _take_whole(self, body: bytes, post: Post, media: MediaType, coding: Coding | None) -> IngestOutcome:
        steps = self._small_posts.steps()
        texts = at_most(decode(unpacked(body, coding, limit_bytes=self._limit_bytes), media), self._limit_rows)
        steps.rest()
        return ingest_together(self._database, [post.with_rows(texts.received)], [texts], judged=steps.rest)[0]

    async def _read(self, chunks: AsyncIterator[bytes], enough: int, memory: "_Memory | None" = None) -> bytes:
        """Return the next bytes: all there are, or a little more than `enough`."""
        parts: list[bytes] = []
        size = 0
        async for chunk in chunks:
            parts.append(chunk)
            size += len(chunk)
            if size > self._limit_bytes:
                raise BodyTooLarge(f"a body may have {self._limit_bytes} bytes")
            if memory is not None:
                await memory.grow(len(chunk))
            if size > enough:
                break
        return b"".join(parts)

    async def _in_thread(self, function: Callable[_P, _T], *args: _P.args, **named: _P.kwargs) -> _T:
        return await asyncio.get_running_loop().run_in_executor(
            self._threads, partial(copy_context().run, function, *args, **named)
        )


class _Memory:
    """What a large body fills of the memory for all of them: blocks, taken as it grows and given back together.

    While there is none, the body is not read on, and the rest of it stays in its sender's hands.
    """

    def __init__(self, blocks: Places, holders: Holders) -> None:
        self._blocks = blocks
        self._holders = holders
        self._taken = 0
        self._bytes = 0

    async def grow(self, count: int) -> None:
        """Count `count` bytes more; raises Overloaded."""
        await self.grow_to(self._bytes + count)

    async def grow_to(self, count: int) -> None:
        """Count `count` bytes in all, if that is more than before; raises Overloaded."""
        self._bytes = max(self._bytes, count)
        while self._taken < _blocks(self._bytes):
            await self._blocks.take(self._holders)
            self._taken += 1

    def give_back(self) -> None:
        """Let others have the memory."""
        self._blocks.give_back(self._holders, self._taken)


def _blocks(count: int) -> int:
    """Return how many blocks of memory so many bytes fill."""
    return -(-count // _SMALL_BYTES)


def _holders(post: Post) -> Holders:
    """Return by whom a place is held: neither a key nor an organization, by several keys, may have them all."""
    return ("key", post.key_code), ("organization", post.organization_id)
