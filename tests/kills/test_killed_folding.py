"""A process that folds readings into pages, and moves those of an earlier release, is killed at any moment of it."""

import multiprocessing
import os
import random
import signal
import time
from collections.abc import Iterator
from multiprocessing.synchronize import Event
from typing import Any

import pytest
from sqlalchemy import text

from app.core.inventory.meters import MeterSpec
from app.rollup.rolling.roller import rebuild, roll_pending
from app.store.engine.database import Database
from app.store.readings.moving import move_all, move_some
from app.store.upkeep.storage_checks import check_arrivals, check_pages
from tests.support.folded import fold_everything
from tests.support.site import Site, later_ms, new_site, rollups, row, stored

ROUNDS = 10
ROWS = 300
LEGACY = 9_000
BEGIN_S = 1_614_556_800
_forks = multiprocessing.get_context("forkserver")
_forks.set_forkserver_preload(["tests.kills.preloaded"])


def _work(url: str, began: Event) -> None:
    """Fold and move for ever."""
    database = Database(url)
    began.set()
    while True:
        fold_everything(database)
        move_some(database)


@pytest.fixture
def site(database_url: str) -> Iterator[Site]:
    database = Database(database_url)
    yield new_site(database)
    database.close()


def stamp(number: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(BEGIN_S + 60 * number))


def keep_a_row_each(site: Site, meter: MeterSpec) -> None:
    """Have readings of a year before, as an earlier release kept them."""
    insert = text(
        "INSERT INTO reading (meter_id, at, value, batch_id, quality, revision, start_at, reference) "
        "VALUES (:meter, :at, :value, 77, 1, 1, NULL, '')"
    )
    before_ms = (BEGIN_S - 365 * 86_400) * 1_000
    rows = [{"meter": meter.id, "at": before_ms + 60_000 * n, "value": n * 1_000_000} for n in range(LEGACY)]
    with site.database.write() as session:
        session.connection().execute(insert, rows)


def values(site: Site, meter: MeterSpec) -> list[int]:
    return [each[1] // 1_000_000 for each in stored(site.database, meter)]


def kill_in_the_middle(url: str, random_: random.Random) -> None:
    began = _forks.Event()
    process: Any = _forks.Process(target=_work, args=(url, began), daemon=True)
    process.start()
    assert began.wait(60)
    time.sleep(random_.uniform(0.0, 0.12))
    os.kill(process.pid, signal.SIGKILL)
    process.join()


def test_every_reading_is_there_once_whenever_the_process_is_killed(site: Site, database_url: str) -> None:
    random_ = random.Random(20261128)  # noqa: S311 - moments
    meters = [site.meter() for _ in range(3)]
    old, *_ = meters
    keep_a_row_each(site, old)
    said = {meter.id: list(range(LEGACY)) if meter is old else [] for meter in meters}
    for number in range(ROUNDS):
        rows = []
        for meter in meters:
            begin = number * ROWS
            rows += [row(meter, stamp(begin + n), number * 10 + n % 7) for n in range(ROWS)]
            said[meter.id] += [number * 10 + n % 7 for n in range(ROWS)]
            if number:
                rows.append(row(meter, stamp(begin - 5), 1_000 + number))
                said[meter.id][-ROWS - 5] = 1_000 + number
        site.post(rows, now_ms=later_ms())
        roll_pending(site.database)
        kill_in_the_middle(database_url, random_)
        for meter in meters:
            assert values(site, meter) == said[meter.id], number
    fold_everything(site.database)
    move_all(site.database)
    for meter in meters:
        assert values(site, meter) == said[meter.id]
    assert [damage for checked in check_pages(site.database, None) for damage in checked.damages] == []
    assert [each.fault for each in check_arrivals(site.database, None) if each.fault] == []
    assert pages_hold(site) == 3 * ROUNDS * ROWS + LEGACY
    before = [rollups(site.database, meter) for meter in meters[1:]]
    rebuild(site.database, [meter.id for meter in meters])
    assert [rollups(site.database, meter) for meter in meters[1:]] == before


def pages_hold(site: Site) -> int:
    """Return how many rows all pages hold."""
    with site.database.read() as session:
        return int(session.connection().execute(text("SELECT coalesce(sum(rows), 0) FROM reading_page")).scalar_one())
