"""What stands is the same wherever it lies: among arrivals, in one of them, or in pages."""

import random

import pytest
from sqlalchemy import select, text

from app.core.inventory.meters import MeterSpec
from app.models import arrival_table, reading_page_table
from app.store.arrivals.entered import enter_arrived
from app.store.arrivals.entering import lock_entering
from app.store.engine.database import Database
from app.store.readings.folding import fold
from app.store.readings.moving import move_all
from tests.support.site import Site, counts, later_ms, new_site, row, stored

QUARTER_S = 900
START_S = 1_614_556_800
"""1 March 2021, UTC."""


@pytest.fixture
def own(site: Site) -> Site:
    return new_site(site.database)


def stamp(number: int) -> str:
    from app.core.calendar.periods import instant_from_ms

    return instant_from_ms((START_S + number * QUARTER_S) * 1000).isoformat()


def folded(site: Site, *, worth_a_page: int = 1) -> int:
    """Enter and fold what has arrived; return how many rows went into pages."""
    enter_arrived(site.database, site.organization_id)
    with site.database.write() as session:
        lock_entering(session, site.organization_id)
        return fold(session, site.organization_id, worth_a_page=worth_a_page)


def pages(site: Site, meter: MeterSpec) -> list[int]:
    """Return the rows of each page of a meter, in order."""
    table = reading_page_table.c
    statement = select(table.rows).where(table.meter_id == meter.id).order_by(table.first_at)
    with site.database.read() as session:
        return list(session.connection().execute(statement).scalars())


def parts(site: Site) -> list[int]:
    statement = select(arrival_table.c.part).where(arrival_table.c.organization_id == site.organization_id)
    with site.database.read() as session:
        return list(session.connection().execute(statement).scalars())


def test_folding_changes_nothing_of_what_stands(own: Site) -> None:
    meters = [own.meter() for _ in range(3)]
    dice = random.Random(7)  # noqa: S311 - no secret
    for day in range(6):
        rows = [
            row(meter, stamp(day * 96 + quarter), dice.randint(0, 9_999)) for meter in meters for quarter in range(96)
        ]
        own.post(rows, now_ms=later_ms())
        own.post([row(meters[0], stamp(dice.randint(0, day * 96)), 20_000 + day)], now_ms=later_ms())
        before = [stored(own.database, meter) for meter in meters]
        folded(own)
        assert parts(own) == []
        assert [stored(own.database, meter) for meter in meters] == before


def test_small_pages_become_one_and_late_rows_fall_into_theirs(own: Site) -> None:
    meter = own.meter()
    for day in (0, 1, 2, 4):
        own.post([row(meter, stamp(day * 96 + quarter), 1) for quarter in range(96)], now_ms=later_ms())
        folded(own)
    assert pages(own, meter) == [384]
    assert counts(own.post([row(meter, stamp(3 * 96), 5), row(meter, stamp(0), 7)], now_ms=later_ms())) == (1, 1, 0)
    folded(own)
    assert pages(own, meter) == [385]
    own.post([row(meter, stamp(-1), 5)], now_ms=later_ms())
    folded(own)
    assert pages(own, meter) == [1, 385]
    own.post([row(meter, stamp(500 + quarter), 5) for quarter in range(3_000)], now_ms=later_ms())
    folded(own)
    assert pages(own, meter) == [1, 385, 1_500, 1_500]


def test_what_is_too_little_for_pages_becomes_one_arrival(own: Site) -> None:
    meter = own.meter()
    for number in range(5):
        own.post([row(meter, stamp(number), number), row(meter, stamp(0), number)], now_ms=later_ms())
    before = stored(own.database, meter)
    assert folded(own, worth_a_page=32) == 0
    assert parts(own) == [-1]
    assert stored(own.database, meter) == before
    assert counts(own.post([row(meter, stamp(0), 4), row(meter, stamp(1), 9)], now_ms=later_ms())) == (0, 1, 1)
    assert folded(own, worth_a_page=32) == 0
    assert [value for _, value, *_ in stored(own.database, meter)] == [
        4_000_000,
        9_000_000,
        2_000_000,
        3_000_000,
        4_000_000,
    ]


def test_readings_of_an_earlier_release_are_moved_and_corrected_meanwhile(own: Site) -> None:
    meter = own.meter()
    with own.database.write() as session:
        session.connection().execute(
            text(
                "INSERT INTO reading (meter_id, at, value, batch_id, quality, revision, start_at, reference) "
                "VALUES (:meter, :at, :value, 77, 1, 1, NULL, '')"
            ),
            [{"meter": meter.id, "at": (START_S + n * QUARTER_S) * 1000, "value": n} for n in range(5_000)],
        )
    before = stored(own.database, meter)
    assert [value for _, value, *_ in before] == list(range(5_000))
    assert counts(own.post([row(meter, stamp(3), 9)], now_ms=later_ms())) == (0, 1, 0)
    folded(own)
    assert move_all(own.database) == 5_000
    after = stored(own.database, meter)
    assert after[3][1] == 9_000_000
    assert after[:3] + after[4:] == before[:3] + before[4:]
    assert sum(pages(own, meter)) == 5_000
    assert isinstance(own.database, Database)
