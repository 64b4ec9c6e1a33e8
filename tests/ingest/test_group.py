"""Small posts that are committed together: every one gets its receipt, whoever else waits, fails or stops."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from app.core.inventory.meters import MeterSpec
from app.ingest.bodies.json_rows import from_json
from app.ingest.door import group as grouping
from app.ingest.door.group import GroupCommit
from app.ingest.door.places import Overloaded
from app.ingest.writing.gathering import PLAIN, Post
from app.ingest.writing.intake import IngestOutcome
from app.store.engine.database import Database
from app.store.engine.outages import DatabaseAway
from app.store.readings.recent import recent_readings
from tests.support.bodies import body
from tests.support.site import Site, later_ms, new_site, row, stored


async def posted(group: GroupCommit, site: Site, meter: MeterSpec, minute: int, *, key: str = "test") -> IngestOutcome:
    texts = from_json(
        body([row(meter, f"2021-03-{minute // 1440 + 1:02}T{minute // 60 % 24:02}:{minute % 60:02}:00Z", 1)], "json")
    )
    return await group.take(Post(site.organization_id, key, PLAIN, later_ms(), None, 1), texts)


def run(database: Database, test: Callable[[GroupCommit], Awaitable[None]]) -> None:
    """Run a test with a group commit, which has committed everything when it ends."""
    group = GroupCommit(database, lambda: None)
    group.start()

    async def whole() -> None:
        await asyncio.wait_for(test(group), 60)

    try:
        asyncio.run(whole())
    finally:
        group.stop()


def test_every_post_of_many_organizations_gets_its_receipt(site: Site) -> None:
    sites = [new_site(site.database) for _ in range(12)]
    meters = [each.meter() for each in sites]

    async def test(group: GroupCommit) -> None:
        for round_ in range(5):
            posts = [
                posted(group, each, meter, round_ * 5 + n)
                for n in range(5)
                for each, meter in zip(sites, meters, strict=True)
            ]
            outcomes = await asyncio.gather(*posts)
            assert [outcome.inserted for outcome in outcomes] == [1] * 60

    run(site.database, test)
    assert [len(stored(site.database, meter)) for meter in meters] == [25] * 12


def test_a_key_fills_its_share_of_the_queue_and_another_still_finds_a_place(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(grouping, "_MOST_WAITING_OF_ONE", 3)
    meter = site.meter()

    async def test(group: GroupCommit) -> None:
        with recent_readings(site.database).of(site.organization_id).lock:
            waiting = [asyncio.ensure_future(posted(group, site, meter, n)) for n in range(3)]
            await asyncio.sleep(0.05)
            with pytest.raises(Overloaded):
                await posted(group, site, meter, 3)
            waiting.append(asyncio.ensure_future(posted(group, site, meter, 3, key="other")))
            await asyncio.sleep(0.05)
            assert not any(each.done() for each in waiting)
        assert [outcome.inserted for outcome in await asyncio.gather(*waiting)] == [1, 1, 1, 1]
        assert (await posted(group, site, meter, 4)).inserted == 1

    run(site.database, test)


def test_whoever_was_answered_waits_no_longer(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grouping, "_MOST_WAITING", 2)
    meter = site.meter()

    async def test(group: GroupCommit) -> None:
        for minute in range(0, 10, 2):
            outcomes = await asyncio.gather(*(posted(group, site, meter, minute + n) for n in range(2)))
            assert [outcome.inserted for outcome in outcomes] == [1, 1]

    run(site.database, test)


def test_of_two_posts_that_fail_together_each_is_tried_alone(site: Site) -> None:
    """No database keeps half a surrogate pair, and no key has one: it stands for whatever only one post fails by."""
    meter = site.meter()

    async def test(group: GroupCommit) -> None:
        with recent_readings(site.database).of(site.organization_id).lock:
            keys = ("test", "\ud800", "other")
            waiting = [asyncio.ensure_future(posted(group, site, meter, n, key=key)) for n, key in enumerate(keys)]
            await asyncio.sleep(0.05)
        first, failed, last = await asyncio.gather(*waiting, return_exceptions=True)
        assert isinstance(failed, UnicodeEncodeError)
        assert [isinstance(each, IngestOutcome) and each.inserted for each in (first, last)] == [1, 1]
        assert (await posted(group, site, meter, 3)).inserted == 1

    run(site.database, test)
    assert len(stored(site.database, meter)) == 3


def test_what_waits_when_it_stops_is_committed_first(site: Site) -> None:
    meter = site.meter()
    group = GroupCommit(site.database, lambda: None)
    group.start()

    async def test() -> list[IngestOutcome]:
        with recent_readings(site.database).of(site.organization_id).lock:
            waiting = [asyncio.ensure_future(posted(group, site, meter, n)) for n in range(3)]
            await asyncio.sleep(0.05)
            stopping = asyncio.ensure_future(asyncio.to_thread(group.stop))
            await asyncio.sleep(0.05)
            with pytest.raises(Overloaded):
                await posted(group, site, meter, 3)
        await stopping
        return await asyncio.gather(*waiting)

    assert [outcome.inserted for outcome in asyncio.run(test())] == [1, 1, 1]


def test_a_database_that_is_away_is_told_to_all_that_wait(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'nowhere' / 'esg.db'}")
    texts = from_json(b'{"readings":[{"meter":"grid","timestamp":"2021-03-01T00:00:00Z","value":1}]}')

    async def test(group: GroupCommit) -> None:
        posts = [group.take(Post(n % 30, "test", PLAIN, later_ms(), None, 1), texts) for n in range(300)]
        answers = await asyncio.gather(*posts, return_exceptions=True)
        assert {type(answer) for answer in answers} == {DatabaseAway}

    run(database, test)
