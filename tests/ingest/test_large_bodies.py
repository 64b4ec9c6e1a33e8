"""Large bodies: taken in parts, held back when too much waits, and no hindrance to small posts of others."""

import asyncio
from collections.abc import Iterator

import pytest

from app.core.calendar.periods import Grain
from app.core.inventory.meters import MeterSpec
from app.ingest.bodies.json_rows import from_json
from app.ingest.door.group import GroupCommit
from app.ingest.writing import backlog
from app.ingest.writing import write as writing
from app.ingest.writing.gathering import PLAIN, Post
from app.ingest.writing.intake import IngestOutcome
from app.rollup.rolling import arrivals as rolling
from app.rollup.rolling.arrivals import roll_arrivals
from app.rollup.rolling.roller import rebuild, roll
from app.store.arrivals.entered import enter_arrived
from app.store.directory.directory import directories
from app.store.engine.database import Database
from app.store.readings.recent import recent_readings
from app.store.rollups.rolling import meters_with_marks
from tests.support.bodies import Row, body
from tests.support.elsewhere import another_process, arrivals, waiting
from tests.support.gates import Racer
from tests.support.site import Site, counts, later_ms, new_site, quantities, rollups, row, stored

T1, T2, T3 = (f"2021-03-01T00:{minute}:00Z" for minute in ("00", "15", "30"))
EARLIER = "2021-02-01T00:00:00Z"


@pytest.fixture
def elsewhere(site: Site) -> Iterator[Site]:
    with another_process(site) as other:
        yield other


@pytest.fixture
def little_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bodies of three rows are large, and six rows are as many as may wait."""
    monkeypatch.setattr(writing, "LARGE_ROWS", 3)
    monkeypatch.setattr(backlog, "_LOOK_EVERY", 4)
    monkeypatch.setattr(backlog, "_MOST_WAITING", 6)
    monkeypatch.setattr(backlog, "_ENTERED_AT_ONCE", 5)


def three_rows(meter: MeterSpec, hour: int) -> list[Row]:
    return [row(meter, f"2021-03-01T{hour:02}:{minute}:00Z", hour) for minute in ("00", "15", "30")]


@pytest.mark.usefixtures("little_patience")
def test_a_large_body_that_finds_too_much_waiting_enters_some(site: Site) -> None:
    meter = site.meter()
    seen = []
    for hour in range(9):
        assert counts(site.post(three_rows(meter, hour), now_ms=later_ms())) == (3, 0, 0)
        seen.append(waiting(site))
    assert seen == [3, 6, 9, 12, 9, 12, 9, 12, 9]
    assert len(stored(site.database, meter)) == 27


@pytest.mark.usefixtures("little_patience")
def test_a_large_body_waits_for_the_roller_of_its_process(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backlog, "_PATIENCE_S", 30.0)
    meter = site.meter()
    for hour in range(4):
        site.post(three_rows(meter, hour), now_ms=later_ms())
    site.database.rolls = True
    posting = Racer(lambda: site.post(three_rows(meter, 4), now_ms=later_ms()))
    while posting.is_alive():
        roll_arrivals(site.database)
    site.database.rolls = False
    assert counts(posting.result()) == (3, 0, 0)
    with site.database.read() as session:
        assert meter.id not in meters_with_marks(session, meter.organization_id, limit=1_000_000)


def test_a_body_larger_than_a_piece_is_told_apart_piece_by_piece(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    meter = site.meter()
    site.post([row(meter, T1, 1)], now_ms=later_ms())
    monkeypatch.setattr(writing, "_ROWS_A_PIECE", 2)
    rows = [row(meter, T1, 1), row(meter, T2, 2), row(meter, T2, 5), row(meter, T3, 3)]
    assert counts(site.post(rows, now_ms=later_ms())) == (2, 1, 1)
    assert counts(site.post(rows, now_ms=later_ms())) == (0, 0, 4)
    assert [each[1] for each in stored(site.database, meter)] == [1_000_000, 5_000_000, 3_000_000]


def test_a_body_larger_than_a_piece_waits_in_parts_that_roll_up_to_the_same(
    site: Site, elsewhere: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    meter, other = site.meter(), site.meter()
    site.post([row(each, EARLIER, 1) for each in (meter, other)], now_ms=later_ms())
    elsewhere.post([row(site.meter(), EARLIER, 1)], now_ms=later_ms())
    enter_arrived(site.database)
    monkeypatch.setattr(writing, "_ROWS_A_PIECE", 2)
    monkeypatch.setattr(rolling, "_ROUNDS_A_PASS", 1)
    off_the_grid = "2021-03-01T00:07:00Z"
    rows = [row(meter, T1, 1), row(meter, off_the_grid, 2), row(meter, T2, 4), row(meter, T3, 8), row(other, T1, 16)]

    assert counts(elsewhere.post([*rows, row(meter, "nonsense", 1)], now_ms=later_ms())) == (5, 0, 0)
    assert arrivals(site) == 3
    for left in (2, 1, 0):
        roll_arrivals(site.database, rows_a_transaction=2)
        assert arrivals(site) == left
        with site.database.write() as session:
            roll(session, directories(site.database), [meter.id, other.id])
    assert counts(site.post(rows, now_ms=later_ms())) == (0, 0, 5)
    added = [rollups(site.database, each) for each in (meter, other)]
    rebuild(site.database, [meter.id, other.id])
    assert added == [rollups(site.database, each) for each in (meter, other)]
    assert quantities(site.database, meter, Grain.MONTH) == {18_659: 1_000_000, 18_687: 15_000_000}


def test_small_posts_of_others_go_on_while_an_organization_is_written(database: Database) -> None:
    busy, idle = new_site(database), new_site(database)
    meters = {site.organization_id: site.meter() for site in (busy, idle)}
    group = GroupCommit(database, lambda: None)
    group.start()

    async def post(site: Site) -> IngestOutcome:
        texts = from_json(body([row(meters[site.organization_id], T1, 1)], "json"))
        return await group.take(Post(site.organization_id, None, PLAIN, later_ms(), None, 1), texts)

    async def both() -> tuple[int, int]:
        turn = recent_readings(database).of(busy.organization_id).lock
        with turn:
            held_up = asyncio.create_task(post(busy))
            await asyncio.sleep(0)
            first = await asyncio.wait_for(post(idle), 10)
            assert not held_up.done()
        return first.inserted, (await asyncio.wait_for(held_up, 10)).inserted

    try:
        assert asyncio.run(both()) == (1, 1)
    finally:
        group.stop()
