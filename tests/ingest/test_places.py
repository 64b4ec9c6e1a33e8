"""Places are shared out: nobody has them all, who waits is served in turn, and nothing is lost when one gives up."""

import asyncio
import gzip
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial

import brotli
import pytest

from app.core.codings import Coding
from app.ingest.bodies.body_columns import MediaType
from app.ingest.door.door import Door
from app.ingest.door.places import Holders, Overloaded, Places
from app.ingest.writing.gathering import PLAIN, Post
from tests.support.site import Site, later_ms

A, B, C = ("key a",), ("key b",), ("key c",)


def places(count: int = 4, of_one: int = 3, *, most_waiting: int = 10, patience_s: float = 5.0) -> Places:
    return Places(count, of_one=of_one, most_waiting=most_waiting, patience_s=patience_s)


async def asked(of: Places, *holders: Holders) -> list[asyncio.Task[None]]:
    """Ask for a place for each of these in turn; return what each is doing."""
    tasks = []
    for each in holders:
        tasks.append(asyncio.ensure_future(of.take(each)))
        await asyncio.sleep(0)
    return tasks


def have(tasks: list[asyncio.Task[None]]) -> list[bool]:
    return [task.done() and task.exception() is None for task in tasks]


def run(test: Callable[[], Awaitable[None]]) -> None:
    async def whole() -> None:
        await test()

    asyncio.run(whole())


def test_one_holder_never_has_all_and_another_gets_the_last_at_once() -> None:
    async def test() -> None:
        tasks = await asked(places(), A, A, A, A, B, B)
        assert have(tasks) == [True, True, True, False, True, False]
        for task in tasks:
            task.cancel()

    run(test)


def test_a_place_that_comes_free_goes_to_those_who_wait_in_turn() -> None:
    async def test() -> None:
        shared = places(2, 1)
        tasks = await asked(shared, A, B, A, A, C, C)
        assert have(tasks) == [True, True, False, False, False, False]
        order = []
        for holders in (A, A, B, C):
            shared.give_back(holders)
            await asyncio.sleep(0)
            order.append([number for number, served in enumerate(have(tasks)) if served])
        assert order == [[0, 1, 2], [0, 1, 2, 4], [0, 1, 2, 3, 4], [0, 1, 2, 3, 4, 5]]

    run(test)


def test_the_share_holds_for_each_of_several_holders() -> None:
    """Two keys of one organization have no more between them than the organization may have."""

    async def test() -> None:
        one, other, rival = ("key 1", "org 1"), ("key 2", "org 1"), ("key 3", "org 2")
        tasks = await asked(places(4, 3), one, other, one, other, rival)
        assert have(tasks) == [True, True, True, False, True]
        tasks[3].cancel()

    run(test)


def test_who_waits_too_long_or_with_too_many_is_told_and_holds_nothing() -> None:
    async def test() -> None:
        shared = places(1, 1, most_waiting=1, patience_s=0.05)
        await shared.take(A)
        waiting = asyncio.ensure_future(shared.take(B))
        await asyncio.sleep(0)
        with pytest.raises(Overloaded):
            await shared.take(B)
        with pytest.raises(Overloaded):
            await waiting
        shared.give_back(A)
        await shared.take(C)
        shared.give_back(C)
        await shared.take(B)

    run(test)


def test_a_place_granted_to_one_who_gives_up_in_that_moment_goes_on_to_the_next() -> None:
    async def test() -> None:
        shared = places(1, 1)
        await shared.take(A)
        (leaving, next_one) = await asked(shared, B, C)
        shared.give_back(A)
        leaving.cancel()
        await asyncio.wait([leaving, next_one], timeout=1)
        assert have([next_one]) == [True]

    run(test)


HEADER = b"meter,timestamp,value\n"


async def arriving(parts: list[bytes], then: "asyncio.Event | None" = None) -> AsyncIterator[bytes]:
    """Yield parts of a body, and wait before the end of it."""
    for part in parts:
        yield part
    if then is not None:
        await then.wait()


def test_bodies_that_stop_fill_only_their_own_keys_share_of_the_memory(site: Site) -> None:
    """The limit is two blocks, so there are eight blocks of memory: four for one key, which two silent bodies fill."""
    meter = site.meter()
    line = f"{meter.code},2021-03-01T00:00:00Z,1\n".encode()
    body = HEADER + line * (100_000 // len(line))

    async def test() -> None:
        door = Door(site.database, lambda: None, limit_bytes=131_072)
        door.start()
        stopped = asyncio.Event()

        def post(key: str, organization_id: int, then: asyncio.Event | None = None) -> "asyncio.Task[object]":
            sender = Post(organization_id, key, PLAIN, later_ms(), None)
            return asyncio.ensure_future(door.take(arriving([body], then), sender, MediaType.CSV, None))

        silent = [post("silent", 0, stopped) for _ in range(20)]
        await asyncio.sleep(0.05)
        for key in ("one", "two", "one", "one", "one"):  # each fills two blocks and gives them back
            outcome = await post(key, site.organization_id)
            assert outcome.received == len(body) // len(line)  # type: ignore[attr-defined]
        for task in silent:
            task.cancel()
        await asyncio.gather(*silent, return_exceptions=True)
        await asyncio.to_thread(door.stop)

    run(test)


@pytest.mark.parametrize(
    ("coding", "pack"), [(Coding.GZIP, gzip.compress), (Coding.BR, partial(brotli.compress, quality=3))]
)
def test_a_little_that_holds_much_is_not_unpacked_on_the_event_loop(
    site: Site, coding: Coding, pack: Callable[[bytes], bytes]
) -> None:
    meter = site.meter()
    line = f"{meter.code},2021-03-01T00:00:00Z,1\n".encode()
    packed = pack(HEADER + line * 100_000)
    assert len(packed) < 65_536

    async def test() -> None:
        door = Door(site.database, lambda: None, limit_bytes=64_000_000)
        door.start()
        sender = Post(site.organization_id, "test", PLAIN, later_ms(), None)
        taking = asyncio.ensure_future(door.take(arriving([packed]), sender, MediaType.CSV, coding))
        began = time.thread_time()
        received = (await taking).received
        assert received == 100_000
        assert time.thread_time() - began < 0.05, "the loop's own thread worked"
        await asyncio.to_thread(door.stop)

    run(test)
